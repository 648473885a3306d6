"""What the graph asks of the rooms below, and the one bundle of tools that intents' handlers are given."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, Protocol

from config.catalogue import Catalogue
from config.clock import Clock
from config.people import People, Person
from graph.understanding.classifier import Classifier
from graph.understanding.lexicon import Lexicon
from graph.understanding.reader import Reader
from integrations.ports import Sources
from runbooks.glass import Reviews
from runbooks.loader import Library
from runbooks.plan import Plan, RunRequest
from runbooks.schedules import Schedules
from runbooks.standing import StandingApprovals
from store.engine import Database
from store.records import Approval, Run


class Verdict(Protocol):
    """Policy's word on a plan."""

    @property
    def kind(self) -> Literal["refuse", "go", "ask"]: ...

    @property
    def reason(self) -> str: ...


class Proposal(Protocol):
    """What became of a request: its plan, policy's verdict, and the run and approval it made, if any."""

    @property
    def plan(self) -> Plan: ...

    @property
    def verdict(self) -> Verdict: ...

    @property
    def run(self) -> Run | None: ...

    @property
    def approval(self) -> Approval | None: ...


class Runbooks(Protocol):
    """runbooks/service.py. All raise CopilotError with words for the person."""

    async def propose(self, request: RunRequest, requester: Person) -> Proposal: ...

    async def edit(
        self,
        approval_id: str,
        changes: Mapping[str, Any],
        person: Person,
        *,
        request_id: str,
        acting_as: str | None = None,
    ) -> Proposal: ...

    async def break_glass(self, request: RunRequest, person: Person, reason: str) -> Proposal: ...

    @property
    def standing(self) -> StandingApprovals: ...

    @property
    def reviews(self) -> Reviews: ...

    async def cancel(self, run_id: str, person: Person, acting_as: str | None = None) -> Run: ...

    async def pause(self, run_id: str, person: Person, acting_as: str | None = None) -> Run: ...

    async def resume(self, run_id: str, person: Person, acting_as: str | None = None) -> Run: ...

    async def answer_unknown(
        self,
        run_id: str,
        step_id: str,
        answer: Literal["happened", "did-not", "abort"],
        person: Person,
        acting_as: str | None = None,
    ) -> Run: ...


class Approvals(Protocol):
    """runbooks/approvals.py."""

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
    ) -> Approval: ...

    async def withdraw(self, approval_id: str, person: Person, acting_as: str | None = None) -> Approval: ...

    def who_can(self, approval: Approval) -> list[str]:
        """Ids of those whose approval the present stage wants."""
        ...


class Dispatcher(Protocol):
    """runbooks/dispatcher.py. `submit` is idempotent and raises Conflict unless the run's approval is approved."""

    async def submit(self, run_id: str) -> Any: ...

    def nudge(self) -> None: ...


@dataclass(frozen=True)
class Tools:
    """What handlers may use. `clock` is the domain clock; `mode` is demo, observe, propose or act."""

    sources: Sources
    catalogue: Catalogue
    people: People
    runbooks: Runbooks
    approvals: Approvals
    dispatcher: Dispatcher
    library: Library
    schedules: Schedules
    database: Database
    clock: Clock
    mode: str
    classifier: Classifier

    @cached_property
    def lexicon(self) -> Lexicon:
        return Lexicon(self.catalogue, self.library.by_id, self.people.by_id)

    @cached_property
    def reader(self) -> Reader:
        return Reader(self.classifier, self.lexicon, tuple(_triggers(self.library)))


def _triggers(library: Library) -> list[tuple[str, str]]:
    return [
        (sentence, runbook.id)
        for runbook in library.by_id.values()
        for trigger in runbook.model.triggers
        for sentence in trigger.chat
    ]
