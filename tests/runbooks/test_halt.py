from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import Connection

from config.errors import Conflict, Forbidden
from config.people import Person
from integrations.actions import Context
from runbooks.halt import Halt, halted, lift, stop_everything
from store.engine import Database
from tests.runbooks.test_dispatcher import started, until_over
from tests.runbooks.world import MARIA, PEOPLE, PRIYA, Reading, Rig, Target, World
from tests.support.clock import ManualClock

JONAS = PEOPLE.by_id["jonas"]

TWO = """
version: 1
name: two
description: Set a version twice.
owner: platform
inputs:
  service: {type: service, required: true}
  environment: {type: environment, default: staging}
steps:
  - id: a
    uses: version.set
    with: {service: rag-api, to: new}
    undo: {uses: version.set, with: {service: rag-api, to: v2}}
  - {id: b, uses: version.set, with: {service: rag-api, to: newer}}
  - {id: tell, always: true, uses: note.add, with: {text: "${{ run.status }}"}}
"""

NOTES = """
version: 1
name: notes
description: Write three notes.
owner: platform
inputs:
  service: {type: service, required: true}
steps:
  - {id: a, uses: note.add, with: {text: one}}
  - {id: b, uses: note.add, with: {text: two}}
  - {id: c, uses: note.add, with: {text: three}}
"""


async def stop(rig: Rig, person: Person = MARIA, why: str = "") -> Halt:
    now = rig.clock.now()
    return await rig.database.write(lambda conn: stop_everything(conn, person, None, now, why))


async def go_on(rig: Rig, person: Person = PRIYA) -> int:
    now = rig.clock.now()
    return await rig.database.write(lambda conn: lift(conn, person, None, now))


async def until_step(rig: Rig, run_id: str, step: str, status: str) -> None:
    async with asyncio.timeout(10):
        while (await rig.statuses(run_id))[step] != status:
            await asyncio.sleep(0)


async def test_nothing_is_claimed_while_everything_is_stopped(database: Database, clock: ManualClock) -> None:
    rig = Rig(database, clock)
    run_id = await rig.queued()
    await stop(rig, why="a bad day")
    assert await rig.claim() is None
    assert await go_on(rig) == 0
    await rig.work()
    assert (await rig.run(run_id)).status == "succeeded"


async def test_who_may_throw_the_switch_and_who_may_lift_it(rig: Rig) -> None:
    with pytest.raises(Forbidden, match="role operator"):
        await stop(rig, JONAS)
    with pytest.raises(Conflict, match="nothing to lift"):
        await go_on(rig)
    first = await stop(rig, MARIA, "smoke")
    assert first == await stop(rig, PRIYA, "later"), "the first word stands"
    assert first.words() == "Everything is stopped by maria: smoke. No run starts a step until it is lifted."
    with pytest.raises(Forbidden, match="approver or incident-commander"):
        await go_on(rig, MARIA)
    await go_on(rig)
    assert await rig.database.read(halted) is None
    assert (await rig.audited()) == ["work.stopped", "work.resumed"]


async def test_a_run_that_is_at_work_holds_before_its_next_step_and_goes_on_after(
    database: Database, clock: ManualClock
) -> None:
    rig = Rig(database, clock, books=(TWO,))
    rig.world.scripts["version.set"] = ["hang"]
    run_id = await rig.queued("two")
    work = asyncio.create_task(rig.work())
    await until_step(rig, run_id, "a", "started")
    await stop(rig)
    rig.world.release.set()
    await work
    assert await rig.statuses(run_id) == {"a": "done", "b": "new", "tell": "new"}
    assert (await rig.run(run_id)).status == "paused"
    assert len(rig.world.acts) == 1
    assert await go_on(rig) == 1
    await rig.work()
    assert (await rig.run(run_id)).status == "succeeded"
    assert [to for _, _, to in rig.world.acts] == ["new", "newer"]


async def test_a_run_that_a_person_paused_stays_paused_when_the_switch_is_lifted(
    sqlite_database: Database, clock: ManualClock
) -> None:
    rig = Rig(sqlite_database, clock, books=(TWO,))
    rig.world.scripts["version.set"] = ["hang"]
    run_id = await rig.queued("two")
    work = asyncio.create_task(rig.work())
    await until_step(rig, run_id, "a", "started")
    await rig.runbooks.pause(run_id, MARIA)
    await stop(rig)
    rig.world.release.set()
    await work
    assert await go_on(rig) == 0
    assert (await rig.run(run_id)).status == "paused"
    await rig.runbooks.resume(run_id, MARIA)
    await rig.work()
    assert (await rig.run(run_id)).status == "succeeded"


class Unwell(World):
    """Says that it is not well, when it is let."""

    async def health(self, context: Context, inputs: Target) -> Reading:
        await self.release.wait()
        return Reading(value=0.9)


async def test_what_is_not_well_is_put_back_after_the_switch_is_lifted(
    sqlite_database: Database, clock: ManualClock
) -> None:
    rig = Rig(sqlite_database, clock, world=Unwell())
    run_id = await rig.queued()
    work = asyncio.create_task(rig.work())
    await until_step(rig, run_id, "back", "done")
    await stop(rig)
    rig.world.release.set()
    await work
    assert (await rig.run(run_id)).status == "paused"
    assert [to for _, _, to in rig.world.acts] == ["v1"]
    await go_on(rig)
    await rig.work()
    assert (await rig.run(run_id)).status == "rolled_back"
    assert [to for _, _, to in rig.world.acts] == ["v1", "v2"]


async def test_a_run_that_puts_back_holds_between_two_steps(database: Database, clock: ManualClock) -> None:
    undo = "undo: {uses: version.set, with: {service: embeddings, to: e2}}}"
    second = "{id: b, uses: version.set, with: {service: embeddings, to: newer}, " + undo
    third = "\n  - {id: c, uses: version.set, with: {service: rag-api, to: newest}}"
    text = TWO.replace("{id: b, uses: version.set, with: {service: rag-api, to: newer}}", second + third)
    rig = Rig(database, clock, books=(text,))
    rig.world.scripts["version.set"] = ["ok", "ok", "refuse", "hang"]
    run_id = await rig.queued("two")
    work = asyncio.create_task(rig.work())
    async with asyncio.timeout(10):
        while (await rig.audited(run_id))[-1] != "step.undo_started":
            await asyncio.sleep(0)
    await stop(rig)
    rig.world.release.set()
    await work
    assert (await rig.run(run_id)).status == "undoing"
    assert await rig.statuses(run_id) == {"a": "done", "b": "undone", "c": "failed", "tell": "new"}
    await rig.work()
    assert len(rig.world.acts) == 3
    await go_on(rig)
    await rig.work()
    assert (await rig.run(run_id)).status == "rolled_back"
    assert [to for _, _, to in rig.world.acts] == ["new", "newer", "e2", "v2"]


async def test_a_retry_is_a_start_and_waits_as_well(sqlite_database: Database, clock: ManualClock) -> None:
    text = TWO.replace("to: newer}}", "to: newer}, retry: {attempts: 5, backoff: 1s}}")
    rig = Rig(sqlite_database, clock, books=(text,))
    rig.world.scripts["version.set"] = ["ok", "down", "down", "down"]
    run_id = await rig.queued("two")
    before = rig.world.scripts["version.set"]

    async def stop_at_first_try() -> None:
        while len(before) > 2:
            await asyncio.sleep(0)
        await stop(rig)

    task = asyncio.create_task(stop_at_first_try())
    await rig.work()
    await task
    left = len(before)
    assert (await rig.run(run_id)).status == "paused"
    await rig.work()
    assert len(before) == left, "nothing was called while everything was stopped"
    before.clear()
    await go_on(rig)
    await rig.work()
    assert (await rig.run(run_id)).status == "succeeded"


async def begun(rig: Rig, ids: list[str]) -> int:
    """How many steps of these runs were marked as started."""
    return sum([status != "new" for one in ids for status in (await rig.statuses(one)).values()])


async def test_fifty_runs_start_no_step_after_the_switch(database: Database, clock: ManualClock) -> None:
    rig = Rig(database, clock, books=(NOTES,))
    ids = [await rig.queued("notes") for _ in range(50)]
    async with started(rig, "one", most=4), started(rig, "two", most=4), asyncio.timeout(60):
        while len(rig.world.notes) < 20:
            await asyncio.sleep(0.001)
        await stop(rig)
        marked = await begun(rig, ids)
        await asyncio.sleep(0.3)
        assert len(rig.world.notes) <= marked < 150, "only what was marked before the switch"
        assert await begun(rig, ids) == marked
        await go_on(rig)
        for one in ids:
            assert (await until_over(rig, one)).status == "succeeded"
    assert len(rig.world.notes) == 150


def test_words_without_a_reason() -> None:
    assert Halt("maria", 1.0).words().startswith("Everything is stopped by maria. ")


async def test_a_switch_that_was_never_thrown_stops_nothing(sqlite_database: Database) -> None:
    def read(conn: Connection) -> Halt | None:
        return halted(conn)

    assert await sqlite_database.read(read) is None
