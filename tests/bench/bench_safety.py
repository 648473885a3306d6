"""What safety costs: an approved run of five writes that do nothing, from the click to the end, on SQLite."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import sys
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from app import App
from bot.handling import Handler
from bot.services import Services
from config.settings import Auth, Settings
from graph.build import build_thinker
from graph.intents import declared_examples
from graph.ports import Tools
from graph.understanding.classifier import load_or_train
from integrations.actions import Action, Actions, Change, Context, Happened, Inputs, Output
from runbooks.approvals import Approvals
from runbooks.compiler import Runbook, compile_runbook
from runbooks.dispatcher import InProcessDispatcher
from runbooks.engine import Engine
from runbooks.loader import Library
from runbooks.plan import RunRequest
from runbooks.planner import Planner
from runbooks.policy import load_policy
from runbooks.service import Runbooks
from runbooks.source import read_source
from store import ledger
from store.checkpointer import sqlite_saver
from store.records import Run
from tests.bench.report import Options, Result, Row, at_most
from tests.bench.served import SECRET, place
from tests.chaos.checker import settled

CPU, LATE = 50.0, 100.0
PATIENCE = 30.0
STEPS = "abcde"
BOOK = """
version: 1
name: five
description: Five writes that do nothing.
owner: platform
inputs:
  service: {type: service, required: true}
  environment: {type: environment, default: production}
steps:
""" + "".join(
    f"  - {{id: {step}, uses: nothing.set, with: {{service: '${{{{ inputs.service }}}}', to: {step}}}}}\n"
    for step in STEPS
)


class Target(Inputs):
    service: str
    to: str


class Done(Output):
    version: str


@dataclass
class Nothing:
    """A world in which nothing changes. `first` is when a run's first step called, on the clock of perf_counter."""

    first: dict[str, float] = field(default_factory=dict)
    calls: int = 0

    async def act(self, context: Context, inputs: Target) -> Done:
        self.first.setdefault(context.run_id, time.perf_counter())
        self.calls += 1
        return Done(version=inputs.to)

    async def plan(self, context: Context, inputs: Target) -> Change:
        return Change({"version": ""}, {"version": inputs.to}, (inputs.service,), f"to {inputs.to}")

    async def happened(self, context: Context, inputs: Target, before: Mapping[str, Any]) -> Happened:
        return "cannot tell"

    def actions(self) -> Actions:
        one = Action(
            "nothing.set",
            "write",
            "do nothing",
            Target,
            Done,
            self.act,
            plan=self.plan,
            happened=self.happened,
        )
        return Actions({one.name: one})


@dataclass
class Spent:
    """CPU seconds a run (all threads; the event loop's among them; of asking), seconds from click to first step, how
    the runs ended and how often their actions were called."""

    whole: float = 0.0
    loop: float = 0.0
    asking: float = 0.0
    late: list[float] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)
    calls: int = 0


class Watched(Engine):
    """Says when it is through with a run."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self._watched: dict[str, asyncio.Event] = {}

    def watch(self, run_id: str) -> asyncio.Event:
        return self._watched.setdefault(run_id, asyncio.Event())

    async def execute(self, run: Run) -> None:
        await super().execute(run)
        self.watch(run.id).set()


@dataclass(frozen=True)
class Bench:
    """The application's parts over actions that do nothing. Without `graph`, who approves hands the run in."""

    services: Services
    runbooks: Runbooks
    approvals: Approvals
    engine: Watched
    dispatcher: InProcessDispatcher
    world: Nothing
    graph: bool

    async def one(self, number: int, spent: Spent) -> str:
        """Ask, approve, and wait for the run's end; its id."""
        cpu, people = time.process_time(), self.services.people.by_id
        request = RunRequest("five", {"service": "rag-api"}, "maria", "rest:ses_1", f"req_{number}")
        proposal = await self.runbooks.propose(request, people["maria"])
        spent.asking += time.process_time() - cpu
        run, approval = proposal.run, proposal.approval
        if run is None or approval is None:
            raise AssertionError(f"no approval was asked for: {proposal.verdict}")
        clicked = time.perf_counter()
        await self.approvals.decide(
            approval.id, person=people["priya"], decision="approve", plan_hash=approval.plan_hash, via="rest"
        )
        if not self.graph:
            await self.dispatcher.submit(run.id)
        async with asyncio.timeout(PATIENCE):
            await self.engine.watch(run.id).wait()
        if run.id in self.world.first:
            spent.late.append(self.world.first[run.id] - clicked)
        return run.id

    async def all(self, numbers: range) -> Spent:
        """One after the other, and until the graph has heard of the last end."""
        spent, before = Spent(), self.world.calls
        cpu, loop = time.process_time(), time.thread_time()
        ids = [await self.one(number, spent) for number in numbers]
        async with asyncio.timeout(PATIENCE):
            while self.graph and await self.services.database.read(settled) is not None:
                await asyncio.sleep(0.02)
        each = len(numbers)
        spent.whole, spent.loop = (time.process_time() - cpu) / each, (time.thread_time() - loop) / each
        spent.asking /= each
        spent.calls = self.world.calls - before
        for one in ids:
            row = await self.services.database.read(lambda conn, one=one: ledger.get_run(conn, one))  # type: ignore[misc]
            spent.ended.append(row.status if row else "lost")
        return spent


def run(options: Options) -> Result:
    """200 runs without the graph, 200 with it, one after the other; 20 and 20 in the short form."""
    number = 20 if options.short else 200
    spent = []
    for graph in (False, True):
        with place("sqlite") as (folder, _):
            spent.append(asyncio.run(measure(folder, number, graph=graph)))
    return report(*spent)


def report(engine: Spent, whole: Spent) -> Result:
    """The rows: the promises first, then where it goes."""
    number, ended = len(engine.ended) + len(whole.ended), engine.ended + whole.ended
    wanted, calls = number * len(STEPS), engine.calls + whole.calls
    well = ended == ["succeeded"] * number and calls == wanted
    beside = f"{len(engine.ended)} runs; {1000 * engine.loop:.1f} of it on the event loop"
    p50, p95, most = (1000 * _quantile(whole.late, share) for share in (0.5, 0.95, 1.0))
    words = f"p50 {p50:.1f}, longest {most:.1f}; {len(whole.late)} approvals"
    result = Result("safety", "The cost of safety", "python -m tests.bench --only safety")
    result.rows = [
        at_most("engine CPU of an approved run of five steps", CPU, 1000 * engine.whole, "ms", beside, 1),
        at_most("approval click to first step, p95", LATE, p95, "ms", words, 1),
        Row(
            "every run succeeded, each step called once",
            f"{ended.count('succeeded')} of {number}, {calls} of {wanted} steps",
            well,
        ),
        Row("of the engine CPU: plan, judge, open the approval", f"{1000 * engine.asking:.1f} ms"),
        Row("of it: decision, claim, five steps, end", f"{1000 * (engine.whole - engine.asking):.1f} ms"),
        Row(
            "with the graph, which hears of decision and end",
            f"{1000 * whole.whole:.1f} ms CPU; {1000 * whole.loop:.1f} of it on the event loop",
        ),
    ]
    result.notes = [
        "Engine CPU: propose, approve, hand in, claim, five writes whose actions do nothing, end; all threads, with "
        "those of the database, on SQLite in one process. The click is the call of Approvals.decide, the first step "
        "the call of its action, after its `started` row is committed; between them the graph hears of the decision "
        "from the inbox and hands the run in, as in `serve`. HTTP and the chat are not in it. One run at a time."
    ]
    return result


async def measure(folder: Path, number: int, warm: int = 5, *, graph: bool) -> Spent:
    """`number` runs after `warm` that are not counted."""
    async with _opened(folder, graph) as bench:
        await bench.all(range(warm))
        return await bench.all(range(warm, warm + number))


@contextlib.asynccontextmanager
async def _opened(folder: Path, graph: bool) -> AsyncIterator[Bench]:
    auth = Auth(secret=SecretStr(SECRET))
    settings = Settings.model_construct(mode="demo", data_dir=folder / "data", auth=auth)
    async with App().open(work=False, settings=settings) as services, contextlib.AsyncExitStack() as stack:
        bench, library = _built(services, graph)
        await bench.dispatcher.start()
        stack.push_async_callback(bench.dispatcher.stop)
        if graph:
            saver = await stack.enter_async_context(sqlite_saver(folder / "data" / "graph.db"))
            folders = [Path(sys.prefix) / "share" / "llm-copilot" / "models", folder / "models"]
            tools = Tools(
                sources=services.sources, catalogue=services.catalogue, people=services.people,
                runbooks=bench.runbooks, records=services.records, approvals=bench.approvals,
                dispatcher=bench.dispatcher, library=library, schedules=services.schedules,
                database=services.database, clock=services.clock, mode="demo",
                classifier=load_or_train(folders, declared_examples()),
            )  # fmt: skip
            services.desk.start(Handler(services.database, services.identity, build_thinker(tools, saver)))
            stack.push_async_callback(services.desk.stop)
        gc.collect()
        yield bench


def _built(services: Services, graph: bool) -> tuple[Bench, Library]:
    """What app.py builds, over other actions and one runbook."""
    database, people, clock, world = services.database, services.people, services.clock, Nothing()
    actions = world.actions()
    built = compile_runbook(read_source(BOOK).content, actions)
    if not isinstance(built, Runbook):
        raise AssertionError(built)
    library = Library({built.id: built})
    policy = load_policy(services.settings.file("policy.yaml"))

    def changed(run_id: str) -> None:
        services.live.nudge(run_id)
        services.desk.nudge()

    approvals = Approvals(database, people, policy, clock, nudge=services.desk.nudge)
    planner = Planner(library, actions, services.catalogue, clock)
    engine = Watched(database, actions, policy, people, clock, "demo", changed)
    dispatcher = InProcessDispatcher(engine, database, services.wall, "safety-0-0", approvals)
    runbooks = Runbooks(database, planner, policy, approvals, people, clock, "demo", changed)
    return Bench(services, runbooks, approvals, engine, dispatcher, world, graph), library


def _quantile(some: Sequence[float], share: float) -> float:
    """0 of nothing: what did not begin is told by the other row."""
    ordered = sorted(some)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0
