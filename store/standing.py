"""Approvals in advance, the votes for them and the runs that went under them."""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import Connection, Row, func, select, update

from config.errors import Conflict
from store import audit
from store.dialect import insert_new, stored, values
from store.policy_records import Standing, Use, Vote
from store.policy_tables import standing, standing_uses, standing_votes
from store.records import AuditEntry


@cache
def _propose(dialect: str) -> Any:
    return insert_new(dialect, standing, ["id"])


@cache
def _vote(dialect: str) -> Any:
    return insert_new(dialect, standing_votes, ["standing_id", "person"])


@cache
def _use(dialect: str) -> Any:
    return insert_new(dialect, standing_uses, ["run_id"])


def propose(conn: Connection, one: Standing, entry: AuditEntry, now: float) -> Standing:
    """Store it once: the same id again returns what is there, with no new audit row."""
    row = values(one) | {"services": list(one.services)}
    if stored(conn, _propose(conn.dialect.name), row):
        audit.append(conn, entry, now)
        return one
    there = get(conn, one.id)
    assert there is not None
    return there


def get(conn: Connection, standing_id: str, *, lock: bool = False) -> Standing | None:
    """With `lock` nobody changes or uses it before the transaction ends."""
    wanted = select(standing).where(standing.c.id == standing_id)
    row = conn.execute(wanted.with_for_update() if lock else wanted).first()
    return None if row is None else _standing(row)


def every(conn: Connection, limit: int = 1000) -> list[Standing]:
    """Newest first."""
    wanted = select(standing).order_by(standing.c.created_at.desc(), standing.c.id.desc()).limit(limit)
    return [_standing(row) for row in conn.execute(wanted)]


def active(conn: Connection, runbook: str, now: float) -> list[Standing]:
    """Those of a runbook that count now, oldest first."""
    wanted = select(standing).where(
        standing.c.runbook == runbook, standing.c.status == "active", standing.c.expires_at > now
    )
    return [_standing(row) for row in conn.execute(wanted.order_by(standing.c.created_at, standing.c.id))]


def add_vote(conn: Connection, vote: Vote) -> bool:
    """False: this person has agreed before."""
    return stored(conn, _vote(conn.dialect.name), values(vote))


def votes(conn: Connection, standing_id: str) -> list[Vote]:
    wanted = select(standing_votes).where(standing_votes.c.standing_id == standing_id)
    return [Vote(*row) for row in conn.execute(wanted.order_by(standing_votes.c.at, standing_votes.c.person))]


def move(conn: Connection, one: Standing, to: str, *, now: float, entry: AuditEntry) -> Standing:
    """`active` or `revoked`, with its audit row. Raises Conflict when it changed meanwhile or is revoked."""
    ended = {"ended_at": now, "ended_by": entry.actor} if to == "revoked" else {}
    same = (standing.c.id == one.id, standing.c.version == one.version, standing.c.status != "revoked")
    changed = (
        update(standing)
        .where(*same)
        .values(status=to, version=one.version + 1, **ended)
        .returning(*standing.c)
    )
    row = conn.execute(changed).first()
    if row is None:
        raise Conflict("Somebody else changed it at the same moment, or it is revoked; look at it again.")
    audit.append(conn, entry, now)
    return _standing(row)


def add_use(conn: Connection, use: Use) -> bool:
    """False: this run is counted already."""
    return stored(conn, _use(conn.dialect.name), values(use))


def use_of(conn: Connection, run_id: str) -> Use | None:
    row = conn.execute(select(standing_uses).where(standing_uses.c.run_id == run_id)).first()
    return None if row is None else Use(*row)


def uses_since(conn: Connection, standing_id: str, after: float) -> int:
    """How many runs went under it after that instant."""
    wanted = select(func.count()).where(
        standing_uses.c.standing_id == standing_id, standing_uses.c.at > after
    )
    return int(conn.execute(wanted).scalar_one())


def untold(conn: Connection, limit: int = 50) -> list[Use]:
    """Uses that people were not told of yet, oldest first."""
    wanted = select(standing_uses).where(standing_uses.c.told.is_(False)).order_by(standing_uses.c.at)
    return [Use(*row) for row in conn.execute(wanted.limit(limit))]


def told(conn: Connection, run_id: str) -> None:
    conn.execute(update(standing_uses).where(standing_uses.c.run_id == run_id).values(told=True))


def _standing(row: Row[Any]) -> Standing:
    columns = dict(row._mapping)
    columns["services"] = tuple(columns["services"])
    return Standing(**columns)
