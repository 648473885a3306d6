"""Concurrency groups: of all runs of one group, in every process, one is at work at a time."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import Connection

from config.errors import BadRequest, Conflict
from runbooks.compiler import Runbook
from runbooks.journal import ACTOR, tell
from runbooks.plan import Plan
from store import ledger
from store.records import AuditEntry, Run

LONGEST = 200


def group_of(runbook: Runbook, plan: Plan, requester: str, dry_run: bool) -> str | None:
    """The group of a run, None where it has none. Raises BadRequest when it is not a short text."""
    if runbook.group is None or dry_run:
        return None
    run = {"requester": requester, "environment": plan.environment}
    group = runbook.group.resolve({"inputs": dict(plan.inputs), "steps": {}, "run": run})
    if not isinstance(group, str) or not 0 < len(group) <= LONGEST:
        raise BadRequest(f"{runbook.id}: concurrency group {group!r} must be 1 to {LONGEST} characters.")
    return group


def refuse_taken(conn: Connection, runbook: Runbook, group: str | None) -> None:
    """Raises Conflict where the runbook rejects what another run of its group holds up."""
    spec = runbook.model.concurrency
    if group is None or spec is None or spec.on_conflict != "reject":
        return
    holder = ledger.holder(conn, group)
    if holder is not None:
        raise Conflict(f"{_words(group, holder)} Ask again when it is over, or cancel it.")


def explained(conn: Connection, run: Run) -> Run:
    """For people: a queued run that its group holds up says in `error` which run it waits for."""
    if run.status != "queued" or run.conflict_group is None:
        return run
    there = ledger.holder(conn, run.conflict_group)
    if there is None:
        return run
    return replace(run, error=f"{_words(run.conflict_group, there)} It waits for that one.")


def reject_taken(conn: Connection, now: float) -> list[Run]:
    """End queued runs that do not wait for the run that holds their group."""
    ended = []
    for run in ledger.blocked(conn):
        holder = ledger.holder(conn, run.conflict_group or "")
        if holder is None or not rejects(run):
            continue
        why = f"{_words(run.conflict_group or '', holder)} Nothing was run."
        entry = AuditEntry(
            ACTOR, "run.rejected", "run", run.id, run.id, run.acting_as, {"why": why, "holder": holder.id}
        )
        ended.append(ledger.move_run(conn, run.id, "cancelled", now=now, entry=entry, error=why))
        tell(conn, ended[-1], now)
    return ended


def rejects(run: Run) -> bool:
    """Whether a run would rather end than wait for its group."""
    spec = run.definition.get("concurrency")
    return isinstance(spec, dict) and spec.get("on_conflict") == "reject"


def _words(group: str, holder: Run) -> str:
    return f"Run {holder.id} ({holder.runbook}) of the group {group} is {holder.status}; only one may be at work."
