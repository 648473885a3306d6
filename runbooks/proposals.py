"""A request as it stands in the ledger: its run, its approval where people are asked, each once per request."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection

from config.errors import Conflict, NotFound
from runbooks.approvals import opened
from runbooks.compiler import Runbook
from runbooks.groups import group_of
from runbooks.plan import Plan, RunRequest
from runbooks.policy import Verdict
from store import approvals as approval_rows
from store import audit, ledger
from store.records import Approval, AuditEntry, Run, RunStatus, Step, new_id


@dataclass(frozen=True, slots=True)
class Proposal:
    """What became of a request. `run` is None when policy refused; `approval` is set when people are asked."""

    plan: Plan
    verdict: Verdict
    run: Run | None
    approval: Approval | None


@dataclass(frozen=True, slots=True)
class Judged:
    """A plan and what policy said of it at `now` (Unix seconds)."""

    runbook: Runbook
    plan: Plan
    verdict: Verdict
    now: float


def editable(conn: Connection, approval_id: str, now: float) -> tuple[Approval, Run]:
    """An approval that still waits, and its run. Raises NotFound, Conflict."""
    approval = approval_rows.get(conn, approval_id)
    run = ledger.get_run(conn, approval.run_id) if approval else None
    if approval is None or run is None:
        raise NotFound(
            f"There is no approval {approval_id!r}. List the approvals that wait to see their ids."
        )
    if approval.status != "pending" or approval.expires_at <= now:
        state = approval.status if approval.status != "pending" else "expired"
        raise Conflict(f"This approval is {state}; its inputs cannot be edited. Ask for a new run.")
    return approval, run


def found(conn: Connection, request_id: str) -> Proposal | None:
    """What an earlier asking of the same request came to."""
    run = ledger.by_request(conn, request_id)
    if run is None:
        return None
    approval = approval_rows.by_run(conn, run.id)
    if approval is None:
        return Proposal(Plan.from_json(run.plan), Verdict("go", "asked before"), run, None)
    expires = approval.expires_at - approval.created_at
    verdict = Verdict("ask", "asked before", approval.required, expires)
    return Proposal(Plan.from_json(run.plan), verdict, run, approval)


def refused(conn: Connection, request: RunRequest, plan: Plan, verdict: Verdict, now: float) -> None:
    """The audit row of a request that has no run."""
    detail = {"runbook": request.runbook, "environment": plan.environment, "why": verdict.reason}
    entry = AuditEntry(
        request.requester, "run.refused", "request", request.request_id, None, request.acting_as, detail
    )
    audit.append(conn, entry, now)


def new_run(request: RunRequest, runbook: Runbook, plan: Plan, verdict: Verdict, now: float) -> Run:
    """The run as it is stored: it waits where people are asked."""
    status: RunStatus = "waiting" if verdict.kind == "ask" else "queued"
    return Run(
        id=new_id("run", now),
        status=status,
        runbook=runbook.id,
        digest=runbook.digest,
        definition=runbook.definition,
        inputs=plan.inputs,
        environment=plan.environment,
        dry_run=request.dry_run,
        requester=request.requester,
        acting_as=request.acting_as,
        place=request.place,
        request_id=request.request_id,
        plan=plan.to_json(),
        plan_hash=plan.hash,
        fence=0,
        owner=None,
        lease_until=None,
        version=1,
        created_at=now,
        conflict_group=group_of(runbook, plan, request.requester, request.dry_run),
    )


def store(conn: Connection, run: Run, plan: Plan, verdict: Verdict, now: float, **more: object) -> Proposal:
    """The run, its steps and its approval where people are asked; `more` goes into the audit row.

    Raises Conflict.
    """
    detail = {
        "runbook": run.runbook,
        "plan_hash": run.plan_hash,
        "status": run.status,
        "dry_run": run.dry_run,
        **more,
    }
    entry = AuditEntry(run.requester, "run.created", "run", run.id, run.id, run.acting_as, detail)
    steps = [
        Step(run.id, step.id, place, step.action, step.effect, "new", 0)
        for place, step in enumerate(plan.steps)
    ]
    stored = ledger.create_run(conn, run, steps, entry, now)
    if stored.id != run.id:
        there = found(conn, run.request_id)
        if there is None:
            raise Conflict("The same request was stored at the same moment; ask again.")
        return there
    if verdict.kind != "ask":
        return Proposal(plan, verdict, run, None)
    approval = Approval(
        id=new_id("apr", now),
        run_id=run.id,
        request_id=run.request_id,
        status="pending",
        plan_hash=plan.hash,
        runbook=run.runbook,
        environment=run.environment,
        requester=run.requester,
        place=run.place,
        required=verdict.required,
        stage=verdict.required[0].stage,
        version=1,
        created_at=now,
        expires_at=now + verdict.expires,
        remind=verdict.remind,
        escalate_to=verdict.escalate_to,
    )
    return Proposal(plan, verdict, run, approval_rows.open_approval(conn, approval, opened(approval), now))
