"""Where the CPU of one message goes: each stage's real function on the mix, in this process, on SQLite.

What runs together in a server runs together here: writes go in groups of as many as wait at once.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from aiohttp import web
from langgraph.checkpoint.memory import InMemorySaver
from pydantic import SecretStr

from app import App
from bot.desk import Incoming
from bot.http.web import make_web
from bot.services import Services
from config.settings import Auth, Settings
from graph.build import build_thinker
from graph.intents import BY_NAME, declared_examples
from graph.message import Message, Outcome
from graph.nodes.classify import Classify
from graph.nodes.gather import Gather
from graph.ports import Tools
from graph.understanding.classifier import load_or_train
from store import inbox, outbox, turns
from tests.bench.load import Plan, generate
from tests.bench.mix import shuffled
from tests.bench.report import Options
from tests.bench.served import SECRET, free_port, place

TOGETHER = 32
OWNER = "stages-0-0"


@dataclass(frozen=True)
class Stage:
    """`cpu` is seconds a message, all threads of the process."""

    name: str
    cpu: float
    what: str


class Canned:
    """A desk that knows its answer: what is left is HTTP."""

    def __init__(self, body: Mapping[str, Any]) -> None:
        self._body = body

    async def ask(self, incoming: Incoming, patience: float = 30.0) -> Mapping[str, Any]:
        return self._body


async def measure(options: Options) -> list[Stage]:
    """Each stage on the whole mix, five times over (once in the short form)."""
    with place("sqlite") as (folder, _):
        async with _opened(folder) as (services, tools):
            rounds = 1 if options.short else 5
            said = shuffled(options.seed) * rounds
            messages = [_message(services, number, text) for number, (_, text) in enumerate(said)]
            ids, stored = await _inbox(services, messages)
            messages = [replace(one, id=name) for one, name in zip(messages, ids, strict=True)]
            stages = [stored, *await _nodes(services, tools, messages)]
            outcomes, thought = await _graph(tools, messages)
            nodes = sum(stage.cpu for stage in stages[1:])
            kept = await _keep(services, messages, outcomes)
            rest = Stage(
                "plan, answer, graph",
                thought - nodes,
                f"what is left of {1000 * thought:.2f} ms in the graph",
            )
            http = await _http(folder, services, outcomes[0].reply.body(), options)
            return [http, *stages, rest, kept]


@contextlib.asynccontextmanager
async def _opened(folder: Path) -> AsyncIterator[tuple[Services, Tools]]:
    auth = Auth(secret=SecretStr(SECRET))
    settings = Settings.model_construct(mode="demo", data_dir=folder / "data", auth=auth)
    async with App().open(work=False, settings=settings) as services:
        folders = [Path(sys.prefix) / "share" / "llm-copilot" / "models", folder / "models"]
        tools = Tools(
            sources=services.sources,
            catalogue=services.catalogue,
            people=services.people,
            runbooks=services.runbooks,
            records=services.records,
            approvals=services.approvals,
            dispatcher=services.dispatcher,
            library=services.library,
            schedules=services.schedules,
            database=services.database,
            clock=services.clock,
            mode="demo",
            classifier=load_or_train(folders, declared_examples()),
        )
        await build_thinker(tools, InMemorySaver()).message("req_0", _message(services, 0, "help"))
        gc.collect()
        gc.freeze()
        yield services, tools


def _message(services: Services, number: int, text: str) -> Message:
    conversation = f"stage{number % TOGETHER}"
    person = services.people.by_id["maria"]
    return Message(
        f"req_{number}", text, "maria", person, f"rest:{conversation}", conversation, services.clock.now()
    )


async def _spent(calls: Sequence[Callable[[], Awaitable[Any]]]) -> tuple[list[Any], float]:
    """Results and CPU seconds of each call, `TOGETHER` at once."""
    began, results = time.process_time(), []
    for first in range(0, len(calls), TOGETHER):
        results += await asyncio.gather(*(call() for call in calls[first : first + TOGETHER]))
    return results, (time.process_time() - began) / len(calls)


async def _inbox(services: Services, messages: Sequence[Message]) -> tuple[list[str], Stage]:
    def one(number: int, message: Message) -> Callable[[], Awaitable[Any]]:
        incoming = Incoming(
            "rest", f"stage_{number}", message.text, "maria", message.place, message.conversation
        )
        payload = {**incoming.payload(), "at": message.at}
        return lambda: services.database.write(
            lambda conn: inbox.receive(
                conn,
                source="rest",
                event_id=incoming.event_id,
                kind="message",
                lane=None,
                payload=payload,
                now=message.at,
                owner=OWNER,
            )
        )

    got, cpu = await _spent([one(number, message) for number, message in enumerate(messages)])
    return [one.id for one in got], Stage("inbox", cpu, f"stored and claimed, up to {TOGETHER} in one commit")


async def _nodes(services: Services, tools: Tools, messages: Sequence[Message]) -> list[Stage]:
    def before(message: Message) -> Callable[[], Awaitable[Any]]:
        return lambda: services.database.read(lambda conn: turns.last(conn, message.conversation, 4))

    earlier, looked = await _spent([before(message) for message in messages])
    classify, gather = Classify(tools), Gather(tools)
    states: list[Any] = [
        {"kind": "message", "request_id": message.id, "message": message, "turns": found}
        for message, found in zip(messages, earlier, strict=True)
    ]
    read, reading = await _spent([partial(classify, state) for state in states])
    states = [{**state, **more} for state, more in zip(states, read, strict=True)]
    asking = [state for state in states if "answer" not in state and _facts(state)]
    _, gathering = await _spent([partial(gather, state) for state in asking])
    share = len(asking) / len(states)
    return [
        Stage("earlier turns", looked, "read from the database"),
        Stage("reading", reading, "commands, classifier, entities"),
        Stage("gather", gathering * share, f"{1000 * gathering:.2f} ms where it is done, {share:.0%}"),
    ]  # fmt: skip


def _facts(state: Any) -> bool:
    return BY_NAME[state["ask"].reading.intent].facts is not None


async def _graph(tools: Tools, messages: Sequence[Message]) -> tuple[list[Outcome], float]:
    thinker = build_thinker(tools, InMemorySaver())
    return await _spent([partial(thinker.message, one.id, one) for one in messages])


async def _keep(services: Services, messages: Sequence[Message], outcomes: Sequence[Outcome]) -> Stage:
    def one(message: Message, outcome: Outcome) -> Callable[[], Awaitable[Any]]:
        def work(conn: Any) -> None:
            assert inbox.finish(conn, message.id, OWNER, message.at)
            turns.append(conn, outcome.turn)
            outbox.put(
                conn,
                key=f"reply:{message.id}",
                place=message.place,
                kind="reply",
                body=outcome.reply.body(),
                now=message.at,
                read_there=True,
            )

        return lambda: services.database.write(work)

    pairs = zip(messages, outcomes, strict=True)
    _, cpu = await _spent([one(message, outcome) for message, outcome in pairs])
    return Stage("keep", cpu, "row done, turn and answer stored, in one commit")


async def _http(folder: Path, services: Services, body: Mapping[str, Any], options: Options) -> Stage:
    desk: Any = Canned(body)
    runner = web.AppRunner(make_web(replace(services, desk=desk)), access_log=None)
    await runner.setup()
    port = free_port()
    try:
        await web.TCPSite(runner, "127.0.0.1", port).start()
        plan = Plan(port, (os.getpid(),), 300 if options.short else 2_000, 100, TOGETHER, seed=options.seed)
        found = await asyncio.to_thread(generate, folder, plan)
    finally:
        await runner.cleanup()
    return Stage(
        "HTTP, token, JSON", found.cpu / found.sent, "the real routes before a desk that knows its answer"
    )
