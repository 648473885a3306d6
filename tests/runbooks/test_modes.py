"""observe reads, propose plans and asks, act and demo execute: whatever stands in the ledger."""

from __future__ import annotations

import asyncio

import pytest

from config.errors import Conflict
from runbooks.policy import Mode
from store.engine import Database
from tests.runbooks.test_dispatcher import dispatcher
from tests.runbooks.test_engine import plain
from tests.runbooks.world import PRIYA, ROLLBACK, Rig
from tests.support.clock import ManualClock

READS = plain("  - {id: a, uses: version.get, with: {service: rag-api}}\n")
NOTES = plain("  - {id: a, uses: note.add, with: {text: hello}}\n").replace("name: plain", "name: notes")
MODES: tuple[Mode, ...] = ("observe", "propose", "act", "demo")


def rigged(database: Database, clock: ManualClock, mode: Mode) -> Rig:
    return Rig(database, clock, books=(READS, NOTES, ROLLBACK), mode=mode)


@pytest.mark.parametrize("mode", MODES)
async def test_reads_run_in_every_mode(mode: Mode, sqlite_database: Database, clock: ManualClock) -> None:
    rig = rigged(sqlite_database, clock, mode)
    run_id = await rig.queued("plain")
    await rig.work()
    assert (await rig.run(run_id)).status == "succeeded"


@pytest.mark.parametrize("mode", MODES)
async def test_dry_runs_run_in_every_mode_and_change_nothing(
    mode: Mode, sqlite_database: Database, clock: ManualClock
) -> None:
    rig = rigged(sqlite_database, clock, mode)
    proposal = await rig.propose(dry_run=True)
    await rig.work()
    assert proposal.run is not None
    assert (await rig.run(proposal.run.id)).status == "succeeded"
    assert (rig.world.acts, rig.world.notes) == ([], {})


@pytest.mark.parametrize(
    ("mode", "taken"), [("observe", False), ("propose", False), ("act", True), ("demo", True)]
)
async def test_records_are_made_in_act_alone(
    mode: Mode, taken: bool, sqlite_database: Database, clock: ManualClock
) -> None:
    rig = rigged(sqlite_database, clock, mode)
    proposal = await rig.propose("notes")
    await rig.work()
    assert (proposal.run is not None) == taken
    assert len(rig.world.notes) == int(taken)
    if not taken:
        assert f"The mode is {mode}" in proposal.verdict.reason


@pytest.mark.parametrize("environment", ["staging", "production"])
async def test_observe_refuses_a_write_and_keeps_no_run_of_it(
    environment: str, sqlite_database: Database, clock: ManualClock
) -> None:
    rig = rigged(sqlite_database, clock, "observe")
    proposal = await rig.propose(environment=environment)
    assert (proposal.run, proposal.approval) == (None, None)
    assert "The mode is observe: only reads run." in proposal.verdict.reason
    assert await rig.audited() == ["run.refused"]


async def test_propose_plans_and_asks_and_executes_nothing(
    sqlite_database: Database, clock: ManualClock
) -> None:
    rig = rigged(sqlite_database, clock, "propose")
    proposal = await rig.propose(environment="production")
    assert proposal.run is not None and proposal.approval is not None
    assert proposal.plan.writes[0].change is not None
    assert (await rig.approve(proposal.approval, PRIYA)).status == "approved"
    with pytest.raises(Conflict, match="The mode is propose: nothing is executed"):
        await dispatcher(rig).submit(proposal.run.id)
    await rig.work()
    assert rig.world.acts == []
    assert (await rig.run(proposal.run.id)).status == "waiting"


@pytest.mark.parametrize("mode", ["observe", "propose"])
async def test_a_queued_run_is_not_executed_by_a_worker_in_a_lesser_mode(
    mode: Mode, database: Database, clock: ManualClock
) -> None:
    asked = rigged(database, clock, "act")
    run_id = await asked.queued()
    rig = rigged(database, clock, mode)
    await rig.work()
    run = await rig.run(run_id)
    assert (run.status, f"The mode is {mode}" in (run.error or "")) == ("cancelled", True)
    assert (rig.world.acts, rig.world.notes, asked.world.acts) == ([], {}, [])


async def test_a_run_that_began_in_act_starts_no_further_step_in_observe(
    sqlite_database: Database, clock: ManualClock
) -> None:
    text = plain(
        """
  - {id: a, uses: version.set, with: {service: rag-api, to: new}}
  - {id: b, uses: version.set, with: {service: embeddings, to: new}}
"""
    ).replace("name: plain", "name: two")
    asked = Rig(sqlite_database, clock, books=(text,))
    run_id = await asked.queued("two")
    asked.world.scripts["version.set"] = ["ok", "hang"]
    run = await asked.claim()
    assert run is not None
    work = asyncio.create_task(asked.engine.execute(run))
    async with asyncio.timeout(10):
        while (await asked.statuses(run_id))["b"] != "started":
            await asyncio.sleep(0)
    work.cancel()
    await asyncio.gather(work, return_exceptions=True)
    clock.advance(60)
    rig = Rig(sqlite_database, clock, books=(text,), mode="observe")
    await rig.work("two")
    ended = await rig.run(run_id)
    assert ended.status in ("cancelled", "unknown", "failed")
    assert rig.world.acts == []
