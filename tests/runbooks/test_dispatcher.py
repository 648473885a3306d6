from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TypeVar

import pytest
from sqlalchemy import Connection

from config.errors import Conflict, NotFound
from runbooks.dispatcher import InProcessDispatcher, Left
from runbooks.hosts import host_name, pid_started
from store import ledger, workers
from store.engine import Database, StoreError
from store.records import Run, Worker
from tests.runbooks.world import PRIYA, Rig
from tests.support.clock import ManualClock
from tests.support.ledger import a_run

T = TypeVar("T")
OVER = ("succeeded", "failed", "rolled_back", "cancelled", "unknown")


def dispatcher(
    rig: Rig, owner: str = "one", *, poll: float = 0.01, renew: float = 5.0, most: int = 8
) -> InProcessDispatcher:
    return InProcessDispatcher(
        rig.engine, rig.database, rig.clock, owner, rig.approvals, max_runs=most, poll=poll, renew=renew
    )


@asynccontextmanager
async def started(
    rig: Rig, owner: str = "one", *, poll: float = 0.01, renew: float = 5.0, most: int = 8
) -> AsyncIterator[InProcessDispatcher]:
    found = dispatcher(rig, owner, poll=poll, renew=renew, most=most)
    await found.start()
    try:
        yield found
    finally:
        await found.stop()


async def until_over(rig: Rig, run_id: str) -> Run:
    async with asyncio.timeout(10):
        while (run := await rig.run(run_id)).status not in OVER:
            await asyncio.sleep(0.005)
    return run


async def test_an_approved_run_that_is_submitted_is_executed(database: Database, clock: ManualClock) -> None:
    rig = Rig(database, clock)
    proposal = await rig.propose(environment="production")
    assert proposal.run is not None
    async with started(rig) as found:
        await rig.approve(proposal.approval, PRIYA)
        await found.submit(proposal.run.id)
        assert (await until_over(rig, proposal.run.id)).status == "succeeded"
    assert len(rig.world.acts) == 1


async def test_submitting_again_changes_nothing(rig: Rig) -> None:
    proposal = await rig.propose(environment="production")
    assert proposal.run is not None
    await rig.approve(proposal.approval, PRIYA)
    found = dispatcher(rig)
    for _ in range(3):
        await found.submit(proposal.run.id)
    assert (await rig.audited(proposal.run.id)).count("run.queued") == 1
    await rig.work()
    await found.submit(proposal.run.id)
    assert (await rig.run(proposal.run.id)).status == "succeeded"


async def test_a_run_without_its_approval_is_not_queued(rig: Rig) -> None:
    proposal = await rig.propose(environment="production")
    assert proposal.run is not None
    with pytest.raises(Conflict, match="waits for its approval, which is pending"):
        await dispatcher(rig).submit(proposal.run.id)
    with pytest.raises(NotFound, match="no run 'run_x'"):
        await dispatcher(rig).submit("run_x")
    assert await rig.claim() is None


async def test_nothing_is_queued_where_the_mode_only_proposes(
    sqlite_database: Database, clock: ManualClock
) -> None:
    rig = Rig(sqlite_database, clock, mode="propose")
    proposal = await rig.propose(environment="production")
    assert proposal.run is not None
    await rig.approve(proposal.approval, PRIYA)
    with pytest.raises(Conflict, match="The mode is propose: nothing is executed"):
        await dispatcher(rig).submit(proposal.run.id)
    assert (await rig.run(proposal.run.id)).status == "waiting"


async def test_what_needs_nobody_runs_by_itself_after_a_nudge(
    sqlite_database: Database, clock: ManualClock
) -> None:
    rig = Rig(sqlite_database, clock)
    async with started(rig, poll=60.0) as found:
        proposal = await rig.propose(dry_run=True)
        assert proposal.run is not None
        found.nudge()
        assert (await until_over(rig, proposal.run.id)).status == "succeeded"


async def test_approvals_that_nobody_decided_expire_by_themselves(rig: Rig) -> None:
    proposal = await rig.propose(environment="production")
    assert proposal.run is not None
    async with started(rig):
        rig.clock.advance(901)
        assert (await until_over(rig, proposal.run.id)).status == "cancelled"


async def test_stopping_leaves_a_run_to_the_next_worker_at_once(rig: Rig) -> None:
    rig.world.scripts["version.set"] = ["hang"]
    run_id = await rig.queued()
    async with started(rig, "one"):
        async with asyncio.timeout(10):
            while (await rig.statuses(run_id))["back"] != "started":
                await asyncio.sleep(0.005)
    assert (await rig.statuses(run_id))["back"] == "started", "nothing was written on the way out"
    async with started(rig, "two"):
        assert (await until_over(rig, run_id)).status == "succeeded"
    assert len(rig.world.acts) == 1
    assert (await rig.run(run_id)).fence == 2


async def test_runs_of_a_dead_process_of_this_host_are_free_at_once(rig: Rig) -> None:
    run_id = await rig.queued()
    assert await rig.claim("dead") is not None
    now = rig.clock.now()
    gone = Worker("dead", host_name(), os.getpid(), (pid_started(os.getpid()) or 0.0) - 100.0, now)
    away = Worker("elsewhere", "another-host", 1, 1.0, now)
    for worker in (gone, away):
        await rig.database.write(lambda conn: workers.beat(conn, worker))  # noqa: B023  awaited in this turn
    async with started(rig, "one"):
        assert (await until_over(rig, run_id)).status == "succeeded"
        assert [one.id for one in await rig.database.read(lambda conn: workers.live(conn, now))] == [
            "elsewhere",
            "one",
        ]
    assert [one.id for one in await rig.database.read(lambda conn: workers.live(conn, now))] == ["elsewhere"]


async def test_a_lease_is_renewed_while_the_run_goes_on(rig: Rig) -> None:
    rig.world.scripts["version.set"] = ["hang"]
    run_id = await rig.queued()
    async with started(rig, renew=0.01):
        async with asyncio.timeout(10):
            while (await rig.statuses(run_id))["back"] != "started":
                await asyncio.sleep(0.005)
            first = (await rig.run(run_id)).lease_until or 0.0
            rig.clock.advance(20)
            while ((await rig.run(run_id)).lease_until or 0.0) <= first:
                await asyncio.sleep(0.005)
        rig.world.release.set()
        assert (await until_over(rig, run_id)).status == "succeeded"


async def test_a_worker_whose_run_was_taken_ends_its_step(rig: Rig) -> None:
    rig.world.scripts["version.set"] = ["hang"]
    run_id = await rig.queued()
    async with started(rig, renew=0.02, poll=60.0) as found:
        async with asyncio.timeout(10):
            while (await rig.statuses(run_id))["back"] != "started":
                await asyncio.sleep(0.005)

            def take(conn: Connection) -> Run | None:
                """At one go: the worker that has it renews all the time."""
                ledger.release_runs(conn, "one")
                return ledger.claim_run(conn, owner="two", now=rig.clock.now() + 1)

            assert await rig.database.write(take) is not None
            await found.wait_idle()
    assert rig.world.acts == []
    assert (await rig.run(run_id)).owner == "two"


class Unreachable(Database):
    """A database that stops answering when it is told to."""

    away = False

    async def write(self, work: Callable[[Connection], T], *, durable: bool = False) -> T:
        if self.away:
            raise StoreError("The database cannot be reached.")
        return await super().write(work, durable=durable)


async def test_a_step_ends_before_a_lease_that_cannot_be_renewed(sqlite_url: str, clock: ManualClock) -> None:
    async with Unreachable(sqlite_url) as database:
        assert isinstance(database, Unreachable)
        rig = Rig(database, clock)
        rig.world.scripts["version.set"] = ["hang"]
        run_id = await rig.queued()
        async with started(rig, renew=0.01, poll=60.0) as found:
            async with asyncio.timeout(10):
                while (await rig.statuses(run_id))["back"] != "started":
                    await asyncio.sleep(0.005)
                database.away = True
                until = (await rig.run(run_id)).lease_until or 0.0
                clock.set(until - 6)
                for _ in range(20):
                    await rig.run(run_id)
                assert found.busy() == 1
                clock.set(until - 4)
                await found.wait_idle()
                assert rig.world.acts == []
            database.away = False
        assert (await rig.statuses(run_id))["back"] == "started"


async def test_a_run_that_the_database_broke_off_goes_on_soon_after_it_answers_again(
    sqlite_url: str, clock: ManualClock
) -> None:
    async with Unreachable(sqlite_url) as database:
        assert isinstance(database, Unreachable)
        rig = Rig(database, clock)
        rig.world.scripts["version.set"] = ["hang"]
        run_id = await rig.queued()
        async with started(rig, poll=0.01) as found:
            async with asyncio.timeout(10):
                while (await rig.statuses(run_id))["back"] != "started":
                    await asyncio.sleep(0.005)
                database.away = True
                rig.world.release.set()
                await found.wait_idle()
                database.away = False
                clock.advance(0.02)
                assert (await until_over(rig, run_id)).status == "succeeded"
        assert len(rig.world.acts) == 1
        assert (await rig.run(run_id)).fence == 2


def test_what_breaks_off_again_and_again_is_freed_more_and_more_seldom() -> None:
    left, run = Left(0.5, 30.0), a_run()
    pauses = []
    for _ in range(9):
        left.add(run, 0.0)
        pauses.append(next(at for at in range(60 * 2) if left.due(at / 2)) / 2)
        left.freed(run)
        assert left.due(99.0) == []
    assert pauses == [0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0, 30.0]
    left.forget(run)
    left.add(run, 0.0)
    assert left.due(0.5) == [run]


async def test_no_more_runs_than_it_has_room_for(rig: Rig) -> None:
    rig.world.scripts["version.get"] = ["ok", "ok", "ok", "hang", "hang", "hang"]
    ids = [await rig.queued() for _ in range(3)]
    async with started(rig, most=2):
        async with asyncio.timeout(10):
            while (seen := sorted([(await rig.run(one)).status for one in ids])) != [
                "queued",
                "running",
                "running",
            ]:
                await asyncio.sleep(0.005)
        for _ in range(20):
            await asyncio.sleep(0)
        assert seen == sorted([(await rig.run(one)).status for one in ids])
        rig.world.release.set()
        for one in ids:
            await until_over(rig, one)


async def test_two_workers_on_one_database_take_each_run_once(database: Database, clock: ManualClock) -> None:
    rig = Rig(database, clock)
    rig.world.versions |= {"embeddings": ["v1", "v2"]}
    ids = [await rig.queued(service=service) for service in ("rag-api", "embeddings")]
    async with started(rig, "one"), started(rig, "two"):
        for one in ids:
            assert (await until_over(rig, one)).status == "succeeded"
    assert sorted(key for key, _, _ in rig.world.acts) == sorted(f"{one}:back" for one in ids)
