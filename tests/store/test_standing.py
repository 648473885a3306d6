from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from config.errors import Conflict
from store import audit, standing
from store.engine import Database
from store.policy_records import Standing, Use, Vote
from store.records import AuditEntry
from tests.support.ledger import NOW, an_entry

DAY = 86_400.0
BY_SAM = AuditEntry("sam", "standing.revoked", "standing", "std_1")


def a_standing(id: str = "std_1", **changes: Any) -> Standing:
    columns: dict[str, Any] = {
        "id": id,
        "status": "proposed",
        "runbook": "rollback",
        "digest": "d" * 64,
        "environment": "production",
        "services": ("rag-api", "billing"),
        "bounds": {"limit": {"min": 0, "max": 0.5}},
        "proposer": "maria",
        "reason": "nights",
        "count": 2,
        "most": 3,
        "per": DAY,
        "hash": "h" * 64,
        "place": "rest:ses_1",
        "version": 1,
        "created_at": NOW,
        "expires_at": NOW + 30 * DAY,
    }
    return Standing(**(columns | changes))


async def propose(database: Database, one: Standing) -> Standing:
    return await database.write(lambda conn: standing.propose(conn, one, an_entry(), NOW))


async def test_one_is_stored_once_and_comes_back_as_it_was(database: Database) -> None:
    one = await propose(database, a_standing())
    assert await propose(database, a_standing(reason="other")) == one
    assert await database.read(lambda conn: standing.get(conn, "std_1")) == one
    assert await database.read(lambda conn: standing.get(conn, "std_2")) is None
    assert len(await database.read(audit.rows)) == 1


async def test_a_person_agrees_once(database: Database) -> None:
    await propose(database, a_standing())
    vote = Vote("std_1", "priya", "h" * 64, "rest", None, NOW)
    assert await database.write(lambda conn: standing.add_vote(conn, vote))
    assert not await database.write(lambda conn: standing.add_vote(conn, replace(vote, via="slack")))
    assert await database.read(lambda conn: standing.votes(conn, "std_1")) == [vote]


async def test_only_what_is_active_and_not_over_counts(database: Database) -> None:
    await propose(database, a_standing("std_1"))
    for number, expires in ((2, NOW + 10), (3, NOW + DAY)):
        one = await propose(database, a_standing(f"std_{number}", expires_at=expires))
        await database.write(partial(standing.move, one=one, to="active", now=NOW, entry=an_entry()))
    await propose(database, a_standing("std_4", runbook="other", status="active"))
    found = await database.read(lambda conn: standing.active(conn, "rollback", NOW + 10))
    assert [one.id for one in found] == ["std_3"]
    assert len(await database.read(standing.every)) == 4


async def test_what_is_revoked_never_counts_again(database: Database) -> None:
    one = await propose(database, a_standing())
    gone = await database.write(lambda conn: standing.move(conn, one, "revoked", now=NOW + 5, entry=BY_SAM))
    assert (gone.status, gone.ended_at, gone.ended_by, gone.version) == ("revoked", NOW + 5, "sam", 2)
    for stale in (one, gone):
        with pytest.raises(Conflict, match="or it is revoked"):
            await database.write(partial(standing.move, one=stale, to="active", now=NOW, entry=an_entry()))


async def test_uses_are_counted_once_a_run_and_told_once(database: Database) -> None:
    for number in range(3):
        use = Use(f"run_{number}", "std_1", NOW + number)
        assert await database.write(partial(standing.add_use, use=use))
        assert not await database.write(partial(standing.add_use, use=use))
    assert await database.read(lambda conn: standing.uses_since(conn, "std_1", NOW)) == 2
    await database.write(lambda conn: standing.told(conn, "run_0"))
    assert [one.run_id for one in await database.read(standing.untold)] == ["run_1", "run_2"]
    assert await database.read(lambda conn: standing.use_of(conn, "run_0")) == Use(
        "run_0", "std_1", NOW, True
    )
