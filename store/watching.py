"""A small look at what people watch: has it changed since?"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, func, select

from store.records import RunStatus
from store.tables import approvals, runs

_MARK = select(
    runs.c.version,
    runs.c.status,
    select(func.max(approvals.c.version)).where(approvals.c.run_id == runs.c.id).scalar_subquery(),
).where(runs.c.id == bindparam("key"))


@dataclass(frozen=True, slots=True)
class Mark:
    """Which version a run and its approval have; `approval` is 0 where nobody was asked."""

    version: int
    status: RunStatus
    approval: int


def mark(conn: Connection, run_id: str) -> Mark | None:
    """None: there is no such run."""
    row = conn.execute(_MARK, {"key": run_id}).first()
    return None if row is None else Mark(row[0], row[1], row[2] or 0)
