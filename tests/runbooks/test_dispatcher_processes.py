"""Several worker processes on one ledger share the runs; that one is held up or all are stopped: tests/chaos."""

from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path

from store import audit
from store.engine import Database
from tests.runbooks.world import Rig
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
