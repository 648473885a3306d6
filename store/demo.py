"""The demo fleet's state: timestamped events, appended and never changed."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, select, text
from sqlalchemy import insert as plain_insert

from store.records import Json
from store.tables import demo_events

_INSERT = plain_insert(demo_events).returning(demo_events.c.seq)
_AFTER = (
    select(demo_events.c.seq, demo_events.c.kind, demo_events.c.at, demo_events.c.data)
    .where(demo_events.c.seq > bindparam("after"))
    .order_by(demo_events.c.seq)
)
#: one appender at a time, so that nobody who reads on from a seq misses a lower one that is committed later
_IN_ORDER = text("SELECT pg_advisory_xact_lock(7031402)")


@dataclass(frozen=True, slots=True)
class DemoEvent:
    seq: int
    kind: str
    at: float
    data: Json


def append(conn: Connection, kind: str, at: float, data: Json) -> int:
    """Store an event; returns its seq, which rises in the order of the commits."""
    if conn.dialect.name == "postgresql":
        conn.execute(_IN_ORDER)
    seq: int = conn.execute(_INSERT, {"kind": kind, "at": at, "data": data}).scalar_one()
    return seq


def events(conn: Connection, after: int = 0) -> list[DemoEvent]:
    """Events with a seq above `after`, oldest first."""
    return [DemoEvent(*row) for row in conn.execute(_AFTER, {"after": after})]
