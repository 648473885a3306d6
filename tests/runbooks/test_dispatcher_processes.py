"""Several worker processes on one ledger: they share the runs, and one that was replaced writes nothing."""

from __future__ import annotations

import asyncio
import signal
from collections import Counter
from pathlib import Path

from runbooks.halt import lift, stop_everything
from store import audit
from store.engine import Database
from tests.runbooks.world import MARIA, PRIYA, Rig
from tests.support.processes import process, rigged


async def until(rig: Rig, run_ids: list[str], *statuses: str) -> None:
    async with asyncio.timeout(60):
        while not all([(await rig.run(one)).status in statuses for one in run_ids]):
            await asyncio.sleep(0.05)


async def test_three_processes_on_one_postgresql_share_the_runs_and_do_each_step_once(
    postgres_url: str, tmp_path: Path
) -> None:
    log = tmp_path / "log"
    async with Database(postgres_url) as database:
        rig = rigged(database, log)
        with (
            process(postgres_url, "one", log),
            process(postgres_url, "two", log),
            process(postgres_url, "three", log),
        ):
            ids = [await rig.queued("three") for _ in range(30)]
            await until(rig, ids, "succeeded")
        done = [
            line.split() for line in log.read_text(encoding="utf-8").splitlines() if line.startswith("done")
        ]
        assert Counter(key for _, _, key in done) == Counter(f"{one}:{step}" for one in ids for step in "abc")
        assert {owner for _, owner, _ in done} == {"one", "two", "three"}
        assert (await database.read(audit.verify)).ok
        assert {(await rig.run(one)).fence for one in ids} == {1}


async def test_a_worker_that_was_stopped_past_its_lease_writes_nothing_when_it_goes_on(
    postgres_url: str, tmp_path: Path
) -> None:
    log = tmp_path / "log"
    async with Database(postgres_url) as database:
        rig = rigged(database, log)
        run_id = await rig.queued("three")
        with process(postgres_url, "stale", log, lease=2.0, slow=0.6) as stale:
            async with asyncio.timeout(30):
                while not any(line.endswith(f"{run_id}:b") for line in rig.world.calls()):  # type: ignore[attr-defined]
                    await asyncio.sleep(0.01)
            stale.send_signal(signal.SIGSTOP)
            with process(postgres_url, "next", log, lease=30.0):
                await until(rig, [run_id], "succeeded", "unknown", "failed")
                before = await database.read(lambda conn: audit.rows(conn, run_id))
                calls = rig.world.calls()  # type: ignore[attr-defined]
                stale.send_signal(signal.SIGCONT)
                await asyncio.sleep(2.5)
        after = await database.read(lambda conn: audit.rows(conn, run_id))
        assert after == before, "0 rows by the stale one"
        steps = await rig.steps(run_id)
        assert steps["b"].fence == 2
        taken = next(row.seq for row in after if row.what == "run.claimed" and row.detail["fence"] == 2)
        assert not [row for row in after if row.seq > taken and row.detail.get("fence") == 1]
        more = rig.world.calls()[len(calls) :]  # type: ignore[attr-defined]
        assert all(line == f"done stale {run_id}:b" for line in more), "only the call that was marked"
        assert len(more) <= 1
        assert {name: step.status for name, step in steps.items()} == {
            "a": "done",
            "b": "unknown",
            "c": "new",
        }
        assert (await rig.run(run_id)).status == "unknown"
        assert "was held up" in (steps["b"].error or "")


async def test_the_switch_is_seen_within_a_second_in_every_process(postgres_url: str, tmp_path: Path) -> None:
    log = tmp_path / "log"
    async with Database(postgres_url) as database:
        rig = rigged(database, log)
        with process(postgres_url, "one", log, slow=0.1), process(postgres_url, "two", log, slow=0.1):
            ids = [await rig.queued("three") for _ in range(20)]
            async with asyncio.timeout(30):
                while len(rig.world.calls()) < 8:  # type: ignore[attr-defined]
                    await asyncio.sleep(0.01)
            now = rig.clock.now()
            await database.write(lambda conn: stop_everything(conn, MARIA, None, now))
            await asyncio.sleep(1.0)
            begun = [line for line in rig.world.calls() if line.startswith("begin")]  # type: ignore[attr-defined]
            await asyncio.sleep(1.0)
            assert begun == [line for line in rig.world.calls() if line.startswith("begin")]  # type: ignore[attr-defined]
            assert len(begun) < 60
            later = rig.clock.now()
            await database.write(lambda conn: lift(conn, PRIYA, None, later))
            await until(rig, ids, "succeeded")
        started = [
            row.at
            for row in await database.read(lambda conn: audit.rows(conn, limit=5000))
            if row.what == "step.started"
        ]
        assert not [at for at in started if now + 1.0 < at < later]
