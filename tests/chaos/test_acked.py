"""The short form: approvals are acknowledged, the worker is killed, nothing is lost."""

from __future__ import annotations

from collections import Counter

import pytest

from store.engine import Database
from tests.chaos.acked import SCENE, lost, shard
from tests.chaos.killing import SERVICES
from tests.chaos.scenes import Tally
from tests.runbooks.world import PRIYA, SAM, Rig
from tests.support.clock import ManualClock

KILLS = 1


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
async def test_what_was_acknowledged_survives_the_kill_and_is_done(
    kind: str, request: pytest.FixtureRequest
) -> None:
    if kind == "postgresql":
        request.getfixturevalue("postgres_server")
    tally = await shard(kind, seed=301, kills=KILLS)
    assert tally.wrong == []
    assert tally.kills == KILLS
    counts = tally.counts
    assert (
        counts["acknowledged, killed within 500 ms"] + counts["acknowledged, killed later"]
        == len(SERVICES) * KILLS
    )
    assert counts["acts"] >= len(SERVICES) * KILLS


async def test_an_approval_that_waits_or_was_given_by_another_counts_as_lost(
    sqlite_database: Database, clock: ManualClock
) -> None:
    rig = Rig(sqlite_database, clock)
    asked = [(await rig.propose(environment="production")).approval for _ in range(2)]
    ids = [one.id for one in asked if one is not None]
    assert len(ids) == 2
    assert "is pending" in (await sqlite_database.read(lambda conn: lost(conn, ids[0])))[0]
    await rig.approve(asked[0], PRIYA)
    assert await sqlite_database.read(lambda conn: lost(conn, ids[0])) == []
    await rig.approve(asked[1], SAM)
    assert "sam" in (await sqlite_database.read(lambda conn: lost(conn, ids[1])))[0]
    assert "is None" in (await sqlite_database.read(lambda conn: lost(conn, "apr_0")))[0]


def test_findings_break_the_promise_and_are_said() -> None:
    tally = Tally(1, "acked-sqlite", 1, Counter({"runs succeeded": 1}), ["approval apr_1 is gone"])
    found = SCENE.result("sqlite", [tally], "python -m tests.chaos")
    assert not found.ok
    assert "approval apr_1 is gone" in found.notes
