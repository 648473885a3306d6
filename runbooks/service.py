"""Asking for a run: plan it, judge it, and store run and approval in one transaction, once per request."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Connection

from config.clock import Clock
from config.errors import Conflict, Forbidden, NotFound
from config.people import People, Person
from runbooks.approvals import Approvals, end, opened
from runbooks.compiler import Runbook
from runbooks.plan import Plan, RunRequest
from runbooks.planner import Planner
from runbooks.policy import Mode, Policy, Verdict
from runbooks.recovery import Answer, answer_unknown
from runbooks.wishes import What, wish
from store import approvals as approval_rows
from store import audit, ledger
from store.engine import Database
from store.records import Approval, AuditEntry, Run, RunStatus, Step, new_id


@dataclass(frozen=True, slots=True)
class Proposal:
    """What became of a request. `run` is None when policy refused; `approval` is set when people are asked."""

    plan: Plan
    verdict: Verdict
    run: Run | None
    approval: Approval | None


class Runbooks:
    """What people and the graph may do with runs. `changed(run_id)` is called after each change."""

    def __init__(
        self,
        database: Database,
        planner: Planner,
        policy: Policy,
        approvals: Approvals,
        people: People,
        clock: Clock,
        mode: Mode,
        changed: Callable[[str], None] = lambda run_id: None,
    ) -> None:
        self._database = database
        self._planner = planner
        self._policy = policy
        self._approvals = approvals
        self._people = people
        self._clock = clock
        self._mode = mode
        self._changed = changed

    async def propose(self, request: RunRequest, requester: Person) -> Proposal:
        """Plan and judge. A request has one run: asked again, the same run and approval come back.

        Raises NotFound, BadRequest, Forbidden (may not even read), IntegrationError (the plan could not be made).
        """
        there = await self._database.read(lambda conn: _found(conn, request.request_id))
        if there is not None:
            return there
        refusal = self._policy.may_not_ask("read", requester)
        if refusal is not None:
            raise Forbidden(refusal)
        runbook = self._planner.library.get(request.runbook)
        plan, now = await self._planner.plan(request), self._clock.now()
        verdict = self._policy.judge(
            plan, requester, runbook, mode=self._mode, dry_run=request.dry_run, now=now, place=request.place
        )
        if verdict.kind == "refuse":
            await self._database.write(lambda conn: _refused(conn, request, plan, verdict, now))
            return Proposal(plan, verdict, None, None)
        run = _new_run(request, runbook, plan, verdict, now)
        proposal = await self._database.write(
            lambda conn: _store(conn, run, plan, verdict, now), durable=True
        )
        self._changed(run.id)
        return proposal

    async def cancel(self, run_id: str, person: Person, acting_as: str | None = None) -> Run:
        """Stop a run: one that waits or is queued at once, one that runs before its next step.

        Raises NotFound, Forbidden, Conflict (it is over).
        """
        now = self._clock.now()

        def work(conn: Connection) -> Run:
            run = self._own(conn, run_id, person)
            entry = AuditEntry(
                person.id, "run.cancelled", "run", run_id, run_id, acting_as, {"by": person.id}
            )
            if run.status == "waiting":
                approval = approval_rows.by_run(conn, run_id)
                if approval is not None and approval.status == "pending":
                    end(conn, approval, "withdrawn", f"withdrawn by {person.id}", person.id, now, acting_as)
                    return _existing(conn, run_id)
            if run.status in ("waiting", "queued"):
                return ledger.move_run(
                    conn, run_id, "cancelled", now=now, entry=entry, error=f"Cancelled by {person.id}."
                )
            return wish(conn, run, "cancel", person.id, acting_as, now)

        return await self._write(run_id, work)

    async def pause(self, run_id: str, person: Person, acting_as: str | None = None) -> Run:
        """Hold a running run before its next step. Raises NotFound, Forbidden, Conflict (it does not run)."""
        return await self._wish(run_id, person, "pause", acting_as)

    async def resume(self, run_id: str, person: Person, acting_as: str | None = None) -> Run:
        """Let a paused run go on. Raises NotFound, Forbidden, Conflict (it is not paused)."""
        return await self._wish(run_id, person, "resume", acting_as)

    async def answer_unknown(
        self, run_id: str, step_id: str, answer: Answer, person: Person, acting_as: str | None = None
    ) -> Run:
        """A person says what happened to a step whose outcome nobody knows (see runbooks/recovery.py)."""
        now = self._clock.now()
        return await self._write(
            run_id, lambda conn: answer_unknown(conn, run_id, step_id, answer, person, acting_as, now)
        )

    async def _wish(self, run_id: str, person: Person, what: What, acting_as: str | None) -> Run:
        now = self._clock.now()

        def work(conn: Connection) -> Run:
            return wish(conn, self._own(conn, run_id, person), what, person.id, acting_as, now)

        return await self._write(run_id, work)

    async def _write(self, run_id: str, work: Callable[[Connection], Run]) -> Run:
        run = await self._database.write(work, durable=True)
        self._changed(run_id)
        return run

    def _own(self, conn: Connection, run_id: str, person: Person) -> Run:
        """Who asked for a run may steer it, and so may operators and approvers: stopping is never worse."""
        run = _existing(conn, run_id)
        if person.id != run.requester and not (person.may("operator") or person.may("approver")):
            raise Forbidden(
                f"Steering a run needs the role operator or approver; {run.requester} asked for this one."
            )
        return run


def _existing(conn: Connection, run_id: str) -> Run:
    run = ledger.get_run(conn, run_id)
    if run is None:
        raise NotFound(f"There is no run {run_id!r}. List the runs to see their ids.")
    return run


def _found(conn: Connection, request_id: str) -> Proposal | None:
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


def _refused(conn: Connection, request: RunRequest, plan: Plan, verdict: Verdict, now: float) -> None:
    detail = {"runbook": request.runbook, "environment": plan.environment, "why": verdict.reason}
    entry = AuditEntry(
        request.requester, "run.refused", "request", request.request_id, None, request.acting_as, detail
    )
    audit.append(conn, entry, now)


def _new_run(request: RunRequest, runbook: Runbook, plan: Plan, verdict: Verdict, now: float) -> Run:
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
    )


def _store(conn: Connection, run: Run, plan: Plan, verdict: Verdict, now: float) -> Proposal:
    detail = {
        "runbook": run.runbook,
        "plan_hash": run.plan_hash,
        "status": run.status,
        "dry_run": run.dry_run,
    }
    entry = AuditEntry(run.requester, "run.created", "run", run.id, run.id, run.acting_as, detail)
    steps = [
        Step(run.id, step.id, place, step.action, step.effect, "new", 0)
        for place, step in enumerate(plan.steps)
    ]
    stored = ledger.create_run(conn, run, steps, entry, now)
    if stored.id != run.id:
        there = _found(conn, run.request_id)
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
    )
    return Proposal(plan, verdict, run, approval_rows.open_approval(conn, approval, opened(approval), now))
