from __future__ import annotations

from collections.abc import Sequence

import pytest

from insight.facts import Monitor, Silence
from integrations.ports import Sources
from runbooks.loader import Library
from tests.graph.world import World


async def silences(world: World) -> Sequence[Silence]:
    assert world.tools.sources.alerts is not None
    return await world.tools.sources.alerts.silences()


async def rules(world: World) -> Sequence[Monitor]:
    assert world.tools.sources.alerts is not None
    return await world.tools.sources.alerts.monitors()


@pytest.mark.parametrize(
    ("person", "text", "seconds"),
    [
        ("maria", "silence rag-api in production for 30 minutes", 1800.0),
        ("lena", "mute the alerts of rag-api for an hour", 3600.0),
        ("diego", "snooze rag-api", 1800.0),
    ],
)
async def test_an_hour_at_most_goes_by_an_operators_word(
    world: World, person: str, text: str, seconds: float
) -> None:
    reply = (await world.say(text, as_=person)).reply
    (one,) = await silences(world)
    assert (one.service, one.environment, one.end - one.start, one.by) == (
        "rag-api",
        "production",
        seconds,
        person,
    )
    assert "pages nobody until" in reply.text
    await world.say("unsilence rag-api", as_=person)
    assert await silences(world) == ()


async def test_longer_takes_a_plan_and_somebody_elses_word(world: World) -> None:
    outcome = await world.say("mute rag-api in production for 3 hours")
    assert outcome.ask
    assert outcome.reply.approval is not None
    assert outcome.reply.approval["runbook"] == "mute-alerts"
    assert outcome.reply.approval["inputs"]["hours"] == 3.0
    assert await silences(world) == ()


async def test_without_that_runbook_the_sentence_that_works_is_offered(world: World) -> None:
    world.swap(library=Library({}))
    reply = (await world.say("mute rag-api in production for 3 hours")).reply
    assert reply.blocks[1]["options"][0]["say"] == "silence rag-api in production for 1 hour"
    await world.say("1")
    assert [one.end - one.start for one in await silences(world)] == [3600.0]


async def test_only_the_rule_that_was_meant_is_silenced(world: World) -> None:
    await world.say("mute the latency monitor of llm-gateway for 20 minutes")
    assert [one.name for one in await silences(world)] == ["HighLatency"]
    reply = (await world.say("mute the cpu monitor of llm-gateway for 20 minutes")).reply
    assert "No alert rule of llm-gateway in production looks at CPU" in reply.text


@pytest.mark.parametrize(
    "text",
    [
        "page us when error rate of checkout passes 3%",
        "create an alert on error rate above 3% for checkout",
        "let me know when the error rate of checkout is over 0.03",
    ],
)
async def test_a_rule_is_made_and_taken_away(world: World, text: str) -> None:
    before = len(await rules(world))
    await world.say(text)
    made = (await rules(world))[-1]
    assert (made.service, made.metric, made.threshold, made.above) == ("checkout", "error_rate", 0.03, True)
    assert f"Deleted the alert rule {made.id}" in (await world.say(f"delete alert {made.id}")).reply.text
    assert len(await rules(world)) == before


async def test_what_a_rule_lacks_is_asked_for_with_a_sentence_that_works(world: World) -> None:
    reply = (await world.say("create a monitor on gpu memory for vllm-pool")).reply
    assert (
        "An alert rule needs a limit. For example: `alert when memory of vllm-pool goes above 5%`."
        in reply.text
    )
    assert "a service" in (await world.say("set up an alarm for cost anomalies")).reply.text


async def test_a_rule_of_the_back_end_itself_is_not_deleted(world: World) -> None:
    one = (await rules(world))[0]
    assert "is no rule that people made here" in (await world.say(f"delete alert {one.id}")).reply.text


async def test_nothing_to_end_nothing_to_find_and_no_service_are_said(world: World) -> None:
    assert "No alert of billing is silenced now" in (await world.say("unsilence billing")).reply.text
    assert "No alert rule fits that" in (await world.say("delete alert mon-99")).reply.text
    assert "Which service?" in (await world.say("snooze this alarm", conversation="c2")).reply.text


async def test_who_has_not_the_role_changes_nothing(world: World) -> None:
    assert "you need the role operator" in (await world.say("silence rag-api", as_="sam")).reply.text
    assert await silences(world) == ()


async def test_no_back_end_is_said(world: World) -> None:
    world.swap(sources=Sources())
    assert "No back end for alerts is configured" in (await world.say("silence rag-api")).reply.text


@pytest.mark.parametrize(
    "text",
    [
        "who silenced rag-api",
        "should i silence rag-api?",
        "why is the rag-api alert muted",
        "is rag-api muted",
    ],
)
async def test_talk_about_silences_silences_nothing(world: World, text: str) -> None:
    await world.say(text)
    assert await silences(world) == ()
