"""What people must hear without asking: approvals that wait, who is on call for them, broken glass until it is
reviewed, each use of an approval in advance. A post's key makes each be said once; the ledger counts them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from config.clock import Clock
from config.people import People, Person
from config.rota import turn
from integrations.ports import Posts
from runbooks.policy import Policy
from runbooks.rights import holds, who_can
from store import approvals as approval_rows
from store import ledger, reviews, standing
from store.engine import Database
from store.policy_records import Review, Standing, Use
from store.records import Approval, Required, Run


@dataclass(frozen=True, slots=True)
class _Due:
    """Everything that may have to be said, read at once."""

    waiting: Sequence[tuple[Approval, Run]]
    reviews: Sequence[Review]
    uses: Sequence[tuple[Use, Run | None, Standing | None]]


def on_call(people: People, team: str, now: float) -> list[Person]:
    """The team's rota from the person on call this week on (config/rota.py)."""
    week = turn(people, team, now)
    return [people.by_id[name] for name in week.people] if week else []


def escalates_at(approval: Approval) -> float:
    """When the person on call is turned to: after the second reminder, and no later than half of the time."""
    half = (approval.expires_at - approval.created_at) / 2
    return approval.created_at + min(half, 2 * approval.remind if approval.remind else half)


class Reminders:
    """Called again and again by the dispatcher; `tick` says what is due."""

    def __init__(
        self, database: Database, people: People, policy: Policy, posts: Posts, clock: Clock
    ) -> None:
        self._database = database
        self._people = people
        self._policy = policy
        self._posts = posts
        self._clock = clock

    async def tick(self) -> int:
        """Post what is due; how many posts there were. Raises StoreError."""
        now = self._clock.now()
        due = await self._database.read(lambda conn: self._due(conn, now))
        said = 0
        for approval, run in due.waiting:
            said += await self._remind(approval, run, now)
            said += await self._escalate(approval, run, now)
        for review in due.reviews:
            said += await self._nag(review, now)
        for use, used_by, one in due.uses:
            said += await self._used(use, used_by, one)
        return said

    def _due(self, conn: Connection, now: float) -> _Due:
        waiting = [
            (one, run)
            for one in approval_rows.pending(conn)
            if one.expires_at > now
            and (_reminders(one, now) > one.reminded or _escalates(one, now))
            and (run := ledger.get_run(conn, one.run_id)) is not None
        ]
        nags = [one for one in reviews.still_open(conn) if _nags(one, now) > one.told]
        uses = [
            (use, ledger.get_run(conn, use.run_id), standing.get(conn, use.standing_id))
            for use in standing.untold(conn)
        ]
        return _Due(waiting, nags, uses)

    async def _remind(self, approval: Approval, run: Run, now: float) -> int:
        count = _reminders(approval, now)
        if count <= approval.reminded:
            return 0
        left = max(1, round((approval.expires_at - now) / 60))
        who = self._names(who_can(_stage(approval), self._people, approval.requester))
        words = f"Still waiting ({left} min left): {_what(run)}, asked by {approval.requester}. "
        words += f"Who can approve: {who}. `approve {approval.id}` or `deny {approval.id}`."
        await self._say(f"remind:{approval.id}:{count}", (approval.place,), words)
        await self._database.write(lambda conn: approval_rows.told(conn, approval.id, reminded=count))
        return 1

    async def _escalate(self, approval: Approval, run: Run, now: float) -> int:
        if not _escalates(approval, now):
            return 0
        stage, words = _stage(approval), []
        for team in self._teams(approval, run):
            turns = on_call(self._people, team, now)
            able = [one for one in turns if self._can(stage, approval, one)]
            if able:
                also = f" ({turns[0].name} is on call but has not the right)" if able[0] != turns[0] else ""
                words.append(f"{able[0].name}, on call for {team}{also}")
        others = self._names(who_can(stage, self._people, approval.requester))
        to = " and ".join(words) or f"nobody of the rota has the right; who can: {others}"
        said = f"Nobody has answered: {_what(run)} is handed over to {to}. `approve {approval.id}` or "
        await self._say(f"escalate:{approval.id}", (approval.place,), f"{said}`deny {approval.id}`.")
        await self._database.write(
            lambda conn: approval_rows.told(conn, approval.id, reminded=approval.reminded, escalated_at=now)
        )
        return 1

    async def _nag(self, review: Review, now: float) -> int:
        count = _nags(review, now)
        if count == 1:
            words = (
                f"GLASS BROKEN by {review.person}: {review.runbook} in {review.environment} runs without approval "
                f"as {review.run_id}. Reason: {review.reason}. Somebody else must close its review: "
            )
        else:
            words = (
                f"Still to be reviewed: {review.person} broke glass for {review.runbook} in {review.environment} "
                f"({review.run_id}). Reason: {review.reason}. "
            )
        words += f"`close review {review.id} because …`."
        await self._say(
            f"review:{review.id}:{count}", (review.place, *self._policy.break_glass.announce), words
        )
        await self._database.write(lambda conn: reviews.told(conn, review.id, count))
        return 1

    async def _used(self, use: Use, run: Run | None, one: Standing | None) -> int:
        if run is not None and one is not None:
            words = (
                f"APPROVED IN ADVANCE: {_what(run)} runs as {run.id} for {run.requester} without asking anybody, "
                f"under {one.id} ({one.reason}). `revoke {one.id}` ends that at once."
            )
            places = (run.place, one.place, *self._policy.standing.announce)
            await self._say(f"standing:{use.run_id}", places, words)
        await self._database.write(lambda conn: standing.told(conn, use.run_id))
        return 1

    async def _say(self, key: str, places: Iterable[str], words: str) -> None:
        body = {"text": words, "blocks": [{"type": "text", "text": words}]}
        for place in dict.fromkeys(places):
            await self._posts.post(key, place, body)

    def _teams(self, approval: Approval, run: Run) -> Sequence[str]:
        """`rota:owner` are the teams that own what is changed."""
        team = (approval.escalate_to or "").removeprefix("rota:")
        return tuple(run.plan.get("owners", ())) if team == "owner" else (team,)

    def _can(self, stage: Required, approval: Approval, person: Person) -> bool:
        return holds(stage, person) and not (stage.not_requester and person.id == approval.requester)

    def _names(self, ids: Iterable[str]) -> str:
        return ", ".join(self._people.by_id[one].name for one in ids) or "nobody at present"


def _reminders(approval: Approval, now: float) -> int:
    return int((now - approval.created_at) // approval.remind) if approval.remind else 0


def _escalates(approval: Approval, now: float) -> bool:
    wanted = approval.escalate_to is not None and approval.escalated_at is None
    return wanted and now >= escalates_at(approval)


def _nags(review: Review, now: float) -> int:
    """The first is said at once, then one after every `nag` seconds."""
    return 1 + int(max(0.0, now - review.opened_at) // review.nag)


def _stage(approval: Approval) -> Required:
    return next(one for one in approval.required if one.stage == approval.stage)


def _what(run: Run) -> str:
    subject = f" of {run.inputs['service']}" if run.inputs.get("service") else ""
    return f"{run.runbook}{subject} in {run.environment}"
