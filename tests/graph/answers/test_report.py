from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from graph.answers.report import CHAPTERS, KINDS, ReportSlots
from integrations.ports import Sources
from tests.graph.world import World


def texts(reply: Any) -> list[str]:
    return [one["text"] for one in reply.blocks if one["type"] == "text"]


@pytest.mark.parametrize(
    ("text", "title", "chapters"),
    [
        ("weekly report", "Weekly report: all services", KINDS["weekly"][1]),
        ("generate a weekly status report", "Weekly report: all services", KINDS["weekly"][1]),
        ("summarize operations for last week", "Weekly report: all services, last week", KINDS["weekly"][1]),
        ("create an executive summary for q3", "Executive summary: all services, Q3", KINDS["executive"][1]),
        ("write a monthly summary for management", "Executive summary", KINDS["executive"][1]),
        ("export a cost report for finance", "Cost report", KINDS["cost"][1]),
        ("a reliability report for checkout last month", "Reliability report: checkout", KINDS["reliability"][1]),
        ("delivery report for team search", "Delivery report: team search", KINDS["delivery"][1]),
        ("report on deployments and incidents", "Report on deliveries and incidents", ("delivery", "incidents")),
        ("produce an on-call handover report", "Hand-over report", KINDS["handover"][1]),
        ("write an incident report for last month", "Incident report", KINDS["incident"][1]),
    ],
)  # fmt: skip
async def test_a_report_has_the_chapters_of_its_kind(
    past: World, text: str, title: str, chapters: tuple[str, ...]
) -> None:
    reply = (await past.say(text)).reply
    assert reply.reading.intent == "report.generate"
    assert reply.text.startswith(title)
    heads = [one.split("\n")[0] for one in texts(reply)[1:] if "\n" in one]
    assert heads[: len(chapters)] == [CHAPTERS[name].title for name in chapters]
    facts = [one for one in reply.blocks if one["type"] == "facts"]
    assert facts[-1]["facts"][0][0] == "How I know"


async def test_each_chapter_says_what_its_question_would_answer(past: World) -> None:
    report = (await past.say("weekly report")).reply
    alone = (await past.say("delivery statistics over the last 7 days")).reply
    assert alone.text.partition("\n")[0] in report.text
    capacity = (await past.say("which services run out of capacity first")).reply
    assert capacity.text.partition("\n")[0] in report.text


async def test_figures_carry_their_queries_once_at_the_end(past: World) -> None:
    reply = (await past.say("weekly report")).reply
    sources = [one for one in reply.blocks if one["type"] == "facts" and one["facts"][0][0] == "How I know"]
    assert len(sources) == 1
    for words in ("changes(", "incidents[", "throughput", "cost{"):
        assert words in sources[0]["facts"][0][1]


async def test_an_export_is_a_document(past: World) -> None:
    reply = (await past.say("export the weekly report as markdown")).reply
    (code,) = [one for one in reply.blocks if one["type"] == "code"]
    assert code["language"] == "markdown"
    lines = code["text"].splitlines()
    assert lines[0].startswith("# Weekly report: all services")
    assert [one for one in lines if one.startswith("## ")] == [
        f"## {CHAPTERS[name].title}" for name in KINDS["weekly"][1]
    ]
    assert any(one.startswith("| --- |") for one in lines)


async def test_a_team_gets_its_own_figures(past: World) -> None:
    reply = (await past.say("cost report for team platform")).reply
    owned = {name for name, one in past.tools.catalogue.services.items() if one.owner == "platform"}
    first = next(one for one in reply.blocks if one["type"] == "table")
    assert {row[0] for row in first["rows"]} <= owned


@pytest.mark.parametrize("text", ["prepare a compliance report for the audit", "generate a gdpr report"])
async def test_what_there_are_no_facts_for_is_not_written(world: World, text: str) -> None:
    reply = (await world.say(text)).reply
    assert "I cannot write a compliance or data-protection report" in reply.text


async def test_a_chapter_that_cannot_be_had_is_named_and_the_others_stand(past: World) -> None:
    past.swap(sources=replace(past.tools.sources, costs=None))
    reply = (await past.say("weekly report")).reply
    assert "Costs: I could not get costs: no back end for costs is configured." in reply.text
    assert "deployments to production" in reply.text


async def test_nothing_set_up_is_a_report_of_gaps(world: World) -> None:
    world.swap(sources=Sources())
    reply = (await world.say("weekly report")).reply
    assert reply.text.count("no back end for") == len(KINDS["weekly"][1])


async def test_who_may_only_read_may_have_a_report(past: World) -> None:
    assert "Weekly report" in (await past.say("weekly report", as_="jonas")).reply.text
    assert "I do not know you yet" in (await past.say("weekly report", as_=None)).reply.text


def test_every_kind_is_made_of_chapters_there_are() -> None:
    for _, chapters, _ in KINDS.values():
        assert set(chapters) <= set(CHAPTERS)
    assert {name for _, chapters, _ in KINDS.values() for name in chapters} == set(CHAPTERS)


def test_the_slots_of_a_chapter_take_what_a_report_gives() -> None:
    for one in CHAPTERS.values():
        assert {"service", "environment", "team"} <= set(one.slots.model_fields), one.title
        assert not one.timed or "time_range" in one.slots.model_fields
    assert ReportSlots().report_type is None
