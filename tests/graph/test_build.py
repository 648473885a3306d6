from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from langgraph.checkpoint.memory import InMemorySaver
from sqlalchemy import Connection

from config.errors import Conflict
from graph.build import build_thinker
from store import ledger, turns
from store.checkpointer import sqlite_saver
from store.engine import Database
from store.records import AuditEntry
from tests.graph.world import World, build_world
from tests.support.clock import ManualClock


async def asked(world: World, text: str = "roll back rag-api in production") -> tuple[str, str, str]:
    """A request that waits: request, run and approval id."""
    outcome = await world.say(text)
    assert outcome.ask
    assert outcome.reply.run is not None
    assert outcome.reply.approval is not None
    ids = (outcome.reply.request_id, str(outcome.reply.run["id"]), str(outcome.reply.approval["id"]))
    await world.thinker.wait(*ids)
    return ids


async def threads(saver: Any) -> int:
    return len({one.config["configurable"]["thread_id"] async for one in saver.alist(None)})


async def test_a_decision_submits_the_run_once_and_the_thread_is_gone(world: World) -> None:
    request_id, run_id, approval_id = await asked(world)
    await world.say(f"approve {approval_id}", as_="sam")
    assert await world.thinker.decided(request_id, approval_id) is None
    assert world.dispatcher.submitted == [run_id]
    assert await threads(world.saver) == 0


async def test_waiting_twice_starts_one_thread(world: World) -> None:
    ids = await asked(world)
    await world.thinker.wait(*ids)
    assert await threads(world.saver) == 1


async def test_nothing_is_submitted_before_the_ledger_says_approved(world: World) -> None:
    request_id, _, approval_id = await asked(world)
    assert await world.thinker.decided(request_id, approval_id) is None
    assert world.dispatcher.submitted == []


async def test_a_lost_thread_goes_on_from_the_ledger(world: World) -> None:
    request_id, run_id, approval_id = await asked(world)
    world.saver = InMemorySaver()
    world.swap()
    await world.say(f"approve {approval_id}", as_="sam")
    assert await world.thinker.decided(request_id, approval_id) is None
    assert world.dispatcher.submitted == [run_id]


async def test_a_thread_whose_interrupt_is_past_goes_on_from_the_ledger(world: World) -> None:
    request_id, run_id, approval_id = await asked(world)
    await world.thinker.decided(request_id, approval_id)
    await world.say(f"approve {approval_id}", as_="sam")
    await world.thinker.decided(request_id, approval_id)
    assert world.dispatcher.submitted == [run_id]


async def test_many_decisions_at_once_only_hand_in_the_same_run(world: World) -> None:
    request_id, run_id, approval_id = await asked(world)
    await world.say(f"approve {approval_id}", as_="sam")
    await asyncio.gather(*(world.thinker.decided(request_id, approval_id) for _ in range(5)))
    assert set(world.dispatcher.submitted) == {run_id}


async def test_a_waiting_thread_outlives_the_process_in_its_file(
    sqlite_database: Database, clock: ManualClock, tmp_path: Path
) -> None:
    path = tmp_path / "graph.db"
    async with sqlite_saver(path) as saver:
        request_id, run_id, approval_id = await asked(build_world(sqlite_database, clock, saver=saver))
    async with sqlite_saver(path) as saver:
        assert await threads(saver) == 1
        later = build_world(sqlite_database, clock, saver=saver)
        later.count = 10
        await later.say(f"approve {approval_id}", as_="sam")
        await later.thinker.decided(request_id, approval_id)
        assert later.dispatcher.submitted == [run_id]
        assert await threads(saver) == 0


async def test_a_denial_is_answered_with_by_whom_and_why(world: World) -> None:
    request_id, _, approval_id = await asked(world)
    await world.say(f"deny {approval_id} not today", as_="sam")
    reply = await world.thinker.decided(request_id, approval_id)
    assert reply is not None
    assert "was denied by sam: not today. Nothing was changed." in reply.text
    assert (reply.request_id, reply.conversation) == (request_id, "c1")
    assert world.dispatcher.submitted == []


async def test_an_expired_request_is_answered(world: World) -> None:
    request_id, _, approval_id = await asked(world)
    world.clock.advance(901)
    await world.tools.approvals.expire_due()  # type: ignore[attr-defined]
    reply = await world.thinker.decided(request_id, approval_id)
    assert reply is not None
    assert "expired before anybody approved it" in reply.text


async def test_the_dispatchers_refusal_is_not_swallowed(world: World) -> None:
    class Refusing:
        async def submit(self, run_id: str) -> None:
            raise Conflict("it is not approved")

        def nudge(self) -> None: ...

    request_id, _, approval_id = await asked(world)
    await world.say(f"approve {approval_id}", as_="sam")
    world.swap(dispatcher=Refusing())
    with pytest.raises(Conflict):
        await world.thinker.decided(request_id, approval_id)


async def test_the_end_of_a_run_is_told_from_the_ledger(world: World) -> None:
    _, run_id, _ = await asked(world)
    reply = await world.thinker.ended(run_id)
    assert run_id in reply.text
    assert reply.run is not None


async def stopped_by_a_changed_world(world: World, run_id: str, replan: bool = True) -> None:
    """The ledger as the engine leaves it when a write would not do what was approved."""

    def work(conn: Connection) -> None:
        entry = AuditEntry("copilot", "test", "run", run_id, run_id)
        ledger.move_run(conn, run_id, "queued", now=1.0, entry=entry)
        run = ledger.claim_run(conn, owner="w", now=1.0, run_id=run_id)
        assert run is not None
        step = ledger.get_steps(conn, run_id)[0].id
        ledger.move_step(conn, run_id, step, "started", now=1.0, fence=run.fence)
        output = {"replan": True} if replan else None
        ledger.move_step(
            conn, run_id, step, "failed", now=1.0, fence=run.fence, output=output, error="it is 3.0 now"
        )
        ledger.move_run(
            conn,
            run_id,
            "failed",
            now=1.0,
            fence=run.fence,
            entry=entry,
            error="The world changed: it is 3.0 now.",
        )

    await world.database.write(work)


async def test_a_changed_world_proposes_the_same_request_anew(world: World) -> None:
    request_id, run_id, approval_id = await asked(world)
    await stopped_by_a_changed_world(world, run_id)
    reply = await world.thinker.ended(run_id)
    assert reply.request_id == f"{request_id}.r1"
    assert reply.approval is not None
    assert reply.approval["id"] != approval_id
    assert reply.text.startswith("The world changed: it is 3.0 now. This is the plan as it is now.")
    assert (await world.thinker.ended(run_id)).approval == reply.approval


async def test_a_run_that_just_failed_is_not_proposed_anew(world: World) -> None:
    _, run_id, _ = await asked(world)
    await stopped_by_a_changed_world(world, run_id, replan=False)
    reply = await world.thinker.ended(run_id)
    assert reply.text.startswith("Failed")
    assert reply.approval is None


async def test_it_does_not_propose_anew_for_ever(world: World) -> None:
    _, run_id, _ = await asked(world)
    for _ in range(4):
        await stopped_by_a_changed_world(world, run_id)
        reply = await world.thinker.ended(run_id)
        run_id = str(reply.run and reply.run["id"])
    assert reply.approval is None
    assert len(await world.database.read(lambda conn: ledger.list_runs(conn))) == 4


async def test_a_handled_message_handled_again_opens_no_second_approval(world: World) -> None:
    first = await world.say("roll back rag-api in production")
    world.count -= 1
    again = await world.say("roll back rag-api in production")
    assert first.reply.approval is not None
    assert again.reply.approval is not None
    assert first.reply.approval["id"] == again.reply.approval["id"]


def test_the_picture_shows_every_node_and_way(world: World) -> None:
    picture = world.thinker.draw()
    for node in ("classify", "gather", "plan", "approve", "execute", "reply"):
        assert node in picture
    for way in ("gather --> reply", "approve --> execute"):
        assert way in picture


async def test_a_thread_of_other_code_goes_on_from_the_ledger(world: World) -> None:
    request_id, run_id, approval_id = await asked(world)
    old = build_thinker(world.tools, world.saver)
    config: Any = {"configurable": {"thread_id": request_id}}
    await old._waiting.aupdate_state(config, {"outcome": ""}, as_node="execute")
    await world.say(f"approve {approval_id}", as_="sam")
    await world.thinker.decided(request_id, approval_id)
    assert run_id in world.dispatcher.submitted


async def test_warming_up_leaves_no_trace(world: World) -> None:
    await world.thinker.warm()
    assert await world.database.read(lambda conn: ledger.list_runs(conn)) == []
    assert await world.database.read(lambda conn: turns.last(conn, "warm", 5)) == []
