"""Decisions on approvals: one transaction locks, judges, counts and flips; who comes second is told who was first."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from sqlalchemy import Connection

from config.clock import Clock
from config.errors import Conflict, Forbidden, NotFound
from config.people import People, Person
from runbooks.plan import Plan
from runbooks.policy import Policy, may_decide, may_deny, who_can
from store import approvals as repository
from store import audit, inbox, ledger
from store.engine import Database
from store.records import Approval, ApprovalStatus, AuditEntry, Decision, Required, new_id

SYSTEM = "copilot"


@dataclass(frozen=True, slots=True)
class Word:
    """What one person says about one approval, at the `stage` that was shown. `acting_as` names who pressed the demo's
    act-as switch."""

    approval_id: str
    person: Person
    decision: Literal["approve", "deny"]
    plan_hash: str
    reason: str | None
    via: str
    acting_as: str | None
    stage: int | None = None


class Approvals:
    """The life of an approval after it was opened. `nudge` is called after each commit that the graph must hear of."""

    def __init__(
        self,
        database: Database,
        people: People,
        policy: Policy,
        clock: Clock,
        nudge: Callable[[], None] = lambda: None,
    ) -> None:
        self._database = database
        self._people = people
        self._policy = policy
        self._clock = clock
        self._nudge = nudge

    async def decide(
        self,
        approval_id: str,
        *,
        person: Person,
        decision: Literal["approve", "deny"],
        plan_hash: str,
        reason: str | None = None,
        via: str,
        acting_as: str | None = None,
        stage: int | None = None,
    ) -> Approval:
        """Count a person's word; the last one wanted flips the approval. `stage` is the one the person saw: a click on
        an old card does nothing once the next stage is open.

        Raises NotFound, Forbidden (says who can), Conflict (decided and by whom, expired, or of another plan).
        """
        word = Word(approval_id, person, decision, plan_hash, reason, via, acting_as, stage)
        now = self._clock.now()
        try:
            approval = await self._database.write(lambda conn: self._decide(conn, word, now), durable=True)
        except Forbidden as err:
            await self._refused(word, str(err), now)
            raise
        except Conflict:
            await self.expire_due()
            raise
        self._nudge()
        return approval

    async def withdraw(self, approval_id: str, person: Person, acting_as: str | None = None) -> Approval:
        """Take one's own question back. Raises NotFound, Forbidden, Conflict (it is over)."""
        now = self._clock.now()

        def work(conn: Connection) -> Approval:
            approval = _existing(conn, approval_id)
            if person.id != approval.requester and not person.may("admin"):
                raise Forbidden(f"Only {approval.requester} or an admin can withdraw this; you can deny it.")
            if repository.lock_pending(conn, approval_id, approval.plan_hash, now) is None:
                raise _too_late(conn, approval.id, approval.plan_hash, now)
            return end(conn, approval, "withdrawn", f"withdrawn by {person.id}", person.id, now, acting_as)

        approval = await self._database.write(work, durable=True)
        self._nudge()
        return approval

    async def expire_due(self) -> int:
        """End every approval whose time is over, and the runs that waited for them; how many there were."""
        now = self._clock.now()
        if not await self._database.read(lambda conn: repository.due(conn, now)):
            return 0

        def work(conn: Connection) -> int:
            late = repository.due(conn, now)
            for approval in late:
                end(conn, approval, "expired", "nobody decided in time", SYSTEM, now)
            return len(late)

        count = await self._database.write(work, durable=True)
        self._nudge()
        return count

    def who_can(self, approval: Approval) -> list[str]:
        """Ids of those whose approval the present stage wants."""
        return who_can(_stage(approval), self._people, approval.requester)

    def _decide(self, conn: Connection, word: Word, now: float) -> Approval:
        before = _existing(conn, word.approval_id)
        approval = repository.lock_pending(conn, word.approval_id, word.plan_hash, now)
        if approval is None:
            raise _too_late(conn, before.id, word.plan_hash, now)
        if word.stage is not None and word.stage != approval.stage:
            raise Conflict(
                "The next stage has opened since you saw this; nothing was decided. Look at it again."
            )
        required = _stage(approval)
        self._check_rights(required, approval, word)
        self._check_other_stages(conn, approval, word)
        self._check_windows(conn, approval, word, now)
        decision = Decision(
            id=new_id("dec", now),
            approval_id=approval.id,
            stage=approval.stage,
            person=word.person.id,
            decision=word.decision,
            reason=word.reason,
            via=word.via,
            acting_as=word.acting_as,
            at=now,
        )
        if not repository.add_decision(conn, decision):
            raise Conflict(
                "You have already given your word on this; it waits for somebody else. "
                + self._others(approval, word.person.id)
            )
        detail = {"decision": word.decision, "reason": word.reason, "via": word.via, "stage": approval.stage}
        audit.append(
            conn, _entry(word.person.id, "approval.decision", approval, word.acting_as, **detail), now
        )
        if word.decision == "deny":
            why = f"denied by {word.person.id}" + (f": {word.reason}" if word.reason else "")
            return end(conn, approval, "denied", why, word.person.id, now, word.acting_as)
        return self._count(conn, approval, required, word, now)

    def _check_rights(self, required: Required, approval: Approval, word: Word) -> None:
        judge = may_decide if word.decision == "approve" else may_deny
        refusal = judge(required, approval, word.person)
        if refusal is not None:
            raise Forbidden(f"{refusal} {self._others(approval)}")

    def _check_other_stages(self, conn: Connection, approval: Approval, word: Word) -> None:
        """Every stage is another person's word."""
        given = [one.stage for one in repository.decisions(conn, approval.id) if one.person == word.person.id]
        if word.decision == "approve" and any(stage < approval.stage for stage in given):
            raise Forbidden(
                "You approved an earlier stage; this one needs somebody else. "
                + self._others(approval, word.person.id)
            )

    def _check_windows(self, conn: Connection, approval: Approval, word: Word, now: float) -> None:
        """A freeze that began after the question was asked holds its approval back."""
        run = ledger.get_run(conn, approval.run_id)
        if word.decision == "deny" or run is None:
            return
        plan = Plan.from_json(run.plan)
        for window, said in self._policy.windows(plan, now, plan.effect):
            asked = any(one.name == window.stage().name for one in approval.required)
            if window.then == "refuse" or not asked:
                raise Conflict(f"{said} Nothing was approved; ask for it again when it is over.")

    def _others(self, approval: Approval, but: str = "") -> str:
        names = [self._people.by_id[one].name for one in self.who_can(approval) if one != but]
        return (
            f"Who can: {', '.join(names)}."
            if names
            else "Nobody can at present; an admin can give the role in people.yaml."
        )

    def _count(
        self, conn: Connection, approval: Approval, required: Required, word: Word, now: float
    ) -> Approval:
        """Go on to the next stage, flip, or wait for more."""
        if len(approvers(repository.decisions(conn, approval.id), approval.stage)) < required.count:
            return _existing(conn, approval.id)
        later = [one.stage for one in approval.required if one.stage > approval.stage]
        if later:
            return repository.next_stage(conn, approval.id, min(later))
        return end(conn, approval, "approved", None, word.person.id, now, word.acting_as)

    async def _refused(self, word: Word, why: str, now: float) -> None:
        def work(conn: Connection) -> None:
            approval = _existing(conn, word.approval_id)
            audit.append(
                conn, _entry(word.person.id, "approval.refused", approval, word.acting_as, why=why), now
            )

        await self._database.write(work)


def approvers(decisions: Sequence[Decision], stage: int) -> set[str]:
    """The distinct persons who approved this stage."""
    return {one.person for one in decisions if one.stage == stage and one.decision == "approve"}


def end(
    conn: Connection,
    approval: Approval,
    to: ApprovalStatus,
    why: str | None,
    actor: str,
    now: float,
    acting_as: str | None = None,
) -> Approval:
    """Close an approval: its row, its run (cancelled unless approved), and the inbox row that makes the graph go on."""
    ended = repository.end_approval(
        conn, approval.id, to, now=now, entry=_entry(actor, f"approval.{to}", approval, acting_as, why=why)
    )
    if to != "approved":
        entry = AuditEntry(
            actor, "run.cancelled", "run", approval.run_id, approval.run_id, acting_as, {"why": why}
        )
        ledger.move_run(
            conn, approval.run_id, "cancelled", now=now, entry=entry, error=f"The approval was {why or to}."
        )
    inbox.receive(
        conn,
        source="ledger",
        event_id=f"decided:{approval.id}",
        kind="decided",
        lane=None,
        payload={"approval_id": approval.id, "run_id": approval.run_id, "request_id": approval.request_id},
        now=now,
    )
    return ended


def opened(approval: Approval) -> AuditEntry:
    """The audit row of a new approval."""
    required = [{"count": one.count, "roles": one.roles, "groups": one.groups} for one in approval.required]
    return _entry(approval.requester, "approval.opened", approval, None, required=required)


def clock_words(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%H:%M:%S UTC")


def _existing(conn: Connection, approval_id: str) -> Approval:
    found = repository.get(conn, approval_id)
    if found is None:
        raise NotFound(
            f"There is no approval {approval_id!r}. List the approvals that wait to see their ids."
        )
    return found


def _stage(approval: Approval) -> Required:
    return next(one for one in approval.required if one.stage == approval.stage)


def _too_late(conn: Connection, approval_id: str, plan_hash: str, now: float) -> Conflict:
    """Why an approval cannot be decided any more, in words for the person who clicked."""
    approval = _existing(conn, approval_id)
    if approval.status == "pending" and approval.plan_hash != plan_hash:
        return Conflict(
            "The plan has changed since you saw it: nothing was approved. Look at the new plan and decide again."
        )
    if approval.status == "expired" or (approval.status == "pending" and approval.expires_at <= now):
        return Conflict(
            f"This approval expired at {clock_words(approval.expires_at)}: nothing was run. Ask for it again."
        )
    if approval.status in ("approved", "denied"):
        wanted = "approve" if approval.status == "approved" else "deny"
        by = sorted({one.person for one in repository.decisions(conn, approval.id) if one.decision == wanted})
        return Conflict(f"It is already {approval.status}, by {' and '.join(by) or 'the policy'}.")
    if approval.status == "pending":
        return Conflict("Somebody else decided at the same moment; look at it again.")
    words = {"withdrawn": "was withdrawn by the requester", "void": "is void: its plan changed"}
    return Conflict(f"This approval {words[approval.status]}. Nothing was run.")


def _entry(actor: str, what: str, approval: Approval, acting_as: str | None, **detail: object) -> AuditEntry:
    return AuditEntry(actor, what, "approval", approval.id, approval.run_id, acting_as, detail)
