"""Reviews of runs that broke glass: open until somebody else closes them."""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import Connection, select, text, update

from config.errors import Conflict
from store import audit
from store.dialect import insert_new, stored, values
from store.hide import hidden
from store.policy_records import Review
from store.policy_tables import REVIEWS_OPEN, reviews
from store.records import AuditEntry

_OPEN = text(REVIEWS_OPEN)


@cache
def _new(dialect: str) -> Any:
    return insert_new(dialect, reviews, ["run_id"])


def open_review(conn: Connection, review: Review, entry: AuditEntry, now: float) -> Review:
    """A run has one: opened again, the same comes back and no audit row is added."""
    kept = values(review) | {"reason": hidden(conn, review.reason)}
    if stored(conn, _new(conn.dialect.name), kept):
        audit.append(conn, entry, now)
        return review
    there = by_run(conn, review.run_id)
    assert there is not None
    return there


def get(conn: Connection, review_id: str) -> Review | None:
    row = conn.execute(select(reviews).where(reviews.c.id == review_id)).first()
    return None if row is None else Review(*row)


def by_run(conn: Connection, run_id: str) -> Review | None:
    row = conn.execute(select(reviews).where(reviews.c.run_id == run_id)).first()
    return None if row is None else Review(*row)


def still_open(conn: Connection, limit: int = 1000) -> list[Review]:
    """Oldest first."""
    wanted = select(reviews).where(_OPEN).order_by(reviews.c.opened_at, reviews.c.id).limit(limit)
    return [Review(*row) for row in conn.execute(wanted)]


def every(conn: Connection, limit: int = 1000) -> list[Review]:
    """Newest first."""
    wanted = select(reviews).order_by(reviews.c.opened_at.desc(), reviews.c.id.desc()).limit(limit)
    return [Review(*row) for row in conn.execute(wanted)]


def told(conn: Connection, review_id: str, count: int) -> None:
    """That many posts were made; a smaller count than the stored one changes nothing."""
    conn.execute(update(reviews).where(reviews.c.id == review_id, reviews.c.told < count).values(told=count))


def close(conn: Connection, review_id: str, *, outcome: str, now: float, entry: AuditEntry) -> Review:
    """With its audit row. Raises Conflict when it is closed already."""
    changed = (
        update(reviews)
        .where(reviews.c.id == review_id, _OPEN)
        .values(closed_at=now, closed_by=entry.actor, outcome=hidden(conn, outcome))
    )
    row = conn.execute(changed.returning(*reviews.c)).first()
    if row is None:
        raise Conflict("It is closed already; look at it again.")
    audit.append(conn, entry, now)
    return Review(*row)
