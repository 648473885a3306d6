from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from tests.graph.world import World

#: Friday 20 November 2026, 17:10 in Madrid
NOW = datetime(2026, 11, 20, 17, 10, tzinfo=ZoneInfo("Europe/Madrid")).timestamp()


@pytest.fixture
def friday(world: World) -> World:
    world.clock.set(NOW)
    return world


async def said(world: World, text: str, as_: str = "maria", conversation: str = "c1") -> str:
    return (await world.say(text, as_, conversation)).reply.text


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("every weekday at 9 send me the on-call digest", ("Every weekday at 09:00, Europe", "hand-over", "23 Nov")),
        ("every Monday 08:30 Berlin post the team digest", ("Every Monday at 08:30, Europe/Berlin", "team's daily")),
        ("send me a digest each morning", ("Every day at 09:00", "team's daily digest", "21 Nov")),
        ("in 2 hours remind me to check the rollout", ("19:10 CET: remind maria of: check the", "takes it back")),
        ("post the error rate of billing in production every hour", ("Every hour", '"error rate of billing in')),
        ("send the cost report every monday", ("You named no time of day", '"cost report"')),
        ("schedule p95 latency of rag-api every day at 2:30", ("On 28 March 2027 there is no 02:30", "comes twice")),
    ],
)  # fmt: skip
async def test_a_schedule_is_made_from_words_and_said_back(
    friday: World, text: str, words: tuple[str, ...]
) -> None:
    outcome = await friday.say(text)
    assert outcome.reply.reading.intent == "schedule.manage"
    for one in words:
        assert one in outcome.reply.text
    assert len(await friday.tools.schedules.every(friday.tools.people.by_id["maria"])) == 1


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("roll back rag-api automatically if errors go above 5%", "not on conditions"),
        ("remind me to approve the rollback", "When?"),
        ("every other week send me the digest", "not that"),
        ("run the regression suite every night", "I do not know what to do then"),
        ("schedule error rate every day at 9", "For which service?"),
    ],
)
async def test_what_cannot_be_scheduled_is_told_and_nothing_is_made(
    friday: World, text: str, words: str
) -> None:
    assert words in await said(friday, text)
    assert await friday.tools.schedules.every(friday.tools.people.by_id["maria"]) == []


async def test_a_run_is_said_back_exactly_and_made_after_a_yes(friday: World) -> None:
    text = "run restart-service for rag-api in production every sunday at 4"
    exact = "schedule run restart-service service=rag-api environment=production every Sunday at 04:00 Europe/Madrid"
    assert exact in await said(friday, text)
    person = friday.tools.people.by_id["maria"]
    assert await friday.tools.schedules.every(person) == []
    assert "Every Sunday at 04:00" in await said(friday, "1")
    (one,) = await friday.tools.schedules.every(person)
    assert (one.kind, one.runbook, one.detail) == (
        "runbook", "restart-service", {"service": "rag-api", "environment": "production"},
    )  # fmt: skip
    assert friday.dispatcher.submitted == []


async def test_a_change_for_later_is_never_offered_for_now(friday: World) -> None:
    outcome = await friday.say("restart rag-api in staging tonight at ten")
    assert outcome.reply.reading.intent == "schedule.manage"
    assert not outcome.ask


async def test_a_viewer_may_have_digests_but_schedules_no_run(friday: World) -> None:
    assert "digest" in await said(friday, "schedule digest team every day at 9", as_="jonas")
    text = "schedule run restart-service service=rag-api environment=staging every day at 9"
    assert "needs the role operator" in await said(friday, text, as_="jonas")


async def test_it_is_held_let_go_moved_and_ended_in_words(friday: World) -> None:
    await said(friday, "schedule digest team every day at 9")
    assert "is paused" in await said(friday, "pause the daily digest")
    assert "goes on" in await said(friday, "resume the digest")
    assert "every weekday at 10:00" in await said(friday, "move the digest to every weekday at 10")
    assert "is over" in await said(friday, "stop sending me the digest")
    assert "no schedule to cancel" in await said(friday, "cancel the digest")


async def test_of_several_one_is_asked_for_with_exact_words(friday: World) -> None:
    for hour in (8, 9):
        await said(friday, f"schedule digest team every day at {hour}")
    outcome = await friday.say("pause the digest")
    choices = next(block for block in outcome.reply.blocks if block["type"] == "choices")
    assert [one["say"].split()[0] for one in choices["options"]] == ["pause", "pause"]
    assert "is paused" in await said(friday, "2")


async def test_the_list_is_narrowed_by_what_was_asked(friday: World) -> None:
    assert "Nothing happens by itself yet" in await said(friday, "schedules")
    await said(friday, "schedule digest team every day at 9")
    await said(friday, "remind me in 2 hours to look")
    assert "2 schedules, 2 of them on" in await said(friday, "schedules")
    assert "1 schedule," in await said(friday, "show my reminders")
    tomorrow = await said(friday, "what is scheduled for tomorrow")
    assert "team's daily" in tomorrow and "remind" not in tomorrow
    others = await said(friday, "schedules", as_="priya", conversation="c2")
    assert "team's daily" in others and "look" not in others


async def test_one_is_shown_with_what_came_of_it(friday: World) -> None:
    made = await friday.say("schedule digest team every day at 9")
    name = made.reply.text.split("It is ")[1].split(":")[0]
    friday.clock.advance(86_400.0)
    assert await friday.tools.schedules.fire_due() == 1
    shown = (await friday.say(f"show {name}")).reply
    assert any(block.get("title") == "Lately" and block["rows"][0][1] == "fired" for block in shown.blocks)
    assert "There is no schedule" in await said(friday, "show sch_gone")
    assert "each missed time" in await said(friday, f"late {name} each")
