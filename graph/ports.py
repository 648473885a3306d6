"""What the graph asks of the rooms below, and the one bundle of tools that intents' handlers are given."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal, Protocol

from config.catalogue import Catalogue
from config.clock import Clock
from config.people import People, Person
from graph.handbook import handbook
from graph.llm.model import LanguageModel
from graph.understanding.classifier import Classifier
from graph.understanding.commands import TABLE
from graph.understanding.lexicon import Lexicon
from insight.search import Index
from integrations.ports import Sources
from runbooks.glass import Reviews
from runbooks.loader import Library
from runbooks.plan import Plan, RunRequest
from runbooks.records import Word
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


class Records(Protocol):
    """runbooks/records.py. Raises CopilotError with words for the person."""

    def can(self, action: str) -> bool: ...

    async def record(self, word: Word) -> Mapping[str, Any]: ...


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


class Stream(Protocol):
    """How words reach people while an answer is still being made (bot/stream.py). Neither blocks nor fails."""

    def say(self, request_id: str, words: str) -> None:
        """A piece of the answer of that request."""
        ...

    def withdraw(self, request_id: str) -> None:
        """Take back every piece of it so far."""
        ...


class NoStream:
    """Nobody listens."""

    def say(self, request_id: str, words: str) -> None:
        return None

    def withdraw(self, request_id: str) -> None:
        return None


@dataclass(frozen=True)
class Tools:
    """What handlers may use. `clock` is the domain clock; `mode` is demo, observe, propose or act.

    `model` is the language model, None when none is configured.
    """

    sources: Sources
    catalogue: Catalogue
    people: People
    runbooks: Runbooks
    records: Records
    approvals: Approvals
    dispatcher: Dispatcher
    library: Library
    schedules: Schedules
    database: Database
    clock: Clock
    mode: str
    classifier: Classifier
    model: LanguageModel | None = None
    stream: Stream = field(default_factory=NoStream)

    @cached_property
    def lexicon(self) -> Lexicon:
        return Lexicon(self.catalogue, self.library.by_id, self.people.by_id)

    @cached_property
    def handbook(self) -> Index:
        """Our own pages, to search; reads files at first."""
        return handbook(self.library, TABLE)

    @property
    def triggers(self) -> tuple[tuple[str, str], ...]:
        """The runbooks' own chat sentences, each with the runbook it starts."""
        return tuple(
            (sentence, runbook.id)
            for runbook in self.library.by_id.values()
            for trigger in runbook.model.triggers
            for sentence in trigger.chat
        )
