"""Builds the application from its rooms and hands everything down; the command line. Seen by no room."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import importlib
import logging
import os
import socket
import sqlite3
import sys
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from config.errors import CopilotError, SettingsError

if TYPE_CHECKING:
    from bot.charts import Charts
    from bot.desk import Desk
    from bot.handling import Handler
    from bot.live import Live
    from bot.outbox import Outbox
    from bot.services import Services
    from bot.stream import Streams
    from config.catalogue import Catalogue
    from config.clock import Clock
    from config.people import People
    from config.redaction import Redactor
    from config.settings import Settings
    from graph.llm.model import LanguageModel
    from integrations.registry import Backends
    from runbooks.approvals import Approvals
    from runbooks.dispatcher import InProcessDispatcher
    from runbooks.engine import Engine
    from runbooks.policy import Policy
    from store.engine import Database

log = logging.getLogger("app")
TRY_AGAIN = 5.0
SHIPPED = Path(__file__).parent / "runbooks" / "library"

#: verb → (where its command is, what help says): one line each, loaded only when it is called
VERBS: dict[str, tuple[str, str]] = {
    "serve": ("bot.terminal.serve:serve", "Start every configured face (the default)."),
    "chat": ("bot.terminal.chat:chat", "Talk to the bot; with TEXT, one message and its answer."),
    "demo": (
        "bot.terminal.demo:demo",
        "Play the whole story in under a minute; break and mend the demo fleet.",
    ),
    "runbook": ("bot.terminal.runbook:runbook", "List, show, lint, plan and run runbooks."),
    "approvals": ("bot.terminal.approvals:approvals", "See what waits for approval; approve or deny."),
    "audit": ("bot.terminal.audit:audit", "Verify the audit chain; export it."),
    "doctor": ("bot.terminal.doctor:doctor", "Check every setting, integration and face."),
    "token": ("bot.terminal.token:token", "Make a signed access token for REST."),
    "migrate": ("bot.terminal.migrate:migrate", "Bring the database to this version."),
}


class Verbs(click.Group):
    """Loads a verb's module when the verb is called: `--help` answers at once."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in VERBS:
            return None
        module, _, name = VERBS[cmd_name][0].partition(":")
        command = getattr(importlib.import_module(module), name)
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(verb, summary) for verb, (_, summary) in VERBS.items()])


class App:
    """How verbs get at settings and running services (bot/terminal/context.py: Opener)."""

    def __init__(self) -> None:
        self._settings: Settings | None = None

    def settings(self) -> Settings:
        """Raises SettingsError."""
        if self._settings is None:
            from config.settings import load_settings

            self._settings = load_settings()
        return self._settings

    @contextlib.asynccontextmanager
    async def open(
        self,
        *,
        work: bool,
        chat: bool = True,
        clock: Clock | None = None,
        settings: Settings | None = None,
    ) -> AsyncIterator[Services]:
        """The whole application, started in order and unwound in reverse.

        With `work` this process takes messages (`chat`) and runs; without, it only reads and decides.
        """
        chosen = settings or self.settings()
        async with contextlib.AsyncExitStack() as stack:
            yield await _build(stack, chosen, work=work, chat=chat, clock=clock)


@dataclass(frozen=True)
class _Base:
    """What everything else stands on."""

    clock: Clock
    wall: Clock
    owner: str
    people: People
    catalogue: Catalogue
    database: Database
    live: Live
    outbox: Outbox
    desk: Desk
    waiting: list[str]
    redact: Redactor
    streams: Streams
    model: LanguageModel | None
    charts: Charts

    def changed(self, run_id: str) -> None:
        """The ledger has something new of that run: who watches it and the graph are to look."""
        self.live.nudge(run_id)
        self.desk.nudge()


async def _base(
    stack: contextlib.AsyncExitStack, settings: Settings, clock: Clock | None, stamp: Mapping[str, Any]
) -> _Base:
    from bot.charts import Charts
    from bot.desk import Desk
    from bot.live import Live
    from bot.outbox import Outbox
    from bot.stream import Streams
    from config.catalogue import load_catalogue
    from config.clock import SystemClock
    from config.own_secrets import own_secrets
    from config.people import load_people
    from config.redaction import Redactor, redact_logs
    from config.settings import signing_key
    from graph.llm.model import open_model

    _make_folder(settings.data_dir)
    wall = SystemClock()
    people = load_people(settings.file("people.yaml"))
    catalogue = load_catalogue(settings.file("catalogue.yaml"))
    redact, streams = Redactor(own_secrets(settings, os.environ, signing_key(settings))), Streams()
    redact_logs(redact)
    database = await _database(stack, settings, wall, stamp, redact)
    owner = f"{socket.gethostname()}-{os.getpid()}-{os.urandom(3).hex()}"
    outbox = Outbox(database, wall, owner)
    stack.push_async_callback(outbox.stop)
    waiting, charts = list[str](), Charts()
    stack.push_async_callback(charts.stop)
    desk = Desk(
        database, clock or wall, wall, owner, outbox.nudge, lambda: waiting, redact=redact, over=streams.end
    )
    return _Base(
        clock or wall, wall, owner, people, catalogue, database, Live(), outbox, desk, waiting, redact, streams,
        open_model(stack, settings.llm, database, wall, redact), charts,
    )  # fmt: skip


async def _backends(stack: contextlib.AsyncExitStack, base: _Base, settings: Settings) -> Backends:
    """Opened; closed with the stack."""
    from integrations.registry import Deps, build_backends

    deps = Deps(base.database, base.clock, base.catalogue, base.people, settings.demo.seed)
    configured = {"demo": {"incident": settings.demo.incident}} if settings.mode == "demo" else {}
    backends = build_backends(configured, deps)
    stack.push_async_callback(backends.close)
    await backends.start()
    return backends


def _dispatcher(base: _Base, engine: Engine, approvals: Approvals, policy: Policy) -> InProcessDispatcher:
    from runbooks.dispatcher import InProcessDispatcher
    from runbooks.reminders import Reminders

    reminders = Reminders(base.database, base.people, policy, base.outbox, base.clock)
    chores = (reminders.tick,)
    return InProcessDispatcher(engine, base.database, base.wall, base.owner, approvals, chores=chores)


async def _build(
    stack: contextlib.AsyncExitStack, settings: Settings, *, work: bool, chat: bool, clock: Clock | None
) -> Services:
    from bot.identity import Identity
    from bot.services import Services
    from config.settings import signing_key
    from integrations.actions import Actions
    from integrations.chat import chat_actions
    from runbooks.approvals import Approvals
    from runbooks.engine import Engine
    from runbooks.loader import load
    from runbooks.planner import Planner
    from runbooks.policy import load_policy
    from runbooks.records import Records
    from runbooks.schedules import Schedules
    from runbooks.service import Runbooks

    key, mode = signing_key(settings), settings.mode
    policy = load_policy(settings.file("policy.yaml"))
    base = await _base(stack, settings, clock, policy.stamp())
    database, people, now = base.database, base.people, base.clock
    backends = await _backends(stack, base, settings)
    actions = Actions({**backends.actions.by_name, **{one.name: one for one in chat_actions(base.outbox)}})
    library = load(_runbook_folders(settings), actions, shipped=SHIPPED)
    changed = base.changed
    approvals = Approvals(database, people, policy, now, nudge=base.desk.nudge)
    planner = Planner(library, actions, base.catalogue, now)
    engine = Engine(database, actions, policy, people, now, mode, changed)
    dispatcher = _dispatcher(base, engine, approvals, policy)
    services = Services(
        settings=settings, database=database, desk=base.desk, outbox=base.outbox, live=base.live,
        identity=Identity(people, mode), approvals=approvals, dispatcher=dispatcher, library=library,
        runbooks=Runbooks(database, planner, policy, approvals, people, now, mode, changed),
        records=Records(database, actions, policy, base.catalogue, now, mode),
        catalogue=base.catalogue, people=people, actions=actions, sources=backends.sources,
        schedules=Schedules(database, policy, library, base.catalogue, now, base.desk.nudge),
        health={**backends.health, **({"language model": base.model.check} if base.model else {})},
        clock=now, wall=base.wall, token_key=key, not_ready=lambda: list(base.waiting),
        redact=base.redact, streams=base.streams, model=base.model, charts=base.charts,
    )  # fmt: skip
    if work:
        await _start_work(stack, dispatcher, services)
    if work and chat:
        base.waiting.append("The graph and the intent classifier are still loading.")
        await _start_thinking(stack, services, base.waiting)
    return services


async def _start_work(
    stack: contextlib.AsyncExitStack, dispatcher: InProcessDispatcher, services: Services
) -> None:
    """Runs are taken, and what is scheduled is handed to the desk."""
    from bot.clock import ringing

    await dispatcher.start()
    stack.push_async_callback(dispatcher.stop)
    await stack.enter_async_context(ringing(services.schedules))


async def _start_thinking(stack: contextlib.AsyncExitStack, services: Services, waiting: list[str]) -> None:
    """Load the graph beside everything else, so that the port is open at once; rows wait in the inbox meanwhile."""
    stack.push_async_callback(services.desk.stop)
    ended = asyncio.Event()

    async def think() -> None:
        async with contextlib.AsyncExitStack() as inner:
            while not ended.is_set():
                try:
                    services.desk.start(await _handler(inner, services))
                    _settle_memory()
                    waiting.clear()
                    await ended.wait()
                except CopilotError as err:
                    log.error("the graph cannot be loaded, trying again: %s", err)
                    waiting[:] = [str(err)]
                    with contextlib.suppress(TimeoutError):
                        async with asyncio.timeout(TRY_AGAIN):
                            await ended.wait()

    def over(task: asyncio.Task[None]) -> None:
        if not task.cancelled() and task.exception() is not None:
            log.error("the graph cannot be loaded", exc_info=task.exception())
            waiting[:] = ["The graph could not be loaded; the log says why."]

    task = asyncio.create_task(think(), name="thinking")
    task.add_done_callback(over)

    async def stop() -> None:
        ended.set()
        await asyncio.gather(task, return_exceptions=True)

    stack.push_async_callback(stop)


def _settle_memory() -> None:
    """What was loaded stays: the collector need not walk it again, which would stop the loop each time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


async def _handler(stack: contextlib.AsyncExitStack, services: Services) -> Handler:
    build = await asyncio.to_thread(importlib.import_module, "graph.build")
    from bot.handling import Handler
    from graph.intents import declared_examples
    from graph.ports import Tools
    from graph.understanding.classifier import load_or_train

    settings, database = services.settings, services.database
    folders = [Path(sys.prefix) / "share" / "llm-copilot" / "models", settings.data_dir / "models"]
    classifier = await asyncio.to_thread(load_or_train, folders, declared_examples())
    if database.dialect == "sqlite":
        from store.checkpointer import sqlite_saver

        saver = await stack.enter_async_context(sqlite_saver(settings.data_dir / "graph.db"))
        broken: tuple[type[Exception], ...] = (sqlite3.Error,)
    else:
        import psycopg
        import psycopg_pool

        from store.checkpointer_postgres import postgres_saver

        saver = await stack.enter_async_context(postgres_saver(database.url))
        broken = (psycopg.Error, psycopg_pool.PoolTimeout)
    tools = Tools(
        sources=services.sources, catalogue=services.catalogue, people=services.people, runbooks=services.runbooks,
        records=services.records, approvals=services.approvals, dispatcher=services.dispatcher,
        library=services.library, schedules=services.schedules, database=database, clock=services.clock,
        mode=settings.mode, classifier=classifier, stream=services.streams,
    )  # fmt: skip
    thinker = build.build_thinker(tools, saver, broken)
    await thinker.warm()
    if services.model is not None:  # only now, so that warming up asks it nothing
        services.model.start()
        thinker = build.build_thinker(replace(tools, model=services.model), saver, broken)
    return Handler(database, services.identity, thinker)


async def _database(
    stack: contextlib.AsyncExitStack,
    settings: Settings,
    wall: Clock,
    stamp: Mapping[str, Any],
    redact: Redactor,
) -> Database:
    """Open it and bring it to this version, unless other workers run on an older one. Raises StoreError."""
    from store import workers
    from store.engine import Database
    from store.migrate import check, current, upgrade

    database = await stack.enter_async_context(Database(settings.database, wall, stamp=stamp, redact=redact))
    alone = await database.read(lambda conn: current(conn) is None or not workers.live(conn, wall.now()))
    if alone:
        await upgrade(database)
    await check(database)
    return database


def _runbook_folders(settings: Settings) -> list[Path]:
    own = [settings.config_dir / "runbooks"] if settings.config_dir is not None else []
    return [SHIPPED, *(folder for folder in own if folder.is_dir())]


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as err:
        raise SettingsError(
            f"COPILOT_DATA_DIR is {folder}, which cannot be made ({err.strerror}). Choose another."
        ) from err


@click.group(cls=Verbs, invoke_without_command=True)
@click.version_option("0.1.0", prog_name="llm-copilot")
@click.pass_context
def cli(ctx: click.Context) -> None:
    """A chat-ops bot for teams that run LLM services: every change shown before, approved by someone else,
    verified after. Without a verb it serves."""
    ctx.obj = App()
    if ctx.invoked_subcommand is None:
        command = cli.get_command(ctx, "serve")
        assert command is not None
        ctx.invoke(command)


def main() -> None:
    """The installed command `llm-copilot`."""
    cli(prog_name="llm-copilot")


if __name__ == "__main__":
    main()
