"""Counts and pages that only this face asks the store for."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, func, select, text

from store.records import ApprovalStatus
from store.tables import OUTBOX_UNSENT, approvals, outbox, runs


def runs_by_status(conn: Connection) -> dict[str, int]:
    counted = conn.execute(select(runs.c.status, func.count()).group_by(runs.c.status))
    return {row[0]: row[1] for row in counted}


def unsent(conn: Connection) -> int:
    """Posts that a face has still to send; what is said to REST is read, not sent."""
    counted = (
        select(func.count()).select_from(outbox).where(text(OUTBOX_UNSENT), outbox.c.place.not_like("rest:%"))
    )
    return conn.execute(counted).scalar_one()


def approval_ids(
    conn: Connection, status: ApprovalStatus | None, limit: int, before: str | None
) -> Sequence[str]:
    """Newest first, from the one after `before` on; ids sort by time."""
    wanted = select(approvals.c.id).order_by(approvals.c.id.desc()).limit(limit)
    if status is not None:
        wanted = wanted.where(approvals.c.status == status)
    if before is not None:
        wanted = wanted.where(approvals.c.id < before)
    return conn.execute(wanted).scalars().all()
