"""The inbox: each event once, one lane at a time, claimed with a lease."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import (
    Connection,
    Select,
    and_,
    bindparam,
    delete,
    func,
    or_,
    select,
    text,
    update,
)

from store.dialect import insert_new, losing_is_fine, stored
from store.hide import hidden_in
from store.records import Inbox, InboxKind, Json, new_id
from store.tables import inbox

LEASE = 30.0

_earlier = inbox.alias("earlier")
_UNFINISHED = text("inbox.status IN ('new', 'claimed')")
_LANE_TAKEN = (
    select(_earlier.c.seq)
    .where(
        _earlier.c.lane == inbox.c.lane,
        text("earlier.status IN ('new', 'claimed')"),
        or_(text("earlier.status = 'claimed'"), _earlier.c.seq < inbox.c.seq),
    )
    .correlate(inbox)
    .exists()
)
#: `+ 0` keeps SQLite from walking all finished rows in the order of their key
_CLAIMABLE: Select[Any] = (
    select(inbox)
    .where(
        _UNFINISHED,
        or_(
            and_(inbox.c.status == "claimed", inbox.c.lease_until < bindparam("now")),
            and_(inbox.c.status == "new", or_(inbox.c.lane.is_(None), ~_LANE_TAKEN)),
        ),
    )
    .order_by(inbox.c.seq + 0)
    .limit(1)
)
_NEXT = _CLAIMABLE.with_for_update(skip_locked=True, of=inbox)
_CLAIM = (
    update(inbox)
    .where(inbox.c.seq == bindparam("row"))
    .values(
        status="claimed",
        owner=bindparam("by"),
        lease_until=bindparam("until"),
        attempts=inbox.c.attempts + 1,
    )
    .returning(inbox)
)
_LANE_BUSY = (
    select(inbox.c.seq)
    .where(inbox.c.lane == bindparam("in_lane"), text("status IN ('new', 'claimed')"))
    .limit(1)
)
_FIND = select(inbox.c.id).where(
    inbox.c.source == bindparam("from_source"), inbox.c.event_id == bindparam("event")
)
_GET = select(inbox).where(inbox.c.id == bindparam("key"))
_MINE = and_(inbox.c.id == bindparam("key"), inbox.c.owner == bindparam("by"), inbox.c.status == "claimed")
_FINISH = (
    update(inbox).where(_MINE).values(status="done", ended_at=bindparam("at"), lease_until=None, error=None)
)
_FAIL = (
    update(inbox)
    .where(_MINE)
    .values(status="failed", ended_at=bindparam("at"), lease_until=None, error=bindparam("why"))
)
_LATER = (
    update(inbox)
    .where(_MINE)
    .values(status="new", owner=None, lease_until=None, attempts=inbox.c.attempts - 1)
)


@dataclass(frozen=True, slots=True)
class Received:
    """`fresh`: it was not there before. `claimed`: the caller holds it and must handle it now."""

    id: str
    fresh: bool
    claimed: bool


@cache
def _receive(dialect: str) -> Any:
    return insert_new(dialect, inbox)


def receive(
    conn: Connection,
    *,
    source: str,
    event_id: str,
    kind: InboxKind,
    lane: str | None,
    payload: Json,
    now: float,
    owner: str | None = None,
    lease: float = LEASE,
) -> Received:
    """Store an event unless (source, event_id) is there. With `owner` and nothing before it in its lane: claimed."""
    row: dict[str, Any] = {
        "id": new_id("req", now),
        "source": source,
        "event_id": event_id,
        "kind": kind,
        "lane": lane,
        "payload": hidden_in(conn, payload),
        "status": "new",
        "owner": None,
        "lease_until": None,
        "attempts": 0,
        "created_at": now,
    }
    statement = _receive(conn.dialect.name)
    if owner is not None and (lane is None or conn.execute(_LANE_BUSY, {"in_lane": lane}).first() is None):
        mine = {"status": "claimed", "owner": owner, "lease_until": now + lease, "attempts": 1}
        if stored(conn, statement, row | mine):
            return Received(row["id"], True, True)
    if stored(conn, statement, row):
        return Received(row["id"], True, False)
    return Received(
        conn.execute(_FIND, {"from_source": source, "event": event_id}).scalar_one(), False, False
    )


def claim_next(conn: Connection, *, owner: str, now: float, lease: float = LEASE) -> Inbox | None:
    """The oldest row that may be handled now: new with nothing before it in its lane, or its lease ran out.

    None: nothing to do, or another process was faster.
    """
    found = conn.execute(_NEXT, {"now": now}).first()
    if found is None:
        return None
    claimed: Inbox | None = None
    with losing_is_fine(conn):
        row = conn.execute(_CLAIM, {"row": found.seq, "by": owner, "until": now + lease}).one()
        claimed = Inbox(*row)
    return claimed


def claimable(conn: Connection, *, now: float) -> bool:
    """Whether `claim_next` would find something: a look that locks nothing."""
    return conn.execute(_CLAIMABLE, {"now": now}).first() is not None


def renew(conn: Connection, ids: list[str], owner: str, until: float) -> int:
    """Hold claims longer; returns how many are still the owner's."""
    mine = and_(inbox.c.id.in_(ids), inbox.c.owner == owner, inbox.c.status == "claimed")
    return conn.execute(update(inbox).where(mine).values(lease_until=until)).rowcount


def release_owner(conn: Connection, owner: str) -> int:
    """Free the claims of a worker that is dead, at once."""
    held = and_(inbox.c.owner == owner, text("status = 'claimed'"))
    return conn.execute(update(inbox).where(held).values(lease_until=0.0)).rowcount


def finish(conn: Connection, id: str, owner: str, now: float) -> bool:
    """Handled. False: the claim was lost, somebody else has it."""
    return conn.execute(_FINISH, {"key": id, "by": owner, "at": now}).rowcount == 1


def fail(conn: Connection, id: str, owner: str, error: str, now: float) -> bool:
    """Given up, with the reason; its lane goes on. False: the claim was lost."""
    return conn.execute(_FAIL, {"key": id, "by": owner, "why": error, "at": now}).rowcount == 1


def retry_later(conn: Connection, id: str, owner: str) -> bool:
    """Give the claim back: the row keeps its turn in the lane, and this was no attempt. False: the claim was lost."""
    return conn.execute(_LATER, {"key": id, "by": owner}).rowcount == 1


def get(conn: Connection, id: str) -> Inbox | None:
    row = conn.execute(_GET, {"key": id}).first()
    return None if row is None else Inbox(*row)


def unfinished(conn: Connection, lane: str) -> list[Inbox]:
    """What a conversation still waits for, oldest first."""
    wanted = select(inbox).where(_UNFINISHED, inbox.c.lane == lane).order_by(inbox.c.seq)
    return [Inbox(*row) for row in conn.execute(wanted)]


def waiting(conn: Connection) -> int:
    """How many rows nobody has taken yet."""
    new = select(func.count()).select_from(inbox).where(_UNFINISHED, inbox.c.status == "new")
    return conn.execute(new).scalar_one()


def prune(conn: Connection, before: float) -> int:
    """Forget what was done before that instant; a repeat of such an event would count as new."""
    return conn.execute(delete(inbox).where(inbox.c.status == "done", inbox.c.ended_at < before)).rowcount
