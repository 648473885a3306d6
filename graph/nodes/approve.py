"""Waits for people. Nothing but the interrupt: a node is run again from its top when it is resumed."""

from __future__ import annotations

from typing import Any

from langgraph.types import interrupt

from graph.state import State


async def approve(state: State) -> dict[str, Any]:
    """The resume's value is not believed: the ledger says what was decided."""
    interrupt({"approval_id": state["approval_id"], "run_id": state["run_id"]})
    return {"kind": "decided"}
