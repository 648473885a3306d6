"""Approvals and the decisions on them. Lock first, then decide: of many that race, one wins."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from sqlalchemy import Connection, Row, bindparam, select, text, update

from config.errors import Conflict, NotFound
from store import audit
from store.dialect import insert_new, known, stored, values
from store.errors import IllegalTransition
from store.hide import hidden
from store.records import Approval, ApprovalStatus, AuditEntry, Decision, Required
from store.tables import approvals
from store.tables import decisions as decisions_table
from store.transitions import allowed

__all__ = [
    "IllegalTransition",
    "add_decision",
    "by_run",
    "decisions",
    "decisions_of",
    "due",
    "end_approval",
    "get",
    "lock_pending",
    "next_stage",
    "open_approval",
    "pending",
    "told",
]

_FIXED = frozenset({"id", "status", "version", "created_at"})
_PENDING = text("status = 'pending'")
_GET = select(approvals).where(approvals.c.id == bindparam("key"))
_LOCK = (
    update(approvals)
    .where(
        approvals.c.id == bindparam("key"),
        approvals.c.status == "pending",
        approvals.c.plan_hash == bindparam("hash"),
        approvals.c.expires_at > bindparam("now"),
    )
    .values(version=approvals.c.version + 1)
    .returning(approvals)
)


@cache
def _open(dialect: str) -> Any:
    return insert_new(dialect, approvals, ["request_id"])


@cache
def _decide(dialect: str) -> Any:
    return insert_new(dialect, decisions_table, ["approval_id", "stage", "person"])


def open_approval(conn: Connection, approval: Approval, entry: AuditEntry, now: float) -> Approval:
    """Ask. A request asks once: the approval it has is returned unchanged, with no new audit row."""
    row = values(approval) | {"required": [values(one) for one in approval.required]}
    if stored(conn, _open(conn.dialect.name), row):
        audit.append(conn, entry, now)
        return approval
    there = select(approvals).where(approvals.c.request_id == approval.request_id)
    return _approval(conn.execute(there).one())


def get(conn: Connection, id: str) -> Approval | None:
    row = conn.execute(_GET, {"key": id}).first()
    return None if row is None else _approval(row)


def by_run(conn: Connection, run_id: str) -> Approval | None:
    """The newest approval that was asked for this run."""
    wanted = select(approvals).where(approvals.c.run_id == run_id)
    row = conn.execute(wanted.order_by(approvals.c.created_at.desc(), approvals.c.id.desc()).limit(1)).first()
    return None if row is None else _approval(row)


def pending(conn: Connection, limit: int = 100) -> list[Approval]:
    """Oldest first; those past their time are among them until somebody ends them."""
    wanted = select(approvals).where(_PENDING).order_by(approvals.c.created_at, approvals.c.id).limit(limit)
    return [_approval(row) for row in conn.execute(wanted)]


def page(
    conn: Connection, status: ApprovalStatus | None = None, limit: int = 50, before: str | None = None
) -> list[Approval]:
    """Newest first, from the one after `before` on; ids sort by time."""
    wanted = select(approvals).order_by(approvals.c.id.desc()).limit(limit)
    if status is not None:
        wanted = wanted.where(approvals.c.status == status)
    if before is not None:
        wanted = wanted.where(approvals.c.id < before)
    return [_approval(row) for row in conn.execute(wanted)]


def due(conn: Connection, now: float) -> list[Approval]:
    """Pending ones whose time is over."""
    wanted = select(approvals).where(_PENDING, approvals.c.expires_at <= now)
    return [_approval(row) for row in conn.execute(wanted.order_by(approvals.c.expires_at))]


def decisions(conn: Connection, approval_id: str) -> list[Decision]:
    """Oldest first."""
    wanted = select(decisions_table).where(decisions_table.c.approval_id == approval_id)
    return [
        Decision(*row) for row in conn.execute(wanted.order_by(decisions_table.c.at, decisions_table.c.id))
    ]


def decisions_of(conn: Connection, approval_ids: Sequence[str]) -> dict[str, list[Decision]]:
    """Those of several approvals, oldest first; one without any is missing."""
    found: dict[str, list[Decision]] = {}
    if approval_ids:
        wanted = select(decisions_table).where(decisions_table.c.approval_id.in_(approval_ids))
        for row in conn.execute(wanted.order_by(decisions_table.c.at, decisions_table.c.id)):
            found.setdefault(row.approval_id, []).append(Decision(*row))
    return found


def lock_pending(conn: Connection, approval_id: str, plan_hash: str, now: float) -> Approval | None:
    """The approval, locked to the end of the transaction; None if it is over, expired or of another plan."""
    row = conn.execute(_LOCK, {"key": approval_id, "hash": plan_hash, "now": now}).first()
    return None if row is None else _approval(row)


def add_decision(conn: Connection, decision: Decision) -> bool:
    """Store a person's word. False: this person has already decided this stage."""
    reason = None if decision.reason is None else hidden(conn, decision.reason)
    return stored(conn, _decide(conn.dialect.name), values(decision) | {"reason": reason})


def end_approval(
    conn: Connection, approval_id: str, to: ApprovalStatus, *, now: float, entry: AuditEntry, **columns: Any
) -> Approval:
    """Close it, with its audit row. Raises NotFound, IllegalTransition (somebody closed it before)."""
    row = conn.execute(_GET.with_for_update(), {"key": approval_id}).first()
    if row is None:
        raise NotFound(f"There is no approval {approval_id}.")
    before = _approval(row)
    if not allowed("approval", before.status, to):
        raise IllegalTransition(f"Approval {approval_id} is {before.status}; it cannot become {to}.")
    changes = {"status": to, "version": before.version + 1, "ended_at": now}
    after = _changed(conn, before, changes | dict(known(approvals, columns, _FIXED)))
    audit.append(conn, entry, now)
    return after


def next_stage(conn: Connection, approval_id: str, stage: int) -> Approval:
    """Go on to a later stage. Raises NotFound, Conflict (it is over, or at that stage or past it)."""
    row = conn.execute(_GET.with_for_update(), {"key": approval_id}).first()
    if row is None:
        raise NotFound(f"There is no approval {approval_id}.")
    before = _approval(row)
    if before.status != "pending" or before.stage >= stage:
        raise Conflict(
            f"Approval {approval_id} is {before.status} at stage {before.stage}; it cannot go to {stage}."
        )
    return _changed(conn, before, {"stage": stage, "version": before.version + 1})


def told(conn: Connection, approval_id: str, *, reminded: int, escalated_at: float | None = None) -> None:
    """So many reminders were posted, and to the person on call at that instant. Never counts back."""
    here = approvals.c.id == approval_id
    conn.execute(update(approvals).where(here, approvals.c.reminded < reminded).values(reminded=reminded))
    if escalated_at is not None:
        conn.execute(
            update(approvals)
            .where(here, approvals.c.escalated_at.is_(None))
            .values(escalated_at=escalated_at)
        )


def _changed(conn: Connection, before: Approval, changes: dict[str, Any]) -> Approval:
    same = (approvals.c.id == before.id, approvals.c.status == before.status)
    row = conn.execute(update(approvals).where(*same).values(**changes).returning(approvals)).first()
    if row is None:
        raise Conflict("The approval was changed by somebody else at the same moment; look at it again.")
    return _approval(row)


def _approval(row: Row[Any]) -> Approval:
    columns = dict(row._mapping)
    columns["required"] = tuple(_required(one) for one in columns["required"])
    return Approval(**columns)


def _required(stored_as: dict[str, Any]) -> Required:
    """Lists are tuples again; what an older version did not store is empty."""
    columns: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value for key, value in stored_as.items()
    }
    return Required(**columns)
