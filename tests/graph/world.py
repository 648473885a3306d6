"""The whole house below the faces, on the demo company, a database of the test and a clock set by hand."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.checkpoint.memory import InMemorySaver

from config.catalogue import Catalogue, load_catalogue
from config.people import People, Person, load_people
from graph.build import Thinker, build_thinker
from graph.intents import TRAITS, declared_examples
from graph.message import Message, Outcome
from graph.ports import Tools
from graph.understanding.classifier import Classifier, load_or_train
from graph.understanding.lexicon import Lexicon
from graph.understanding.reader import Reader, Understanding
from integrations.actions import Actions
from integrations.chat import chat_actions
from integrations.demo import open_company
from integrations.demo.faults import start_fault
from integrations.registry import Backends, Deps, build_backends
from runbooks.approvals import Approvals
from runbooks.loader import Library, load
from runbooks.planner import Planner
from runbooks.policy import Mode, load_policy
from runbooks.records import Records
from runbooks.schedules import Schedules
from runbooks.service import Runbooks
from store import turns
from store.engine import Database
from store.records import Turn
from tests.support.clock import ManualClock

ROOT = Path(__file__).parents[2]
MODELS = ROOT / "build" / "models"
DATA = Path(__file__).parent / "data"
RUNBOOKS = ("rollback-service", "restart-service", "provider-failover")


@cache
def classifier() -> Classifier:
    """The classifier of the declared intents, trained once for all tests."""
    MODELS.mkdir(parents=True, exist_ok=True)
    return load_or_train([ROOT / ".venv" / "share" / "llm-copilot" / "models", MODELS], declared_examples())


def slowness() -> float:
    """How much slower this machine is at this moment than where the limits were set; never below 1."""
    best = min(_reference() for _ in range(5))
    return max(1.0, best / 0.0034)


def _reference() -> float:
    start, table = time.thread_time(), {}
    for one in range(20_000):
        table[str(one % 997)] = one
    return time.thread_time() - start


@cache
def catalogue() -> Catalogue:
    return load_catalogue(ROOT / "config" / "catalogue.yaml")


@cache
def people() -> People:
    return load_people(ROOT / "config" / "people.yaml")


def lexicon() -> Lexicon:
    return Lexicon(catalogue(), RUNBOOKS, people().by_id)


@cache
def reader() -> Reader:
    return Reader(classifier(), lexicon(), TRAITS)


def read(text: str, *before: Turn, person: str = "maria", now: float = 1_760_000_000.0) -> Understanding:
    return reader().read(text, before, person, now)


def rows(name: str) -> list[dict[str, Any]]:
    """The texts of a data file of this folder."""
    return [json.loads(line) for line in (DATA / name).read_text(encoding="utf-8").splitlines()]


def a_turn(intent: str, at: float = 1_760_000_000.0, person: str = "maria", **entities: Any) -> Turn:
    return Turn(f"req_{intent}", "c1", person, "before", intent, 1.0, "classifier", entities, at)


class QuietDispatcher:
    """Remembers what was handed in; nothing runs."""

    def __init__(self) -> None:
        self.submitted: list[str] = []
        self.nudges = 0

    async def submit(self, run_id: str) -> None:
        self.submitted.append(run_id)

    def nudge(self) -> None:
        self.nudges += 1


class NoPosts:
    """Nothing is posted: no run executes here."""

    async def post(self, key: str, place: str, body: Mapping[str, Any]) -> None:
        raise AssertionError(f"a post to {place} was not expected")


@dataclass
class World:
    """`say` is a message through the graph, stored as the desk would."""

    database: Database
    clock: ManualClock
    tools: Tools
    thinker: Thinker
    backends: Backends
    dispatcher: QuietDispatcher
    saver: BaseCheckpointSaver[str]
    count: int = field(default=0)

    async def say(self, text: str, as_: str | None = "maria", conversation: str = "c1") -> Outcome:
        self.count += 1
        person: Person | None = self.tools.people.get(as_) if as_ else None
        message = Message(
            id=f"req_{self.count}",
            text=text,
            actor=as_ or "stranger",
            person=person,
            place=f"terminal:{conversation}",
            conversation=conversation,
            at=self.clock.now(),
        )
        outcome = await self.thinker.message(message.id, message)
        await self.database.write(lambda conn: turns.append(conn, outcome.turn))
        return outcome

    async def founded(self) -> None:
        """Give the demo company its past; before anything was asked of it."""
        deps = Deps(self.database, self.clock, catalogue(), people())
        await open_company(deps).found(self.clock.now())

    async def break_something(self, name: str, ago: float = 720.0) -> None:
        """Start a fault of the demo company that began `ago` seconds before now."""
        deps = Deps(self.database, self.clock, catalogue(), people())
        await start_fault(open_company(deps), name, self.clock.now() - ago)

    def as_mode(self, mode: str) -> None:
        self.swap(mode=mode)

    def swap(self, **changes: Any) -> None:
        """Other tools from now on."""
        self.tools = replace(self.tools, **changes)
        self.thinker = build_thinker(self.tools, self.saver)


def build_world(
    database: Database,
    clock: ManualClock,
    mode: Mode = "demo",
    saver: BaseCheckpointSaver[str] | None = None,
    **changes: Any,
) -> World:
    backends = build_backends({"demo": {}}, Deps(database, clock, catalogue(), people()))
    actions = Actions({**backends.actions.by_name, **{one.name: one for one in chat_actions(NoPosts())}})
    library: Library = load([ROOT / "runbooks" / "library"], actions)
    policy = load_policy(ROOT / "config" / "policy.yaml")
    approvals = Approvals(database, people(), policy, clock)
    planner = Planner(library, actions, catalogue(), clock)
    runbooks = Runbooks(database, planner, policy, approvals, people(), clock, mode)
    dispatcher = QuietDispatcher()
    tools = Tools(
        sources=backends.sources,
        catalogue=catalogue(),
        people=people(),
        runbooks=runbooks,
        records=Records(database, actions, policy, catalogue(), clock, mode),
        approvals=approvals,
        dispatcher=dispatcher,
        library=library,
        schedules=Schedules(database, policy, library, catalogue(), clock),
        database=database,
        clock=clock,
        mode=mode,
        classifier=classifier(),
    )
    tools = replace(tools, **changes)
    kept = saver or InMemorySaver()
    return World(database, clock, tools, build_thinker(tools, kept), backends, dispatcher, kept)
