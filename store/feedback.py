"""What people said of answers: kept for learning, the last word of each person on each answer."""

from __future__ import annotations

from sqlalchemy import Connection, select

from store.dialect import upsert, values
from store.records import Feedback
from store.tables import feedback


def put(conn: Connection, word: Feedback) -> None:
    """A later word of the same person on the same answer takes the place of the earlier one."""
    conn.execute(upsert(conn.dialect.name, feedback, ["request_id", "person"]).values(values(word)))


def newest(conn: Connection, limit: int = 200) -> list[Feedback]:
    """Newest first."""
    wanted = select(feedback).order_by(feedback.c.at.desc(), feedback.c.request_id.desc()).limit(limit)
    return [Feedback(*row) for row in conn.execute(wanted)]
