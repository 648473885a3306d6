"""Runs and steps: only the ways of the table, only under the newest fence, one winner of every race."""

from __future__ import annotations

import asyncio
import json
import sys
from collections import Counter
from dataclasses import replace
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection

from config.errors import NotFound
from store import audit, ledger
from store.dialect import values
from store.engine import Database
from store.ledger import IllegalTransition, StaleFence
from store.records import Run, Step
from store.tables import steps as steps_table
from store.transitions import RUN, STEP
from tests.support.ledger import NOW, a_run, a_step, an_entry

CLAIMER = Path(__file__).parent.parent / "support" / "run_claimer.py"


async def create(database: Database, run: Run, *steps: Step) -> Run:
    return await database.write(
        lambda conn: ledger.create_run(conn, run, steps, an_entry(run_id=run.id), NOW)
    )


async def claim(
    database: Database, owner: str = "a", now: float = NOW, run_id: str | None = None
) -> Run | None:
    return await database.write(lambda conn: ledger.claim_run(conn, owner=owner, now=now, run_id=run_id))


async def move(database: Database, to: Any, **more: Any) -> Run:
    work = partial(ledger.move_run, run_id="run_1", to=to, now=NOW + 5, entry=an_entry(f"run.{to}"), **more)
    return await database.write(work)


async def step_to(database: Database, to: Any, fence: int = 1, **more: Any) -> Step:
    work = partial(ledger.move_step, run_id="run_1", step_id="one", to=to, now=NOW + 5, fence=fence, **more)
    return await database.write(work)


async def state(database: Database) -> tuple[Run | None, list[Step], int]:
    """All that a refused change must leave as it was: the run, its steps, the number of audit rows."""

    def work(conn: Connection) -> tuple[Run | None, list[Step], int]:
        return ledger.get_run(conn, "run_1"), ledger.get_steps(conn, "run_1"), len(audit.rows(conn))

    return await database.read(work)


async def test_a_run_comes_back_as_it_was_stored_with_its_steps_in_order(database: Database) -> None:
    run = a_run(
        status="waiting", acting_as="sam", plan={"steps": [{"before": {"version": "1.2"}, "x": [1, 2.5]}]}
    )
    steps = [a_step("b", position=1, before={"version": "1"}), a_step("a", position=0, inputs={"to": "é"})]
    assert await create(database, run, *steps) == run
    assert await state(database) == (run, [steps[1], steps[0]], 1)
    assert await database.read(lambda conn: ledger.by_request(conn, run.request_id)) == run
    assert await database.read(lambda conn: ledger.get_run(conn, "run_2")) is None


async def test_a_request_has_one_run(database: Database) -> None:
    first = await create(database, a_run(), a_step())
    again = await create(database, a_run("run_2", request_id=first.request_id), a_step(run_id="run_2"))
    assert again == first
    assert await database.read(
        lambda conn: (ledger.get_run(conn, "run_2"), ledger.get_steps(conn, "run_2"))
    ) == (None, [])
    assert (await state(database))[2] == 1


async def test_runs_are_listed_newest_first_and_in_pages(database: Database) -> None:
    for number in range(5):
        status = "waiting" if number == 2 else "queued"
        await create(database, a_run(f"run_{number}", created_at=NOW + number // 2, status=status))

    def ids(conn: Connection, **wanted: Any) -> list[str]:
        return [run.id for run in ledger.list_runs(conn, **wanted)]

    assert await database.read(ids) == ["run_4", "run_3", "run_2", "run_1", "run_0"]
    assert await database.read(partial(ids, limit=2)) == ["run_4", "run_3"]
    assert await database.read(partial(ids, limit=2, before="run_3")) == ["run_2", "run_1"]
    assert await database.read(partial(ids, status="waiting")) == ["run_2"]


async def test_a_run_goes_only_the_ways_of_the_table(database: Database) -> None:
    for number, (before, after) in enumerate(product(RUN, RUN)):
        await check_run_way(database, before, after, f"run_{number}")


async def check_run_way(database: Database, before: str, after: Any, id: str) -> None:
    run = await create(database, a_run(id, status=before, owner="a", lease_until=NOW + 30, fence=3))
    work = partial(ledger.move_run, run_id=id, to=after, now=NOW + 5, entry=an_entry(run_id=id))
    rows = partial(audit.rows, run_id=id)
    if after in RUN[before]:
        moved = await database.write(work)
        assert (moved.status, moved.version) == (after, run.version + 1)
        assert moved.ended_at == (None if RUN[after] else NOW + 5)
        assert len(await database.read(rows)) == 2
        return
    with pytest.raises(IllegalTransition, match=f"{id} is {before}; it cannot become {after}"):
        await database.write(work)
    assert await database.read(partial(ledger.get_run, id=id)) == run
    assert len(await database.read(rows)) == 1


def put_step(conn: Connection, step: Step) -> None:
    conn.execute(steps_table.insert(), values(step))


async def test_a_step_goes_only_the_ways_of_the_table(database: Database) -> None:
    await create(database, a_run(status="running", fence=1))
    before: Any
    after: Any
    for number, (before, after) in enumerate(product(STEP, STEP)):
        id = f"step_{number}"
        step = a_step(id, status=before, fence=1)
        await database.write(partial(put_step, step=step))
        work = partial(ledger.move_step, run_id="run_1", step_id=id, to=after, now=NOW, fence=1)
        if after in STEP[before]:
            assert (await database.write(work)).status == after
            continue
        version = (await state(database))[0]
        with pytest.raises(IllegalTransition, match=f"is {before}; it cannot become {after}"):
            await database.write(work)
        found, steps, _ = await state(database)
        assert (found, [one for one in steps if one.id == id]) == (version, [step])


async def test_moving_writes_its_columns_and_its_audit_row_in_the_same_transaction(
    database: Database,
) -> None:
    await create(database, a_run(status="running", fence=2, owner="a", lease_until=NOW))
    moved = await move(database, "failed", fence=2, error="it broke")
    assert (moved.error, moved.ended_at, moved.lease_until) == ("it broke", NOW + 5, None)
    rows = await database.read(audit.rows)
    assert [(row.seq, row.what, row.run_id, row.at) for row in rows][-1] == (
        2,
        "run.failed",
        "run_1",
        NOW + 5,
    )


@pytest.mark.parametrize("column", ["version", "status", "id", "colour"])
async def test_a_column_that_callers_may_not_set_is_refused(sqlite_database: Database, column: str) -> None:
    await create(sqlite_database, a_run())
    with pytest.raises(TypeError):
        await move(sqlite_database, "cancelled", **{column: 7})
    assert (await state(sqlite_database))[0] == a_run()


async def test_what_is_not_there_is_said(database: Database) -> None:
    with pytest.raises(NotFound, match="no run run_1"):
        await move(database, "cancelled")
    await create(database, a_run())
    with pytest.raises(NotFound, match="no step one in run run_1"):
        await step_to(database, "started")


async def test_a_claim_raises_the_fence_takes_the_oldest_and_is_in_the_audit(database: Database) -> None:
    await create(database, a_run("run_2", created_at=NOW + 2))
    await create(database, a_run("run_1", created_at=NOW + 1))
    first = await claim(database, "a")
    assert first == a_run(
        "run_1",
        created_at=NOW + 1,
        status="running",
        fence=1,
        owner="a",
        lease_until=NOW + 30,
        started_at=NOW,
        version=2,
    )
    second = await claim(database, "b")
    assert second is not None and second.id == "run_2"
    assert await claim(database, "c") is None
    row = (await database.read(partial(audit.rows, run_id="run_1")))[-1]
    assert (row.what, row.detail) == ("run.claimed", {"owner": "a", "fence": 1, "from": "queued"})


@pytest.mark.parametrize("status", ["running", "undoing"])
async def test_a_run_whose_lease_ran_out_is_claimed_with_a_higher_fence(
    database: Database, status: str
) -> None:
    await create(database, a_run(status=status, fence=4, owner="a", lease_until=NOW + 30, started_at=NOW - 9))
    assert await claim(database, "b", NOW + 30) is None
    taken = await claim(database, "b", NOW + 31)
    assert taken is not None
    assert (taken.status, taken.fence, taken.owner, taken.started_at) == (status, 5, "b", NOW - 9)


@pytest.mark.parametrize("status", sorted(set(RUN) - {"queued", "running", "undoing"}))
async def test_a_run_that_waits_for_people_or_is_over_is_not_claimed(database: Database, status: str) -> None:
    await create(database, a_run(status=status, lease_until=0.0))
    assert await claim(database) is None
    assert await claim(database, run_id="run_1") is None


async def test_a_run_that_goes_on_after_a_pause_or_a_persons_word_is_claimable(database: Database) -> None:
    await create(database, a_run(status="running", fence=1, owner="a", lease_until=NOW + 30))
    await move(database, "unknown")
    await move(database, "running")
    again = await claim(database, "b")
    assert again is not None and again.fence == 2


async def test_one_run_can_be_claimed_by_its_id(database: Database) -> None:
    await create(database, a_run("run_1"))
    await create(database, a_run("run_2"))
    got = await claim(database, run_id="run_2")
    assert got is not None and got.id == "run_2"
    assert await claim(database, run_id="run_2") is None


async def test_a_lease_is_renewed_only_under_the_newest_fence_and_while_the_run_goes_on(
    database: Database,
) -> None:
    await create(database, a_run())
    await claim(database)
    renew = partial(ledger.renew_run, run_id="run_1")
    assert await database.write(partial(renew, fence=1, until=NOW + 90))
    assert not await database.write(partial(renew, fence=0, until=NOW + 900))
    assert await claim(database, "b", NOW + 60) is None
    await move(database, "succeeded", fence=1)
    assert not await database.write(partial(renew, fence=1, until=NOW + 90))


async def test_the_runs_of_a_dead_worker_are_free_at_once(database: Database) -> None:
    for id in ("run_1", "run_2"):
        await create(database, a_run(id))
        await claim(database, f"owner of {id}")
    assert await database.write(lambda conn: ledger.release_runs(conn, "owner of run_2")) == 1
    got = await claim(database, "b")
    assert got is not None and (got.id, got.fence) == ("run_2", 2)
    assert await claim(database, "b") is None


async def test_a_stale_fence_writes_nothing(database: Database) -> None:
    await create(database, a_run(), a_step())
    await claim(database, "a")
    await step_to(database, "started")
    await claim(database, "b", NOW + 60)
    before = await state(database)
    with pytest.raises(StaleFence, match="fence 2, yours is 1"):
        await move(database, "succeeded", fence=1)
    with pytest.raises(StaleFence, match="nothing was written"):
        await step_to(database, "done", fence=1, entry=an_entry("step.done"))
    with pytest.raises(StaleFence):
        await database.write(partial(ledger.update_step, run_id="run_1", step_id="one", fence=1, attempts=9))
    assert await state(database) == before
    assert (await step_to(database, "done", fence=2)).fence == 2


async def test_a_step_counts_its_attempts_and_keeps_its_times(database: Database) -> None:
    await create(database, a_run(), a_step())
    await claim(database)
    started = await step_to(database, "started", inputs={"to": "1.4"}, entry=an_entry("step.started"))
    assert (started.attempts, started.started_at, started.ended_at) == (1, NOW + 5, None)
    tried = await database.write(
        partial(ledger.update_step, run_id="run_1", step_id="one", fence=1, attempts=2, error="503")
    )
    assert (tried.status, tried.attempts, tried.error) == ("started", 2, "503")
    done = await step_to(database, "done", output={"version": "1.4"}, error=None)
    assert done == replace(
        a_step(),
        status="done",
        attempts=2,
        inputs={"to": "1.4"},
        output={"version": "1.4"},
        fence=1,
        started_at=NOW + 5,
        ended_at=NOW + 5,
    )


async def test_each_change_of_a_step_raises_the_runs_version(database: Database) -> None:
    await create(database, a_run(), a_step())
    run = await claim(database)
    assert run is not None
    await step_to(database, "started")
    await step_to(database, "done")
    found, _, _ = await state(database)
    assert found is not None and found.version == run.version + 2


async def test_of_many_that_move_a_run_at_once_one_wins(database: Database) -> None:
    await create(database, a_run(status="waiting"))
    async with Database(database.url) as other:
        works = [
            move(one, to) for _ in range(10) for one in (database, other) for to in ("queued", "cancelled")
        ]
        results = await asyncio.gather(*works, return_exceptions=True)
    won = [one for one in results if isinstance(one, Run)]
    lost = [one for one in results if isinstance(one, IllegalTransition)]
    assert (len(won) + len(lost), len(won)) in ((40, 1), (40, 2))
    assert (len(won) == 2) == ({one.status for one in won} == {"queued", "cancelled"})
    found, _, rows = await state(database)
    assert found is not None and (found.version, rows) == (1 + len(won), 1 + len(won))


async def test_two_processes_claim_each_run_once(database: Database) -> None:
    for number in range(40):
        await create(database, a_run(f"run_{number:02}"))
    workers = [
        await asyncio.create_subprocess_exec(
            sys.executable, str(CLAIMER), database.url, owner, str(NOW), stdout=asyncio.subprocess.PIPE
        )
        for owner in ("p1", "p2")
    ]
    said = [(await worker.communicate())[0] for worker in workers]
    assert [worker.returncode for worker in workers] == [0, 0]
    rows = [json.loads(line) for part in said for line in part.splitlines()]
    assert Counter(row["run"] for row in rows) == Counter(f"run_{number:02}" for number in range(40))
    assert {row["owner"] for row in rows} == {"p1", "p2"}
    assert {row["fence"] for row in rows} == {1}
    check = await database.read(audit.verify)
    assert (check.ok, check.rows) == (True, 120)


async def test_several_runs_are_read_at_once(database: Database) -> None:
    for id in ("run_1", "run_2"):
        await create(database, a_run(id))
    found = await database.read(lambda conn: ledger.get_runs(conn, ["run_2", "run_1", "run_3"]))
    assert found == {id: a_run(id) for id in ("run_1", "run_2")}
    assert await database.read(lambda conn: ledger.get_runs(conn, [])) == {}
