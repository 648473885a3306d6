"""What the ledger says now about approvals and runs, in CONTRACT's shape, for this face to show."""

from __future__ import annotations

from rapidfuzz import process
from sqlalchemy import Connection

from bot.expand import Views
from bot.terminal.look import View
from config.errors import NotFound
from store import approvals, ledger

SHOWN = 100


def approval_of(conn: Connection, approval_id: str) -> View:
    """Raises NotFound that names what is near."""
    view = Views(conn).approval(approval_id)
    if view is None:
        raise NotFound(f"There is no approval {approval_id!r}. {_near(conn, approval_id)}")
    return view


def pending(conn: Connection) -> list[View]:
    """What waits for people, oldest first."""
    views = Views(conn)
    asked = [views.approval(one.id) for one in approvals.pending(conn, SHOWN)]
    return [view for view in asked if view is not None]


def run_of(conn: Connection, run_id: str) -> View:
    """Raises NotFound."""
    view = Views(conn).run(run_id)
    if view is None:
        raise NotFound(f"There is no run {run_id!r}. `chat status` lists the last ones.")
    return view


def checks_of(conn: Connection, run_id: str) -> dict[str, str]:
    """What the plan says is checked after each step, by step."""
    run = ledger.get_run(conn, run_id)
    steps = () if run is None else run.plan["steps"]
    return {step["id"]: step["verify"] for step in steps if step["verify"]}


def _near(conn: Connection, approval_id: str) -> str:
    waiting = [one.id for one in approvals.pending(conn, SHOWN)]
    if not waiting:
        return "Nothing waits for approval."
    near = process.extractOne(approval_id, waiting, score_cutoff=70)
    return f"Did you mean {near[0]}?" if near else f"These wait: {', '.join(waiting[:5])}."
