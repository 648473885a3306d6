"""What the ledger says now about approvals and runs, in CONTRACT's shape, for this face to show."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rapidfuzz import process
from sqlalchemy import Connection

from bot.terminal.look import View
from config.errors import NotFound
from runbooks.views import approval_view, run_view
from store import approvals, ledger
from store.hide import hidden_in
from store.records import Approval

SHOWN = 100


def approval_of(conn: Connection, approval_id: str) -> View:
    """Raises NotFound that names what is near."""
    found = approvals.get(conn, approval_id)
    view = None if found is None else _view(conn, found)
    if view is None:
        raise NotFound(f"There is no approval {approval_id!r}. {_near(conn, approval_id)}")
    return view


def pending(conn: Connection) -> list[View]:
    """What waits for people, oldest first."""
    return [view for one in approvals.pending(conn, SHOWN) if (view := _view(conn, one)) is not None]


def run_of(conn: Connection, run_id: str) -> View:
    """Raises NotFound."""
    run = ledger.get_run(conn, run_id)
    if run is None:
        raise NotFound(f"There is no run {run_id!r}. `chat status` lists the last ones.")
    view: View = hidden_in(conn, run_view(run, ledger.get_steps(conn, run_id)))
    return view


def checks_of(conn: Connection, run_id: str) -> dict[str, str]:
    """What the plan says is checked after each step, by step."""
    run = ledger.get_run(conn, run_id)
    steps = () if run is None else run.plan["steps"]
    return {step["id"]: step["verify"] for step in steps if step["verify"]}


def named_in(conn: Connection, body: Mapping[str, Any]) -> dict[str, View]:
    """Every approval and run that an answer (graph.message.Reply.body) names, by id, as far as they exist."""
    views: dict[str, View] = {}
    for kind, name in _ids(body):
        if name in views:
            continue
        if kind == "approval":
            found = approvals.get(conn, name)
            view = None if found is None else _view(conn, found)
        else:
            run = ledger.get_run(conn, name)
            view = None if run is None else run_of(conn, name)
        if view is not None:
            views[name] = view
    return views


def _ids(body: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for kind in ("approval", "run"):
        if body.get(kind):
            yield kind, str(body[kind])
    for block in body.get("blocks") or ():
        if block["type"] == "approval":
            yield "approval", str(block["approval_id"])
        elif block["type"] == "progress":
            yield "run", str(block["run_id"])


def _view(conn: Connection, approval: Approval) -> View | None:
    run = ledger.get_run(conn, approval.run_id)
    if run is None:
        return None
    view: View = hidden_in(conn, approval_view(approval, run, approvals.decisions(conn, approval.id)))
    return view


def _near(conn: Connection, approval_id: str) -> str:
    waiting = [one.id for one in approvals.pending(conn, SHOWN)]
    if not waiting:
        return "Nothing waits for approval."
    near = process.extractOne(approval_id, waiting, score_cutoff=70)
    return f"Did you mean {near[0]}?" if near else f"These wait: {', '.join(waiting[:5])}."
