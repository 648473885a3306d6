"""Asking for a run: plan it, judge it, and store run and approval in one transaction, once per request."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection

from config.clock import Clock
from config.errors import BadRequest, Conflict, Forbidden, NotFound
from config.people import People, Person
from runbooks import glass, standing
from runbooks.approvals import Approvals, end
from runbooks.compiler import Runbook
from runbooks.groups import refuse_taken
from runbooks.plan import RunRequest
from runbooks.planner import Planner
from runbooks.policy import Mode, Policy, Verdict, mode_holds_back
from runbooks.proposals import Judged, Proposal, editable, found, new_run, refused, store
from runbooks.recovery import Answer, answer_unknown
from runbooks.wishes import What, wish
from store import approvals as approval_rows
from store import ledger
from store.engine import Database
from store.records import AuditEntry, Run

__all__ = ["Proposal", "Runbooks"]


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
        self.standing = standing.StandingApprovals(
            database, people, policy, planner.library, planner.catalogue, clock
        )
        self.reviews = glass.Reviews(database, people, policy, clock)

    async def propose(self, request: RunRequest, requester: Person) -> Proposal:
        """Plan and judge. A request has one run: asked again, the same run and approval come back.

        Raises NotFound, BadRequest, Forbidden (may not even read), IntegrationError (the plan could not be made),
        Conflict (a run of the same group is at work and the runbook rejects that).
        """
        there = await self._database.read(lambda conn: found(conn, request.request_id))
        if there is not None:
            return there
        judged = await self._judged(request, requester)
        if judged.verdict.kind == "refuse":
            return await self._refused(request, judged)
        run = new_run(request, judged.runbook, judged.plan, judged.verdict, judged.now)
        return await self._stored(run, judged.runbook, lambda conn: self._store(conn, run, judged, requester))

    async def edit(
        self,
        approval_id: str,
        changes: Mapping[str, Any],
        person: Person,
        *,
        request_id: str,
        acting_as: str | None = None,
    ) -> Proposal:
        """Ask again with other inputs: the old approval is void with its votes, in the transaction that stores the new.

        Where policy refuses the new plan, the old approval stays. Raises NotFound, Forbidden (not the requester),
        Conflict (it is over), BadRequest (inputs, or nothing would change).
        """
        there = await self._database.read(lambda conn: found(conn, request_id))
        if there is not None:
            return there
        old, before = await self._database.read(lambda conn: editable(conn, approval_id, self._clock.now()))
        if person.id != old.requester:
            raise Forbidden(f"Only {old.requester}, who asked, can edit the inputs; you can deny it.")
        inputs = {**before.inputs, **changes}
        request = RunRequest(before.runbook, inputs, person.id, before.place, request_id, acting_as)
        judged = await self._judged(request, person)
        if judged.plan.hash == old.plan_hash:
            raise BadRequest("With these inputs the plan stays as it is; nothing was changed.")
        if judged.verdict.kind == "refuse":
            return await self._refused(request, judged)
        run = new_run(request, judged.runbook, judged.plan, judged.verdict, judged.now)

        def work(conn: Connection) -> Proposal:
            stored = found(conn, request_id)
            if stored is not None:
                return stored
            if approval_rows.lock_pending(conn, old.id, old.plan_hash, judged.now) is None:
                editable(conn, old.id, judged.now)
                raise Conflict("Somebody decided at the same moment; look at it again.")
            why = f"made void by {person.id}, who edited the inputs: see {run.id}"
            end(conn, old, "void", why, person.id, judged.now, acting_as)
            return self._store(conn, run, judged, person, edited=old.id)

        return await self._stored(run, judged.runbook, work)

    async def break_glass(self, request: RunRequest, person: Person, reason: str) -> Proposal:
        """Run at once what would need approval or is held back by a freeze; a review stays open until it is closed.

        Raises as `propose`, BadRequest (no reason) and Forbidden (the role, or the mode executes nothing).
        """
        there = await self._database.read(lambda conn: found(conn, request.request_id))
        if there is not None:
            return there
        reason = glass.check_reason(reason)
        judged = await self._judged(replace(request, dry_run=False), person)
        verdict = judged.verdict
        refusal = self._policy.may_break_glass(person, judged.runbook)
        refusal = refusal or mode_holds_back(self._mode, judged.plan.effect)
        if refusal is None and verdict.kind == "refuse" and not verdict.window:
            refusal = verdict.reason
        if refusal is not None:
            await self._refused(request, replace(judged, verdict=Verdict("refuse", refusal)))
            raise Forbidden(refusal)
        if verdict.kind == "go":
            return await self.propose(request, person)
        go = Verdict("go", f"glass was broken by {person.id}")
        run = new_run(request, judged.runbook, judged.plan, go, judged.now)

        def work(conn: Connection) -> Proposal:
            stored = store(conn, run, judged.plan, go, judged.now, break_glass=True)
            if stored.run is not None and stored.run.id == run.id:
                glass.open_review(conn, run, reason, verdict, self._policy, judged.now)
            return stored

        return await self._stored(run, judged.runbook, work)

    async def _judged(self, request: RunRequest, person: Person) -> Judged:
        refusal = self._policy.may_not_ask("read", person)
        if refusal is not None:
            raise Forbidden(refusal)
        runbook = self._planner.library.get(request.runbook)
        plan, now = await self._planner.plan(request), self._clock.now()
        verdict = self._policy.judge(
            plan, person, runbook, mode=self._mode, dry_run=request.dry_run, now=now, place=request.place
        )
        return Judged(runbook, plan, verdict, now)

    async def _refused(self, request: RunRequest, judged: Judged) -> Proposal:
        plan, verdict, now = judged.plan, judged.verdict, judged.now
        await self._database.write(lambda conn: refused(conn, request, plan, verdict, now))
        return Proposal(plan, verdict, None, None)

    async def _stored(self, run: Run, runbook: Runbook, work: Callable[[Connection], Proposal]) -> Proposal:
        await self._database.read(lambda conn: refuse_taken(conn, runbook, run.conflict_group))
        proposal = await self._database.write(work, durable=True)
        self._changed(run.id)
        return proposal

    def _store(self, conn: Connection, run: Run, judged: Judged, person: Person, **more: object) -> Proposal:
        """People are asked unless an approval in advance covers the plan."""
        plan, verdict, now = judged.plan, judged.verdict, judged.now
        held = verdict.kind != "ask" or verdict.alone or mode_holds_back(self._mode, plan.effect)
        one = (
            None
            if held
            else standing.covering(conn, plan, verdict.advance, person.id, self._people, self._policy, now)
        )
        if one is None:
            return store(conn, run, plan, verdict, now, **more)
        go = Verdict("go", f"approved in advance: {one.id}")
        stored = store(conn, replace(run, status="queued"), plan, go, now, standing=one.id, **more)
        if stored.run is not None and stored.run.id == run.id:
            standing.use(conn, one, stored.run, now)
        return stored

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
