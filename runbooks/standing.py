"""Approvals in advance: one runbook's content, on named services, within bounds, for a time, so many times.

What is checked when a run is asked for is checked again when it is claimed; in doubt people are asked.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection

from config.catalogue import Catalogue
from config.clock import Clock
from config.errors import BadRequest, Conflict, Forbidden, NotFound
from config.people import People, Person
from runbooks.bounds import every_input, outside
from runbooks.expressions import did_you_mean
from runbooks.loader import Library
from runbooks.plan import Plan
from runbooks.policy import Policy
from runbooks.rights import describe, holds, who_can
from store import audit
from store import standing as rows
from store.canonical import canonical
from store.engine import Database
from store.policy_records import Standing, Use, Vote
from store.records import AuditEntry, Required, Run, new_id

DAY = 86_400.0
_NOT_AGREED = frozenset({"status", "hash", "version", "ended_at", "ended_by"})


def content_hash(one: Standing) -> str:
    """sha256 of all that people agree to."""
    agreed = {
        name: list(value) if isinstance(value, tuple) else value
        for name in Standing.__dataclass_fields__
        if name not in _NOT_AGREED
        for value in (getattr(one, name),)
    }
    return hashlib.sha256(canonical(agreed).encode()).hexdigest()


def why_not(one: Standing, plan: Plan, policy: Policy, now: float) -> str | None:
    """Why this plan does not go under it, None: it does. Votes and the cap are asked elsewhere."""
    if one.status != "active" or one.hash != content_hash(one):
        return f"it is {one.status}" if one.status != "active" else "it was altered after people agreed"
    if not one.created_at <= now < one.expires_at <= one.created_at + policy.standing.days * DAY:
        return "its time is over"
    if (plan.runbook, plan.digest) != (one.runbook, one.digest):
        return "it is for another version of the runbook"
    if plan.environment != one.environment:
        return f"it is for {one.environment}"
    if plan.effect != "write":
        return f"a {plan.effect} is never approved in advance"
    if any(step.change is None for step in plan.writes if step.condition != "skipped"):
        return "not all of the plan is known yet"
    touched = {*plan.targets, *plan.blast_radius.services}
    touched |= {name for step in plan.writes if step.change for name in step.change.targets}
    if not touched or touched - set(one.services):
        return f"it is not for {', '.join(sorted(touched - set(one.services))) or 'a plan without targets'}"
    return outside(one.bounds, plan.inputs)


def agreed(
    one: Standing,
    votes: Sequence[Vote],
    required: Sequence[Required],
    requester: str,
    people: People,
    policy: Policy,
) -> bool:
    """Whether those who agreed still have the right to, and together are all that policy and runbook would ask."""
    found = (people.get(vote.person) for vote in votes if vote.hash == one.hash)
    persons = {person.id: person for person in found if person is not None}
    entitled = [person for person in persons.values() if _may_agree(one, person, policy)]
    if len(entitled) < max(one.count, policy.standing.count, sum(stage.count for stage in required)):
        return False
    return all(
        sum(1 for one in entitled if holds(stage, one) and not (stage.not_requester and one.id == requester))
        >= stage.count
        for stage in required
    )


def covering(
    conn: Connection,
    plan: Plan,
    required: Sequence[Required],
    requester: str,
    people: People,
    policy: Policy,
    now: float,
) -> Standing | None:
    """The first approval in advance that covers this plan, locked so that its cap holds; None: people are asked."""
    for seen in rows.active(conn, plan.runbook, now):
        if why_not(seen, plan, policy, now) is not None:
            continue
        one = rows.get(conn, seen.id, lock=True)
        if one is None or why_not(one, plan, policy, now) is not None:
            continue
        spent = rows.uses_since(conn, one.id, now - one.per) >= min(one.most, policy.standing.most)
        votes = rows.votes(conn, one.id)
        if not spent and agreed(one, votes, required, requester, people, policy):
            return one
    return None


def use(conn: Connection, one: Standing, run: Run, now: float) -> None:
    """Count a run that is stored in this transaction."""
    rows.add_use(conn, Use(run.id, one.id, now))
    detail = {"standing": one.id, "plan_hash": run.plan_hash}
    audit.append(
        conn,
        AuditEntry(run.requester, "standing.used", "run", run.id, run.id, run.acting_as, detail),
        now,
    )


def why_void(
    conn: Connection,
    used: Use,
    plan: Plan,
    required: Sequence[Required],
    requester: str,
    people: People,
    policy: Policy,
    now: float,
) -> str | None:
    """Why a run that was counted may not start after all; None: it may."""
    one = rows.get(conn, used.standing_id)
    if one is None:
        return "The approval in advance that it went under is gone; ask for it again."
    refusal = why_not(one, plan, policy, now)
    if refusal is None and not agreed(one, rows.votes(conn, one.id), required, requester, people, policy):
        refusal = "those who agreed no longer have the right to"
    if refusal is None and rows.uses_since(conn, one.id, now - one.per) > one.most:
        refusal = "it was used too often"
    if refusal is None:
        return None
    return f"The approval in advance {one.id} does not count: {refusal}. Nothing was run; ask for it again."


def _may_agree(one: Standing, person: Person, policy: Policy) -> bool:
    return (policy.single_operator or person.id != one.proposer) and holds(_wish(policy), person)


def _wish(policy: Policy) -> Required:
    rule = policy.standing
    return Required(0, rule.count, rule.roles, rule.groups, not policy.single_operator)


class StandingApprovals:
    """The life of approvals in advance. All raise CopilotError with words for the person."""

    def __init__(
        self,
        database: Database,
        people: People,
        policy: Policy,
        library: Library,
        catalogue: Catalogue,
        clock: Clock,
    ) -> None:
        self._database = database
        self._people = people
        self._policy = policy
        self._library = library
        self._catalogue = catalogue
        self._clock = clock

    async def propose(
        self,
        runbook_id: str,
        *,
        services: Sequence[str],
        environment: str,
        bounds: Mapping[str, Any],
        person: Person,
        reason: str,
        place: str,
        days: float | None = None,
        most: int | None = None,
        per: float | None = None,
        standing_id: str | None = None,
        acting_as: str | None = None,
    ) -> Standing:
        """Ask people to agree in advance. Inputs without a bound must have their default.

        Raises NotFound, BadRequest, Forbidden.
        """
        rule, now = self._policy.standing, self._clock.now()
        refusal = self._policy.may_not_ask("write", person)
        if refusal is not None:
            raise Forbidden(refusal)
        runbook = self._library.get(runbook_id)
        _checked(services, reason, days, most, per, self._policy)
        _known("service", services, self._catalogue.services)
        _known("environment", [environment], self._catalogue.environments)
        one = Standing(
            id=standing_id or new_id("std", now),
            status="proposed",
            runbook=runbook.id,
            digest=runbook.digest,
            environment=environment,
            services=tuple(sorted(set(services))),
            bounds=every_input(runbook.model, bounds, services, environment),
            proposer=person.id,
            reason=reason.strip(),
            count=rule.count,
            most=most or rule.most,
            per=per or rule.per,
            hash="",
            place=place,
            version=1,
            created_at=now,
            expires_at=now + (days or rule.days) * DAY,
        )
        one = replace(one, hash=content_hash(one))
        entry = _entry(person.id, "standing.proposed", one, acting_as, hash=one.hash, reason=one.reason)
        return await self._database.write(lambda conn: rows.propose(conn, one, entry, now), durable=True)

    async def approve(
        self, standing_id: str, *, person: Person, hash: str, via: str, acting_as: str | None = None
    ) -> Standing:
        """One person agrees; the last one wanted makes it count. Raises NotFound, Forbidden, Conflict."""
        now = self._clock.now()

        def work(conn: Connection) -> Standing:
            one = _existing(conn, standing_id, lock=True)
            self._may(one, person)
            if one.status != "proposed" or one.expires_at <= now:
                raise Conflict(
                    f"{one.id} is {one.status if one.expires_at > now else 'over'}; nothing changed."
                )
            if hash != one.hash or one.hash != content_hash(one):
                raise Conflict("It is not what you saw; nothing was agreed. Look at it again.")
            if not rows.add_vote(conn, Vote(one.id, person.id, one.hash, via, acting_as, now)):
                raise Conflict("You have agreed already; it waits for somebody else.")
            entry = _entry(person.id, "standing.approved", one, acting_as, hash=one.hash, via=via)
            votes = rows.votes(conn, one.id)
            full = agreed(one, votes, (), "", self._people, self._policy)
            return rows.move(conn, one, "active" if full else "proposed", now=now, entry=entry)

        return await self._database.write(work, durable=True)

    async def revoke(
        self, standing_id: str, *, person: Person, reason: str = "", acting_as: str | None = None
    ) -> Standing:
        """From this moment nothing starts under it. Raises NotFound, Forbidden, Conflict."""
        now = self._clock.now()

        def work(conn: Connection) -> Standing:
            one = _existing(conn, standing_id, lock=True)
            if person.id != one.proposer and not any(
                person.may(role) for role in ("operator", "approver", "incident-commander", "admin")
            ):
                raise Forbidden("Revoking needs the role operator, approver, incident-commander or admin.")
            if one.status == "revoked":
                raise Conflict(f"{one.id} was revoked by {one.ended_by} already.")
            entry = _entry(person.id, "standing.revoked", one, acting_as, why=reason)
            return rows.move(conn, one, "revoked", now=now, entry=entry)

        return await self._database.write(work, durable=True)

    async def every(self) -> list[tuple[Standing, list[Vote]]]:
        """All of them with who agreed, newest first."""
        return await self._database.read(
            lambda conn: [(one, rows.votes(conn, one.id)) for one in rows.every(conn)]
        )

    async def get(self, standing_id: str) -> tuple[Standing, list[Vote]]:
        """Raises NotFound."""
        return await self._database.read(
            lambda conn: (_existing(conn, standing_id), rows.votes(conn, standing_id))
        )

    def who_can(self, one: Standing) -> list[str]:
        """Ids of those who may agree."""
        return who_can(_wish(self._policy), self._people, one.proposer)

    def _may(self, one: Standing, person: Person) -> None:
        if not _may_agree(one, person, self._policy):
            names = ", ".join(self._people.by_id[name].name for name in self.who_can(one))
            raise Forbidden(
                f"Agreeing in advance needs {describe(_wish(self._policy))}. Who can: {names or 'nobody'}."
            )


def _known(kind: str, given: Sequence[str], known: Collection[str]) -> None:
    for name in given:
        if name not in known:
            raise BadRequest(f"There is no {kind} {name!r}.{did_you_mean(name, known)}")


def _checked(
    services: Sequence[str],
    reason: str,
    days: float | None,
    most: int | None,
    per: float | None,
    policy: Policy,
) -> None:
    rule = policy.standing
    if not services:
        raise BadRequest("Name the services that it is for, such as service=rag-api,billing.")
    if len(reason.strip()) < 10:
        raise BadRequest("Say why in at least 10 characters: `because …`.")
    if days is not None and not 0 < days <= rule.days:
        raise BadRequest(f"An approval in advance lasts at most {rule.days} days, not {days:g}.")
    if most is not None and not 1 <= most <= rule.most:
        raise BadRequest(f"It may be used 1 to {rule.most} times in {rule.per / DAY:g} days, not {most}.")
    if per is not None and not rule.per <= per <= rule.days * DAY:
        raise BadRequest(f"The cap is counted over at least {rule.per / DAY:g} days.")


def _existing(conn: Connection, standing_id: str, *, lock: bool = False) -> Standing:
    found = rows.get(conn, standing_id, lock=lock)
    if found is None:
        raise NotFound(f"There is no approval in advance {standing_id!r}. `standing approvals` lists them.")
    return found


def _entry(actor: str, what: str, one: Standing, acting_as: str | None, **detail: object) -> AuditEntry:
    about = {"runbook": one.runbook, "services": list(one.services), "environment": one.environment}
    return AuditEntry(actor, what, "standing", one.id, None, acting_as, {**about, **detail})
