"""A small world of versions to run runbooks against, and everything of runbooks/ built over it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeVar

from sqlalchemy import Connection

from config.catalogue import Catalogue, load_catalogue
from config.people import People, Person, load_people
from integrations.actions import Action, Actions, Change, Context, Happened, Inputs, Output
from integrations.errors import IntegrationError, Refused, TimedOut, Unavailable
from runbooks.approvals import Approvals
from runbooks.compiler import Runbook, compile_runbook
from runbooks.engine import Engine
from runbooks.loader import Library
from runbooks.plan import RunRequest
from runbooks.planner import Planner
from runbooks.policy import Mode, Policy, load_policy
from runbooks.service import Proposal, Runbooks
from runbooks.source import read_source
from store import approvals, audit, ledger
from store.engine import Database
from store.policy_records import Standing
from store.records import Approval, Run, Step
from tests.support.clock import ManualClock

T = TypeVar("T")
CONFIG = Path(__file__).parents[2] / "config"
CATALOGUE = load_catalogue(CONFIG / "catalogue.yaml")
PEOPLE = load_people(CONFIG / "people.yaml")
POLICY = load_policy(CONFIG / "policy.yaml")
MARIA, PRIYA, SAM, LENA = (PEOPLE.by_id[name] for name in ("maria", "priya", "sam", "lena"))

Script = Literal["ok", "refuse", "down", "lose the answer", "lose the call", "hang", "break"]


class Target(Inputs):
    service: str
    environment: str | None = None


class SetTo(Target):
    to: str


class Words(Inputs):
    text: str


class Release(Output):
    current: str
    previous: str | None


class Done(Output):
    version: str = ""


class Reading(Output):
    value: float


@dataclass
class World:
    """`acts` is everything that was really done, in order; `scripts` say how the next calls of an action go."""

    versions: dict[str, list[str]] = field(
        default_factory=lambda: {"rag-api": ["v1", "v2"], "embeddings": ["e1", "e2"]}
    )
    acts: list[tuple[str, str, str]] = field(default_factory=list)
    notes: dict[str, str] = field(default_factory=dict)
    scripts: dict[str, list[Script]] = field(default_factory=dict)
    tells: bool = True
    errors: Callable[[], float] = lambda: 0.0
    reads: int = 0
    asked: int = 0
    release: asyncio.Event = field(default_factory=asyncio.Event)

    async def get(self, context: Context, inputs: Target) -> Release:
        self.reads += 1
        await self._go("version.get", lambda: None)
        past = self.versions[inputs.service]
        return Release(current=past[-1], previous=past[-2] if len(past) > 1 else None)

    async def health(self, context: Context, inputs: Target) -> Reading:
        self.reads += 1
        return Reading(value=self.errors())

    async def plan(self, context: Context, inputs: SetTo) -> Change:
        before = self.versions[inputs.service][-1]
        return Change(
            {"version": before},
            {"version": inputs.to},
            (inputs.service,),
            f"{inputs.service} to {inputs.to}",
            12.5,
        )

    async def set_to(self, context: Context, inputs: SetTo) -> Done:
        def act() -> None:
            self.acts.append((context.key, inputs.service, inputs.to))
            self.versions[inputs.service].append(inputs.to)

        await self._go("version.set", act)
        return Done(version=inputs.to)

    async def wipe(self, context: Context, inputs: SetTo) -> Done:
        self.acts.append((context.key, inputs.service, inputs.to))
        return Done()

    async def happened(self, context: Context, inputs: SetTo, before: Mapping[str, Any]) -> Happened:
        self.asked += 1
        if not self.tells:
            return "cannot tell"
        now = self.versions[inputs.service][-1]
        if now == inputs.to:
            return "yes"
        return "no" if now == before["version"] else "cannot tell"

    async def note(self, context: Context, inputs: Words) -> Done:
        await self._go("note.add", lambda: None)
        self.notes[context.key] = inputs.text
        return Done()

    async def _go(self, name: str, act: Callable[[], None]) -> None:
        script = self.scripts.get(name) or ["ok"]
        how = script.pop(0)
        if how == "refuse":
            raise Refused("The world says no.")
        if how == "down":
            err = Unavailable("The world is down.")
            err.happened = False
            raise err
        if how == "lose the call":
            raise TimedOut("No answer.")
        if how == "hang":
            await self.release.wait()
        if how == "break":
            raise ZeroDivisionError
        act()
        if how == "lose the answer":
            raise IntegrationError("The answer was lost.")

    def actions(self, *, idempotent: bool = False) -> Actions:
        write = {"plan": self.plan, "happened": self.happened, "timeout": 20.0}
        every = (
            Action("version.get", "read", "which version runs", Target, Release, self.get, idempotent=True),
            Action(
                "health.get", "read", "how many requests fail", Target, Reading, self.health, idempotent=True
            ),
            Action(
                "version.set",
                "write",
                "set a version",
                SetTo,
                Done,
                self.set_to,
                idempotent=idempotent,
                **write,  # type: ignore[arg-type]
            ),
            Action("version.wipe", "dangerous", "wipe a version", SetTo, Done, self.wipe, **write),  # type: ignore[arg-type]
            Action("note.add", "record", "write a note", Words, Done, self.note, idempotent=True),
        )
        return Actions({one.name: one for one in every})


ROLLBACK = """
version: 1
name: rollback
description: Put a service back on its last version.
owner: platform
inputs:
  service: {type: service, required: true}
  environment: {type: environment, default: staging}
  limit: {type: number, default: 0.5, min: 0, max: 1}
steps:
  - id: now
    uses: version.get
    with: {service: "${{ inputs.service }}"}
  - id: back
    uses: version.set
    if: "steps.now.output.previous != null"
    with: {service: "${{ inputs.service }}", to: "${{ steps.now.output.previous }}"}
    undo: {uses: version.set, with: {service: "${{ inputs.service }}", to: "${{ steps.now.output.current }}"}}
    verify:
      uses: health.get
      with: {service: "${{ inputs.service }}"}
      expect: "result.value < inputs.limit"
      within: 1m
  - id: tell
    always: true
    uses: note.add
    with: {text: "${{ inputs.service }}: ${{ run.status }}"}
"""


def book(text: str, actions: Actions) -> Runbook:
    """A runbook from its text; the problems are the assertion's message."""
    built = compile_runbook(read_source(text).content, actions)
    assert isinstance(built, Runbook), built
    return built


class Crash(BaseException):
    """The process is gone."""


class DyingDatabase(Database):
    """Once armed, dies at its `last` write, before or after that is committed; from then on nothing gets through."""

    dead = False
    _left: int | None = None
    _committed = False

    def arm(self, last: int, *, committed: bool) -> None:
        self._left, self._committed = last, committed

    async def write(self, work: Callable[[Connection], T], *, durable: bool = False) -> T:
        if self.dead:
            raise Crash
        if self._left is None or self._left > 0:
            self._left = None if self._left is None else self._left - 1
            return await super().write(work, durable=durable)
        self.dead = True
        if self._committed:
            await super().write(work, durable=durable)
        raise Crash

    async def read(self, work: Callable[[Connection], T]) -> T:
        if self.dead:
            raise Crash
        return await super().read(work)


@dataclass
class Rig:
    """Everything over one world and one database. `clock` is the domain clock and the wall clock at once."""

    database: Database
    clock: ManualClock
    world: World = field(default_factory=World)
    books: tuple[str, ...] = (ROLLBACK,)
    mode: Mode = "act"
    policy: Policy = POLICY
    people: People = PEOPLE
    catalogue: Catalogue = CATALOGUE
    idempotent: bool = False
    changes: list[str] = field(default_factory=list)
    requests: int = 0

    def __post_init__(self) -> None:
        self.actions = self.world.actions(idempotent=self.idempotent)
        runbooks = [book(text, self.actions) for text in self.books]
        self.library = Library({one.id: one for one in runbooks})
        self.planner = Planner(self.library, self.actions, self.catalogue, self.clock)
        self.approvals = Approvals(self.database, self.people, self.policy, self.clock)
        self.runbooks = Runbooks(
            self.database,
            self.planner,
            self.policy,
            self.approvals,
            self.people,
            self.clock,
            self.mode,
            self.changes.append,
        )
        self.standing, self.reviews = self.runbooks.standing, self.runbooks.reviews
        self.engine = self.engine_on(self.database)

    def engine_on(self, database: Database) -> Engine:
        return Engine(
            database, self.actions, self.policy, self.people, self.clock, self.mode, self.changes.append
        )

    async def propose(
        self, runbook: str = "rollback", person: Person = MARIA, dry_run: bool = False, **inputs: Any
    ) -> Proposal:
        self.requests += 1
        wanted = {"service": "rag-api"} | inputs
        request = RunRequest(
            runbook, wanted, person.id, "rest:ses_1", f"req_{self.requests}", dry_run=dry_run
        )
        return await self.runbooks.propose(request, person)

    async def break_glass(self, reason: str, person: Person = LENA, **inputs: Any) -> Proposal:
        self.requests += 1
        wanted = {"service": "rag-api", "environment": "production"} | inputs
        request = RunRequest("rollback", wanted, person.id, "rest:ses_1", f"req_{self.requests}")
        return await self.runbooks.break_glass(request, person, reason)

    async def standing_for(
        self, *services: str, by: tuple[Person, ...] = (PRIYA, SAM), **more: Any
    ) -> Standing:
        """An approval in advance for rollbacks of these services in production, agreed to by two."""
        keys: dict[str, Any] = {"bounds": {}, "reason": "nobody must wake up for it", "place": "rest:ses_2"}
        one = await self.standing.propose(
            "rollback", services=services, environment="production", person=MARIA, **(keys | more)
        )
        for person in by:
            one = await self.standing.approve(one.id, person=person, hash=one.hash, via="rest")
        return one

    async def approve(self, approval: Approval | None, person: Person = PRIYA) -> Approval:
        assert approval is not None
        return await self.approvals.decide(
            approval.id, person=person, decision="approve", plan_hash=approval.plan_hash, via="rest"
        )

    async def queued(self, runbook: str = "rollback", **inputs: Any) -> str:
        """A run in staging that its requester agreed to, ready to be claimed."""
        proposal = await self.propose(runbook, **inputs)
        assert proposal.run is not None
        if proposal.approval is not None:
            await self.approve(proposal.approval, MARIA if proposal.plan.environment == "staging" else PRIYA)
            await self.submit(proposal.run.id)
        return proposal.run.id

    async def submit(self, run_id: str) -> None:
        entry = audit_entry("run.queued", run_id)
        await self.database.write(
            lambda conn: ledger.move_run(conn, run_id, "queued", now=self.clock.now(), entry=entry)
        )

    async def claim(self, owner: str = "one") -> Run | None:
        return await self.database.write(
            lambda conn: ledger.claim_run(conn, owner=owner, now=self.clock.now(), lease=30.0)
        )

    async def work(self, owner: str = "one", engine: Engine | None = None) -> None:
        """Claim and execute whatever waits, until nothing does."""
        while (run := await self.claim(owner)) is not None:
            await (engine or self.engine).execute(run)

    async def run(self, run_id: str) -> Run:
        found = await self.database.read(lambda conn: ledger.get_run(conn, run_id))
        assert found is not None
        return found

    async def steps(self, run_id: str) -> dict[str, Step]:
        return {
            step.id: step for step in await self.database.read(lambda conn: ledger.get_steps(conn, run_id))
        }

    async def statuses(self, run_id: str) -> dict[str, str]:
        return {name: step.status for name, step in (await self.steps(run_id)).items()}

    async def approval(self, approval_id: str) -> Approval:
        found = await self.database.read(lambda conn: approvals.get(conn, approval_id))
        assert found is not None
        return found

    async def audited(self, run_id: str | None = None) -> list[str]:
        return [row.what for row in await self.database.read(lambda conn: audit.rows(conn, run_id))]


def audit_entry(what: str, run_id: str) -> Any:
    from store.records import AuditEntry

    return AuditEntry("copilot", what, "run", run_id, run_id)
