"""Schedules and their firings: a firing is one row and one inbox row, stored with the schedule's next time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from sqlalchemy import Connection, func, select, text, update

from config.errors import Conflict
from store import audit, inbox
from store.dialect import insert_new, stored, values
from store.records import AuditEntry
from store.schedule_records import Firing, Schedule
from store.schedule_tables import SCHEDULES_ACTIVE, firings, schedules

SOURCE = "schedule"
_ACTIVE = text(SCHEDULES_ACTIVE)


@cache
def _new(dialect: str) -> Any:
    return insert_new(dialect, schedules, ["id"])


@cache
def _fire(dialect: str) -> Any:
    return insert_new(dialect, firings, ["schedule_id", "scheduled_at"])


def add(conn: Connection, one: Schedule, entry: AuditEntry | None, now: float) -> Schedule:
    """Store it once: the same id again returns what is there, with no new audit row."""
    if stored(conn, _new(conn.dialect.name), values(one)):
        if entry is not None:
            audit.append(conn, entry, now)
        return one
    there = get(conn, one.id)
    assert there is not None
    return there


def get(conn: Connection, schedule_id: str, *, lock: bool = False) -> Schedule | None:
    """With `lock` nobody changes or fires it before the transaction ends."""
    wanted = select(schedules).where(schedules.c.id == schedule_id)
    row = conn.execute(wanted.with_for_update() if lock else wanted).first()
    return None if row is None else Schedule(*row)


def every(conn: Connection, *, ended: bool = False, limit: int = 1000) -> list[Schedule]:
    """Oldest first; those that are over only with `ended`."""
    wanted = select(schedules).order_by(schedules.c.created_at, schedules.c.id).limit(limit)
    wanted = wanted if ended else wanted.where(schedules.c.status != "ended")
    return [Schedule(*row) for row in conn.execute(wanted)]


def count(conn: Connection, owner: str) -> int:
    """How many of this person's are not over."""
    wanted = select(func.count()).where(schedules.c.owner == owner, schedules.c.status != "ended")
    return int(conn.execute(wanted).scalar_one())


def due(conn: Connection, now: float, limit: int = 50) -> list[str]:
    """Ids of active ones whose time has come, the longest due first."""
    wanted = select(schedules.c.id).where(_ACTIVE, schedules.c.next_at <= now).order_by(schedules.c.next_at)
    return list(conn.execute(wanted.limit(limit)).scalars())


def change(
    conn: Connection, one: Schedule, changed: Schedule, entry: AuditEntry | None, now: float
) -> Schedule:
    """Put `changed` in place of `one`. Raises Conflict when it was changed or is over since `one` was read."""
    after = replace(changed, version=one.version + 1)
    columns = {name: value for name, value in values(after).items() if name != "id"}
    same = (schedules.c.id == one.id, schedules.c.version == one.version, schedules.c.status != "ended")
    if conn.execute(update(schedules).where(*same).values(**columns)).rowcount != 1:
        raise Conflict(
            "Somebody else changed this schedule at the same moment, or it is over; look at it again."
        )
    if entry is not None:
        audit.append(conn, entry, now)
    return after


def hold(conn: Connection, changed: Schedule, entry: AuditEntry, now: float) -> None:
    """Put it down as it is given, whatever it was; the caller read it with its lock in this transaction."""
    columns = {name: value for name, value in values(changed).items() if name not in ("id", "version")}
    by = update(schedules).where(schedules.c.id == changed.id)
    conn.execute(by.values(version=schedules.c.version + 1, **columns))
    audit.append(conn, entry, now)


@dataclass(frozen=True, slots=True)
class Taken:
    """A firing to store; `payload` of its inbox row, None where it is only written down that nothing was run."""

    firing: Firing
    payload: dict[str, Any] | None


def fire(
    conn: Connection, one: Schedule, taken: Sequence[Taken], next_at: float | None, now: float
) -> list[Firing]:
    """Write down what fired, hand each to the desk once, and move the schedule on; without a next time it is over.

    `one` must have been read with its lock in this transaction. Gives those that were new.
    """
    new: list[Firing] = []
    for each in taken:
        firing = each.firing
        if not stored(conn, _fire(conn.dialect.name), values(firing)):
            continue
        if each.payload is not None:
            got = inbox.receive(
                conn,
                source=SOURCE,
                event_id=event_id(one.id, firing.scheduled_at),
                kind="fired",
                lane=None,
                payload=each.payload,
                now=now,
            )
            mine = (firings.c.schedule_id == one.id, firings.c.scheduled_at == firing.scheduled_at)
            conn.execute(update(firings).where(*mine).values(request_id=got.id))
            firing = replace(firing, request_id=got.id)
        new.append(firing)
    over: dict[str, Any] = {"status": "ended", "ended_at": now} if next_at is None else {}
    moved = update(schedules).where(schedules.c.id == one.id)
    conn.execute(moved.values(next_at=next_at, version=one.version + 1, **over))
    return new


def event_id(schedule_id: str, scheduled_at: float) -> str:
    """What makes a firing be handled once, in every process."""
    return f"fired:{schedule_id}:{round(scheduled_at)}"


def fired(conn: Connection, schedule_id: str, limit: int = 20) -> list[Firing]:
    """The latest firings of one schedule, newest first."""
    wanted = select(firings).where(firings.c.schedule_id == schedule_id)
    wanted = wanted.order_by(firings.c.scheduled_at.desc()).limit(limit)
    return [Firing(*row) for row in conn.execute(wanted)]
