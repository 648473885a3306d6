"""Breaking glass: a run without approval, by named roles, with a reason, and with a review that stays open until
somebody else closes it."""

from __future__ import annotations

from sqlalchemy import Connection

from config.clock import Clock
from config.errors import BadRequest, Forbidden, NotFound
from config.people import People, Person
from runbooks.compiler import Runbook
from runbooks.plan import Plan
from runbooks.policy import Policy, Verdict
from store import reviews as rows
from store.engine import Database
from store.policy_records import Review
from store.records import AuditEntry, Run, new_id

SHORTEST = 10


def check_reason(reason: str) -> str:
    """The reason, trimmed. Raises BadRequest."""
    trimmed = " ".join(reason.split())
    if len(trimmed) < SHORTEST or len(set(trimmed)) < 4:
        raise BadRequest(f"Say why in at least {SHORTEST} characters: `because …`. Nothing was run.")
    return trimmed[:1000]


def open_review(
    conn: Connection, run: Run, reason: str, verdict: Verdict, policy: Policy, now: float
) -> Review:
    """The review of a run that is stored in this transaction."""
    review = Review(
        id=new_id("rev", now),
        run_id=run.id,
        person=run.requester,
        acting_as=run.acting_as,
        reason=reason,
        plan_hash=run.plan_hash,
        runbook=run.runbook,
        environment=run.environment,
        place=run.place,
        nag=policy.break_glass.nag,
        opened_at=now,
    )
    detail = {"reason": reason, "review": review.id, "plan_hash": run.plan_hash, "without": verdict.reason}
    entry = AuditEntry(run.requester, "run.break_glass", "run", run.id, run.id, run.acting_as, detail)
    return rows.open_review(conn, review, entry, now)


def why_void(
    review: Review, run: Run, plan: Plan, requester: Person, runbook: Runbook, policy: Policy
) -> str | None:
    """Why a run that broke glass may not start after all; None: it may."""
    if (review.plan_hash, review.person) != (plan.hash, run.requester):
        return "Glass was broken for another plan; nothing was run. Ask for it again."
    return policy.may_break_glass(requester, runbook)


class Reviews:
    """What is to be looked back at. All raise CopilotError with words for the person."""

    def __init__(self, database: Database, people: People, policy: Policy, clock: Clock) -> None:
        self._database = database
        self._people = people
        self._policy = policy
        self._clock = clock

    async def every(self, *, only_open: bool = True) -> list[Review]:
        """Open ones oldest first, or all newest first."""
        return await self._database.read(rows.still_open if only_open else rows.every)

    async def close(
        self, review_id: str, *, person: Person, outcome: str, acting_as: str | None = None
    ) -> Review:
        """Say what came of looking back. Raises NotFound, Forbidden, BadRequest, Conflict (closed already)."""
        now = self._clock.now()

        def work(conn: Connection) -> Review:
            review = rows.get(conn, review_id)
            if review is None:
                raise NotFound(f"There is no review {review_id!r}. `reviews` lists the open ones.")
            self._may_close(review, person)
            said = {"outcome": outcome.strip(), "run": review.run_id}
            entry = AuditEntry(
                person.id, "review.closed", "review", review.id, review.run_id, acting_as, said
            )
            return rows.close(conn, review.id, outcome=outcome.strip(), now=now, entry=entry)

        if len(outcome.strip()) < SHORTEST:
            raise BadRequest(f"Say what came of it in at least {SHORTEST} characters.")
        return await self._database.write(work, durable=True)

    def who_can(self, review: Review) -> list[str]:
        """Ids of those who may close it."""
        return sorted(one.id for one in self._people.by_id.values() if self._refusal(review, one) is None)

    def _may_close(self, review: Review, person: Person) -> None:
        refusal = self._refusal(review, person)
        if refusal is not None:
            names = ", ".join(self._people.by_id[one].name for one in self.who_can(review))
            raise Forbidden(f"{refusal} Who can: {names or 'nobody'}.")

    def _refusal(self, review: Review, person: Person) -> str | None:
        if person.id == review.person and not self._policy.single_operator:
            return "You broke the glass yourself, so somebody else must close its review."
        if not any(person.may(role) for role in self._policy.break_glass.reviewers):
            return f"Closing a review needs the role {' or '.join(self._policy.break_glass.reviewers)}."
        return None
