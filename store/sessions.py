"""REST conversations, and the answers already given to an Idempotency-Key."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import Connection, bindparam, select
from sqlalchemy import delete as delete_from
from sqlalchemy import insert as plain_insert

from store.dialect import insert_new, stored, values
from store.hide import hidden_in
from store.records import Json, Session
from store.tables import idempotency, sessions

_CREATE = plain_insert(sessions)
_GET = select(sessions).where(sessions.c.id == bindparam("key"))
_RECALL = select(idempotency).where(
    idempotency.c.key == bindparam("of_key"), idempotency.c.person == bindparam("by")
)


@dataclass(frozen=True, slots=True)
class Remembered:
    """What was answered to the first request with this key. Another `path` or `body_hash` is a misused key."""

    key: str
    person: str
    path: str
    body_hash: str
    status: int
    answer: Json
    at: float


@cache
def _remember(dialect: str) -> Any:
    return insert_new(dialect, idempotency, ["key", "person"])


def create(conn: Connection, session: Session) -> Session:
    conn.execute(_CREATE, values(session))
    return session


def get(conn: Connection, id: str) -> Session | None:
    row = conn.execute(_GET, {"key": id}).first()
    return None if row is None else Session(*row)


def of_person(conn: Connection, person: str, limit: int = 30) -> list[Session]:
    """The newest first; ids sort by time."""
    wanted = select(sessions).where(sessions.c.person == person).order_by(sessions.c.id.desc()).limit(limit)
    return [Session(*row) for row in conn.execute(wanted)]


def delete(conn: Connection, id: str) -> bool:
    """False: there was none."""
    return conn.execute(delete_from(sessions).where(sessions.c.id == id)).rowcount == 1


def remember(
    conn: Connection, key: str, person: str, path: str, body_hash: str, status: int, answer: Json, now: float
) -> bool:
    """Keep an answer. False: this person's key has one already, which stays."""
    row = values(Remembered(key, person, path, body_hash, status, hidden_in(conn, answer), now))
    return stored(conn, _remember(conn.dialect.name), row)


def recall(conn: Connection, key: str, person: str) -> Remembered | None:
    row = conn.execute(_RECALL, {"of_key": key, "by": person}).first()
    return None if row is None else Remembered(*row)


def forget(conn: Connection, before: float) -> int:
    """Drop the answers kept before that instant."""
    return conn.execute(delete_from(idempotency).where(idempotency.c.at < before)).rowcount
