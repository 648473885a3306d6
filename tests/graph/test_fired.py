"""A schedule's time has come: said as its owner would, with the rights of that moment."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from config.people import People
from graph.message import Outcome
from tests.graph.world import World

OWNER = "maria"


def payload(world: World, kind: str, words: str, owner: str = OWNER, **more: Any) -> dict[str, Any]:
    at = world.clock.now() - 30.0
    return {
        "schedule_id": "sch_1", "scheduled_at": at, "kind": kind, "words": words, "owner": owner, "acting_as": None,
        "place": "rest:s1", "conversation": "s1", "missed": 0, "since": None, **more,
    }  # fmt: skip


async def fire(world: World, *what: Any, **more: Any) -> Outcome:
    return await world.thinker.fired("req_f1", payload(world, *what, **more))


async def test_a_digest_comes_with_whose_schedule_it_is(world: World) -> None:
    outcome = await fire(world, "digest", "oncall")
    assert outcome.reply.text.startswith("By schedule sch_1 of Maria Alvarez, ")
    assert "On-call hand-over" in outcome.reply.text
    assert outcome.reply.reading.intent == "digest"
    assert outcome.turn.conversation == "s1" and not outcome.ask


async def test_a_question_is_answered_and_can_be_followed_up(world: World) -> None:
    outcome = await fire(world, "question", "p95 latency of rag-api in production")
    assert "Latency p95 of rag-api in production" in outcome.reply.text
    assert outcome.turn.entities["service"] == "rag-api"


async def test_a_run_is_planned_anew_and_asks_others_for_approval(world: World) -> None:
    await world.break_something("bad-release")
    words = "run restart-service service=rag-api environment=production"
    outcome = await fire(world, "runbook", words)
    assert outcome.ask and outcome.reply.approval is not None
    assert outcome.reply.approval["requester"] == OWNER
    again = await fire(world, "runbook", words)
    assert again.reply.approval is not None
    assert again.reply.approval["id"] == outcome.reply.approval["id"]
    assert world.dispatcher.submitted == []


async def test_a_reminder_is_said_as_it_is_and_says_what_was_missed(world: World) -> None:
    outcome = await fire(world, "reminder", "call <b>Sam</b>", missed=2, since=world.clock.now() - 900.0)
    assert outcome.reply.text.startswith(
        "Reminder for Maria Alvarez: call <b>Sam</b>, late: it makes up for 2 times"
    )


async def test_an_owner_who_is_gone_or_lost_the_right_has_it_paused_and_that_is_told(world: World) -> None:
    made = await world.say("schedule digest team every day at 9")
    name = made.reply.reading.entities.get("schedule_id") or made.turn.entities["schedule_id"]
    everybody = world.tools.people
    world.swap(
        people=People({key: one for key, one in everybody.by_id.items() if key != OWNER}, everybody.rota)
    )
    outcome = await fire(world, "digest", "team", schedule_id=name)
    assert "is not in people.yaml any more" in outcome.reply.text and "is paused" in outcome.reply.text
    held = await world.tools.schedules.get(name, everybody.by_id["amara"])
    assert held.status == "paused" and "people.yaml" in (held.note or "")
    less = everybody.by_id[OWNER].model_copy(update={"roles": frozenset({"viewer"})})
    world.swap(people=replace(everybody, by_id={**everybody.by_id, OWNER: less}))
    run = await fire(world, "runbook", "run restart-service service=rag-api environment=staging")
    assert "no longer has the role operator" in run.reply.text and run.reply.run is None
    assert "By schedule" in (await fire(world, "digest", "team")).reply.text
