"""Hands an approved run to the dispatcher and returns: runs live outside the graph."""

from __future__ import annotations

from typing import Any

from graph.ports import Tools
from graph.state import State
from store import approvals


class Execute:
    def __init__(self, tools: Tools) -> None:
        self._tools = tools

    async def __call__(self, state: State) -> dict[str, Any]:
        """`outcome` is the approval's status in the ledger; an approved run is submitted, once however often."""
        approval_id = state["approval_id"]
        approval = await self._tools.database.read(lambda conn: approvals.get(conn, approval_id))
        if approval is None:
            return {"outcome": "gone"}
        if approval.status == "approved":
            await self._tools.dispatcher.submit(approval.run_id)
        return {"outcome": approval.status}
