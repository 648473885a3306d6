"""What people want of a run that another process may be executing: seen by the engine before each step."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sqlalchemy import Connection

from config.errors import Conflict
from store import audit, ledger, runtime
from store.records import AuditEntry, Run

What = Literal["cancel", "pause", "resume"]
_OVER = ("succeeded", "failed", "rolled_back", "cancelled")


@dataclass(frozen=True, slots=True)
class Wish:
    """What `actor` wants of a run: to stop or to hold before its next step."""

    what: Literal["cancel", "pause"]
    actor: str


def wish(conn: Connection, run: Run, what: What, actor: str, acting_as: str | None, now: float) -> Run:
    """Write the wish down; a paused run is freed at once so that a worker takes it. Raises Conflict."""
    refusal = _refusal(run, what)
    if refusal is not None:
        raise Conflict(refusal)
    runtime.put(conn, _key(run.id), "" if what == "resume" else f"{what}:{actor}")
    entry = AuditEntry(actor, f"run.{what}_wanted", "run", run.id, run.id, acting_as)
    if run.status == "paused" and what in ("resume", "cancel"):
        return ledger.move_run(conn, run.id, "running", now=now, entry=entry, owner=None, lease_until=0.0)
    audit.append(conn, entry, now)
    return run


def wanted(conn: Connection, run_id: str) -> Wish | None:
    """What people want of this run now."""
    what, _, actor = (runtime.get(conn, _key(run_id)) or "").partition(":")
    return Wish("cancel" if what == "cancel" else "pause", actor) if what else None


def _refusal(run: Run, what: What) -> str | None:
    if run.status in _OVER:
        return f"The run is {run.status} already; there is nothing to {what}."
    if what == "cancel" and run.status == "undoing":
        return "The run is putting things back; that cannot be cancelled."
    if what == "cancel" and run.status == "unknown":
        return "Nobody knows what one of its steps did; say what happened, or abort."
    if what == "pause" and run.status not in ("running", "paused"):
        return f"The run is {run.status}; only a running one can be paused."
    if what == "resume" and run.status not in ("paused", "running"):
        return f"The run is {run.status}; only a paused one can be resumed."
    return None


def _key(run_id: str) -> str:
    return f"want:{run_id}"
