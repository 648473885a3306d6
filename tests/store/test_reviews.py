from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from config.errors import Conflict
from store import audit, reviews
from store.engine import Database
from store.policy_records import Review
from store.records import AuditEntry
from tests.support.ledger import NOW, an_entry

BY_SAM = AuditEntry("sam", "review.closed", "review", "rev_1")


def a_review(id: str = "rev_1", **changes: Any) -> Review:
    columns: dict[str, Any] = {
        "id": id,
        "run_id": f"run_of_{id}",
        "person": "lena",
        "acting_as": None,
        "reason": "everything burns",
        "plan_hash": "h" * 64,
        "runbook": "rollback",
        "environment": "production",
        "place": "rest:ses_1",
        "nag": 3600.0,
        "opened_at": NOW,
    }
    return Review(**(columns | changes))


async def opened(database: Database, review: Review) -> Review:
    return await database.write(lambda conn: reviews.open_review(conn, review, an_entry(), NOW))


async def test_a_run_has_one_review(database: Database) -> None:
    first = await opened(database, a_review())
    assert await opened(database, a_review("rev_2", run_id=first.run_id)) == first
    assert await database.read(lambda conn: reviews.by_run(conn, first.run_id)) == first
    assert await database.read(lambda conn: reviews.get(conn, "rev_2")) is None
    assert len(await database.read(audit.rows)) == 1


async def test_it_is_open_until_it_is_closed_once(database: Database) -> None:
    for id in ("rev_1", "rev_2"):
        await opened(database, a_review(id))
    done = await database.write(
        lambda conn: reviews.close(conn, "rev_1", outcome="fine", now=NOW + 9, entry=BY_SAM)
    )
    assert (done.closed_at, done.closed_by, done.outcome) == (NOW + 9, "sam", "fine")
    assert [one.id for one in await database.read(reviews.still_open)] == ["rev_2"]
    assert len(await database.read(reviews.every)) == 2
    with pytest.raises(Conflict, match="closed already"):
        await database.write(
            lambda conn: reviews.close(conn, "rev_1", outcome="x", now=NOW, entry=an_entry())
        )


async def test_posts_are_counted_up_and_never_down(database: Database) -> None:
    await opened(database, a_review())
    for count in (2, 1):
        await database.write(partial(reviews.told, review_id="rev_1", count=count))
    found = await database.read(lambda conn: reviews.get(conn, "rev_1"))
    assert found is not None and found.told == 2
