"""The only ways between states. The docs' table is made from this one; anything else is refused by the repositories."""

from __future__ import annotations

from collections.abc import Mapping

APPROVAL: Mapping[str, frozenset[str]] = {
    "pending": frozenset({"approved", "denied", "expired", "withdrawn", "void"}),
    "approved": frozenset(),
    "denied": frozenset(),
    "expired": frozenset(),
    "withdrawn": frozenset(),
    "void": frozenset(),
}

RUN: Mapping[str, frozenset[str]] = {
    "waiting": frozenset({"queued", "cancelled"}),
    "queued": frozenset({"running", "cancelled"}),
    "running": frozenset({"paused", "succeeded", "failed", "undoing", "unknown", "cancelled"}),
    "paused": frozenset({"running"}),
    "undoing": frozenset({"rolled_back", "unknown", "failed"}),
    "unknown": frozenset({"running", "failed", "cancelled"}),
    "succeeded": frozenset(),
    "failed": frozenset(),
    "rolled_back": frozenset(),
    "cancelled": frozenset(),
}

STEP: Mapping[str, frozenset[str]] = {
    "new": frozenset({"started", "skipped"}),
    "started": frozenset({"done", "failed", "unknown"}),
    "unknown": frozenset({"done", "failed"}),
    "done": frozenset({"undone", "undo_failed"}),
    "failed": frozenset(),
    "skipped": frozenset(),
    "undone": frozenset(),
    "undo_failed": frozenset(),
}

TABLES: Mapping[str, Mapping[str, frozenset[str]]] = {"approval": APPROVAL, "run": RUN, "step": STEP}


def allowed(kind: str, before: str, after: str) -> bool:
    """Whether a record of `kind` (approval, run, step) may go from `before` to `after`."""
    return after in TABLES[kind][before]
