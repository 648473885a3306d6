"""Stored answers name approvals and runs by id; here they get the state the ledger has now, without secrets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection

from config.errors import NotFound
from runbooks.groups import explained
from runbooks.views import approval_view, run_view
from store import approvals, ledger
from store.hide import hidden_in


class Views:
    """Approvals and runs in CONTRACT's shape, read at most once each from one snapshot."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn
        self._approvals: dict[str, dict[str, Any] | None] = {}
        self._runs: dict[str, dict[str, Any] | None] = {}

    def approval(self, approval_id: str) -> dict[str, Any] | None:
        if approval_id not in self._approvals:
            self._approvals[approval_id] = self._read_approval(approval_id)
        return self._approvals[approval_id]

    def run(self, run_id: str) -> dict[str, Any] | None:
        if run_id not in self._runs:
            self._runs[run_id] = self._read_run(run_id)
        return self._runs[run_id]

    def reply(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """A stored Reply body with `approval`, `run` and its approval and progress blocks filled in."""
        approval, run = body.get("approval"), body.get("run")
        return {
            **body,
            "approval": self.approval(approval) if approval else None,
            "run": self.run(run) if run else None,
            "blocks": [self._block(block) for block in body["blocks"]],
        }

    def _block(self, block: Mapping[str, Any]) -> Mapping[str, Any]:
        if block["type"] == "approval":
            return {**block, "approval": self.approval(block["approval_id"])}
        if block["type"] == "progress":
            run = self.run(block["run_id"])
            if run is not None:
                steps = [{key: step[key] for key in ("id", "action", "status")} for step in run["steps"]]
                return {**block, "status": run["status"], "steps": steps}
        return block

    def _read_run(self, run_id: str) -> dict[str, Any] | None:
        run = ledger.get_run(self._conn, run_id)
        if run is None:
            return None
        view = run_view(explained(self._conn, run), ledger.get_steps(self._conn, run_id))
        return dict(hidden_in(self._conn, view))

    def _read_approval(self, approval_id: str) -> dict[str, Any] | None:
        approval = approvals.get(self._conn, approval_id)
        run = None if approval is None else ledger.get_run(self._conn, approval.run_id)
        if approval is None or run is None:
            return None
        view = approval_view(approval, run, approvals.decisions(self._conn, approval_id))
        return dict(hidden_in(self._conn, view))


def needs_ledger(body: Mapping[str, Any]) -> bool:
    """Whether a stored Reply body names anything to look up."""
    if body.get("approval") or body.get("run"):
        return True
    return any(block["type"] in ("approval", "progress") for block in body["blocks"])


def named_in(conn: Connection, body: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """Every approval and run that a stored Reply body names, by id, as far as they exist."""
    views, blocks = Views(conn), body.get("blocks") or ()
    asked = {body.get("approval"), *(one.get("approval_id") for one in blocks if one["type"] == "approval")}
    runs = {body.get("run"), *(one.get("run_id") for one in blocks if one["type"] == "progress")}
    found = {str(name): views.approval(str(name)) for name in asked if name}
    found |= {str(name): views.run(str(name)) for name in runs if name}
    return {name: view for name, view in found.items() if view is not None}


def one_approval(conn: Connection, approval_id: str) -> dict[str, Any]:
    """Raises NotFound."""
    view = Views(conn).approval(approval_id)
    if view is None:
        raise NotFound(f"There is no approval {approval_id!r}. GET /api/v1/approvals lists those that wait.")
    return view


def one_run(conn: Connection, run_id: str) -> dict[str, Any]:
    """The run with the approval that was asked for it, or None. Raises NotFound."""
    views = Views(conn)
    view = views.run(run_id)
    if view is None:
        raise NotFound(f"There is no run {run_id!r}. GET /api/v1/workflows lists them.")
    approval = approvals.by_run(conn, run_id)
    return {**view, "approval": None if approval is None else views.approval(approval.id)}
