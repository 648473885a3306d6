"""Workers that die at every moment, and what a person says where no machine can."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path
from shutil import copy

import pytest

from config.errors import BadRequest, Conflict, Forbidden, NotFound
from runbooks.journal import leave
from store import audit, ledger, workers
from store.engine import Database
from store.records import Worker
from tests.runbooks.world import MARIA, PEOPLE, PRIYA, ROLLBACK, Crash, DyingDatabase, Rig, World
from tests.support.clock import ManualClock


async def crashed_at(
    url: str, clock: ManualClock, world: World, last: int, *, committed: bool, book: str = ROLLBACK
) -> tuple[bool, Rig, str, Database]:
    """Kill the worker at its `last` write, let a second one take over; whether it was killed at all."""
    database = Database(url)
    await database.start()
    rig = Rig(database, clock, world, books=(book,))
    run_id = await rig.queued()
    dying = DyingDatabase(url)
    async with dying:
        dying.arm(last, committed=committed)
        run = await rig.claim("one")
        assert run is not None
        with contextlib.suppress(Crash):
            await rig.engine_on(dying).execute(run)
        clock.advance(31)
        await rig.work("two")
        return dying.dead, rig, run_id, database


@pytest.mark.parametrize("committed", [False, True])
@pytest.mark.parametrize("well", [True, False])
async def test_a_worker_killed_at_any_write_leaves_nothing_done_twice(
    sqlite_template: Path, tmp_path: Path, committed: bool, well: bool
) -> None:
    for last in range(40):
        clock, world = ManualClock(), World()
        world.errors = lambda: 0.0 if well else 0.9
        path = copy(sqlite_template, tmp_path / f"{last}.db")
        died, rig, run_id, database = await crashed_at(
            f"sqlite:///{path}", clock, world, last, committed=committed
        )
        run = await rig.run(run_id)
        keys = [key for key, _, _ in world.acts]
        assert run.status == ("succeeded" if well else "rolled_back"), (last, run.error)
        assert len(keys) == len(set(keys)) == (1 if well else 2), last
        assert world.notes == {f"{run_id}:tell": f"rag-api: {run.status}"}
        assert (await database.read(audit.verify)).ok
        await database.close()
        if not died:
            assert last > 6
            return
    pytest.fail("the run never got to its end without being killed")


@pytest.mark.parametrize("committed", [False, True])
async def test_a_worker_killed_where_nobody_can_tell_leaves_the_question_to_a_person(
    sqlite_template: Path, tmp_path: Path, committed: bool
) -> None:
    seen = set()
    for last in range(40):
        clock, world = ManualClock(), World(tells=False)
        path = copy(sqlite_template, tmp_path / f"{last}.db")
        died, rig, run_id, database = await crashed_at(
            f"sqlite:///{path}", clock, world, last, committed=committed
        )
        run = await rig.run(run_id)
        seen.add(run.status)
        assert run.status in ("succeeded", "unknown")
        assert len(world.acts) <= 1
        if run.status == "unknown":
            assert (await rig.statuses(run_id))["back"] == "unknown"
            await rig.runbooks.answer_unknown(run_id, "back", "happened" if world.acts else "did-not", PRIYA)
            await rig.work("three")
            assert (await rig.run(run_id)).status == ("succeeded" if world.acts else "failed")
            assert len(world.acts) <= 1
        await database.close()
        if not died:
            break
    assert seen == {"succeeded", "unknown"}


@pytest.mark.parametrize("last", [2, 3, 4, 5])
async def test_on_either_database_a_killed_worker_leaves_nothing_done_twice(
    database_url: str, last: int
) -> None:
    clock, world = ManualClock(), World()
    died, rig, run_id, database = await crashed_at(database_url, clock, world, last, committed=True)
    assert died
    assert (await rig.run(run_id)).status == "succeeded"
    assert [key for key, _, _ in world.acts] == [f"{run_id}:back"]
    assert (await database.read(audit.verify)).ok
    await database.close()


@pytest.mark.parametrize(("idempotent", "least"), [(False, 20.0), (True, 0.0)])
async def test_a_lost_call_is_given_its_time_to_arrive_before_it_is_repeated_unless_that_is_harmless(
    sqlite_database: Database, clock: ManualClock, idempotent: bool, least: float
) -> None:
    rig = Rig(sqlite_database, clock, idempotent=idempotent)
    run_id = await rig.queued()
    dying = DyingDatabase(sqlite_database.url)
    async with dying:
        dying.arm(2, committed=True)
        run = await rig.claim()
        assert run is not None
        with contextlib.suppress(Crash):
            await rig.engine_on(dying).execute(run)
    assert (await rig.statuses(run_id))["back"] == "started"
    before = clock.now()
    await rig.database.write(lambda conn: ledger.release_runs(conn, "one"))
    await rig.work("two")
    assert (await rig.run(run_id)).status == "succeeded"
    assert (len(rig.world.acts), (await rig.steps(run_id))["back"].attempts) == (1, 2)
    assert least <= clock.now() - before < least + 5


async def held_up(rig: Rig, *, at_large: bool) -> str:
    """A run whose worker `one` began the write and said no more; it is known to live, or to be gone."""
    if at_large:
        alive = Worker("one", "elsewhere", 1, 0.0, rig.clock.now())
        await rig.database.write(lambda conn: workers.beat(conn, alive))
    rig.world.scripts["version.set"] = ["hang"]
    run_id = await rig.queued()
    run = await rig.claim("one")
    assert run is not None
    task = asyncio.create_task(rig.engine.execute(run))
    async with asyncio.timeout(10):
        while rig.world.scripts["version.set"]:
            await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    rig.clock.advance(31)
    return run_id


async def test_what_a_worker_began_that_may_only_be_held_up_is_not_done_again_but_asked_about(
    database: Database, clock: ManualClock
) -> None:
    rig = Rig(database, clock)
    run_id = await held_up(rig, at_large=True)
    await rig.work("two")
    assert ((await rig.run(run_id)).status, rig.world.acts) == ("unknown", [])
    step = (await rig.steps(run_id))["back"]
    assert "worker one began this step and was held up" in (step.error or "")
    await rig.runbooks.answer_unknown(run_id, "back", "did-not", PRIYA)
    await rig.work("two")
    assert ((await rig.run(run_id)).status, rig.world.acts) == ("failed", [])


async def test_a_run_whose_time_is_over_leaves_no_step_as_started(rig: Rig) -> None:
    run_id = await held_up(rig, at_large=False)
    rig.clock.advance(86_400.0)
    await rig.work("two")
    assert ((await rig.run(run_id)).status, rig.world.acts) == ("failed", [])
    step = (await rig.steps(run_id))["back"]
    assert (step.status, step.error) == (
        "failed",
        "it did not take place, and the run ended before another try",
    )


async def test_what_a_living_worker_let_go_of_is_not_at_large(rig: Rig) -> None:
    run_id = await held_up(rig, at_large=True)
    run = await rig.run(run_id)
    await rig.database.write(lambda conn: leave(conn, run, rig.clock.now()))
    await rig.work("two")
    assert ((await rig.run(run_id)).status, len(rig.world.acts)) == ("succeeded", 1)
    assert (await rig.audited(run_id)).count("run.let_go") == 1
    await rig.database.write(lambda conn: leave(conn, run, rig.clock.now()))
    assert (await rig.audited(run_id)).count("run.let_go") == 1, "what was taken is not let go of"


async def test_what_did_happen_is_known_wherever_the_worker_is(rig: Rig) -> None:
    run_id = await held_up(rig, at_large=True)
    rig.world.versions["rag-api"].append("v1")
    await rig.work("two")
    assert (await rig.run(run_id)).status == "succeeded"


async def test_what_a_worker_began_that_is_gone_is_done_by_the_next(rig: Rig) -> None:
    run_id = await held_up(rig, at_large=False)
    await rig.work("two")
    assert ((await rig.run(run_id)).status, len(rig.world.acts)) == ("succeeded", 1)


async def test_an_undo_that_a_worker_began_that_may_only_be_held_up_is_asked_about(rig: Rig) -> None:
    alive = Worker("one", "elsewhere", 1, 0.0, rig.clock.now())
    await rig.database.write(lambda conn: workers.beat(conn, alive))
    rig.world.errors = lambda: 0.9
    rig.world.scripts["version.set"] = ["ok", "hang"]
    run_id = await rig.queued()
    run = await rig.claim("one")
    assert run is not None
    task = asyncio.create_task(rig.engine.execute(run))
    async with asyncio.timeout(10):
        while rig.world.scripts["version.set"]:
            await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    rig.clock.advance(31)
    await rig.work("two")
    assert ((await rig.run(run_id)).status, len(rig.world.acts)) == ("unknown", 1)
    await rig.runbooks.answer_unknown(run_id, "back", "did-not", PRIYA)
    await rig.work("two")
    assert ((await rig.run(run_id)).status, len(rig.world.acts)) == ("rolled_back", 2)


async def unknown(rig: Rig) -> str:
    rig.world.scripts["version.set"] = ["lose the answer"]
    rig.world.tells = False
    run_id = await rig.queued()
    await rig.work()
    assert (await rig.run(run_id)).status == "unknown"
    return run_id


async def test_a_person_who_says_it_happened_lets_the_run_go_on_to_its_verification(rig: Rig) -> None:
    run_id = await unknown(rig)
    run = await rig.runbooks.answer_unknown(run_id, "back", "happened", PRIYA)
    assert run.status == "running"
    await rig.work("two")
    assert (await rig.run(run_id)).status == "succeeded"
    assert len(rig.world.acts) == 1
    assert "run.answered" in await rig.audited(run_id)


async def test_a_person_who_says_it_did_not_ends_the_run_as_failed(rig: Rig) -> None:
    run_id = await unknown(rig)
    await rig.runbooks.answer_unknown(run_id, "back", "did-not", PRIYA)
    await rig.work("two")
    run = await rig.run(run_id)
    assert (run.status, run.error) == ("failed", "Step back: priya says that it did not take place")
    assert rig.world.notes == {f"{run_id}:tell": "rag-api: failed"}


async def test_a_person_may_abort_and_nothing_more_is_done(rig: Rig) -> None:
    run_id = await unknown(rig)
    run = await rig.runbooks.answer_unknown(run_id, "back", "abort", PRIYA)
    assert run.status == "cancelled"
    assert "nobody knows whether step back took place" in (run.error or "")
    await rig.work("two")
    assert rig.world.notes == {}
    assert (await rig.audited(run_id))[-2:] == ["run.answered", "run.cancelled"]
    statuses = await rig.statuses(run_id)
    assert statuses["back"] == "unknown"
    assert {one for name, one in statuses.items() if name != "back"} <= {"done", "skipped"}


async def test_an_answer_needs_a_right_a_word_a_step_and_a_question(rig: Rig) -> None:
    run_id = await unknown(rig)
    with pytest.raises(Forbidden, match="operator or approver"):
        await rig.runbooks.answer_unknown(run_id, "back", "happened", PEOPLE.by_id["jonas"])
    with pytest.raises(BadRequest, match="happened, did-not, abort"):
        await rig.runbooks.answer_unknown(run_id, "back", "perhaps", PRIYA)  # type: ignore[arg-type]
    with pytest.raises(NotFound, match="Did you mean 'back'"):
        await rig.runbooks.answer_unknown(run_id, "bak", "happened", PRIYA)
    with pytest.raises(NotFound, match="no run"):
        await rig.runbooks.answer_unknown("run_x", "back", "happened", PRIYA)
    with pytest.raises(Conflict, match="say what happened, or abort"):
        await rig.runbooks.cancel(run_id, MARIA)
    await rig.runbooks.answer_unknown(run_id, "back", "abort", PRIYA)
    with pytest.raises(Conflict, match="nobody needs to say"):
        await rig.runbooks.answer_unknown(run_id, "back", "happened", PRIYA)


@pytest.mark.parametrize(("answer", "acts"), [("happened", 2), ("did-not", 3)])
async def test_an_undo_that_nobody_can_tell_of_is_asked_about_too(rig: Rig, answer: str, acts: int) -> None:
    rig.world.errors = lambda: 0.9
    rig.world.scripts["version.set"] = ["ok", "lose the answer", "ok"]
    rig.world.tells = False
    run_id = await rig.queued()
    await rig.work()
    assert (await rig.run(run_id)).status == "unknown"
    await rig.runbooks.answer_unknown(
        run_id, "back", "happened" if answer == "happened" else "did-not", PRIYA
    )
    await rig.work("two")
    assert (await rig.run(run_id)).status == "rolled_back"
    assert (await rig.statuses(run_id))["back"] == "undone"
    assert len(rig.world.acts) == acts
