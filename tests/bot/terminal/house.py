"""An application for the verbs to open: real rooms on an SQLite file, the small world and thinker of the REST tests."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import click
from click.testing import CliRunner, Result
from pydantic import SecretStr

from bot.charts import Charts
from bot.desk import Desk
from bot.handling import Handler
from bot.identity import Identity
from bot.live import Live
from bot.outbox import Outbox
from bot.services import Services
from config.catalogue import load_catalogue
from config.clock import Clock, SystemClock
from config.people import load_people
from config.settings import Mode, Settings
from integrations.demo import open_company
from integrations.demo.sources import demo_sources
from integrations.registry import Deps, Health
from runbooks.approvals import Approvals
from runbooks.dispatcher import InProcessDispatcher
from runbooks.engine import Engine
from runbooks.loader import load
from runbooks.planner import Planner
from runbooks.policy import load_policy
from runbooks.records import Records
from runbooks.schedules import Schedules
from runbooks.service import Runbooks
from store.engine import Database
from tests.bot.http.world import Parrot, World, write_runbooks

CONFIG = Path(__file__).parents[3] / "config"
KEY = b"t" * 32


@dataclass
class House:
    """An Opener (bot/terminal/context.py). `opened` are the services that are open now."""

    url: str
    folder: Path
    mode: Mode = "demo"
    token: str | None = None
    fail: Exception | None = None
    health: Mapping[str, Health] = field(default_factory=dict)
    world: World = field(default_factory=World)
    opened: list[Services] = field(default_factory=list)

    def settings(self) -> Settings:
        return Settings(
            mode=self.mode,
            data_dir=self.folder / "data",
            database_url=self.url,
            token=SecretStr(self.token) if self.token else None,
        )

    @contextlib.asynccontextmanager
    async def open(
        self, *, work: bool, chat: bool = True, clock: Clock | None = None, settings: Settings | None = None
    ) -> AsyncIterator[Services]:
        if self.fail is not None:
            raise self.fail
        async with contextlib.AsyncExitStack() as stack:
            services = await self._build(stack, settings or self.settings(), work and chat)
            self.opened.append(services)
            yield services
            self.opened.remove(services)

    async def _build(self, stack: contextlib.AsyncExitStack, settings: Settings, chat: bool) -> Services:
        wall = SystemClock()
        people, catalogue = load_people(CONFIG / "people.yaml"), load_catalogue(CONFIG / "catalogue.yaml")
        database = await stack.enter_async_context(Database(settings.database, wall))
        identity, live = Identity(people, settings.mode), Live(0.02)
        folder = self.folder / "runbooks"
        actions = self.world.actions()
        library = load([folder if folder.exists() else write_runbooks(folder)], actions)
        policy = load_policy(CONFIG / "policy.yaml")
        planner = Planner(library, actions, catalogue, wall)
        outbox = Outbox(database, wall, "here", poll=0.02)
        desk = Desk(database, wall, wall, "here", outbox.nudge)
        approvals = Approvals(database, people, policy, wall, desk.nudge)
        runbooks = Runbooks(database, planner, policy, approvals, people, wall, settings.mode, live.nudge)
        engine = Engine(database, actions, policy, people, wall, settings.mode, live.nudge)
        dispatcher = InProcessDispatcher(engine, database, wall, "here", approvals, poll=0.02)
        sources = demo_sources(open_company(Deps(database, wall, catalogue, people)))
        checks = {name: (lambda told=told: _told(told)) for name, told in self.health.items()}
        services = Services(
            settings=settings, database=database, desk=desk, outbox=outbox, live=live,
            charts=Charts(available=False), schedules=Schedules(database, policy, library, catalogue, wall),
            identity=identity, runbooks=runbooks, approvals=approvals, dispatcher=dispatcher, library=library,
            catalogue=catalogue, people=people, sources=sources, clock=wall, wall=wall, token_key=KEY,
            not_ready=list, actions=actions, health=checks,
            records=Records(database, actions, policy, catalogue, wall, settings.mode),
        )  # fmt: skip
        stack.push_async_callback(outbox.stop)
        if chat:
            desk.start(Handler(database, identity, Parrot(database, runbooks, dispatcher)))
            stack.push_async_callback(desk.stop)
        await dispatcher.start()
        stack.push_async_callback(dispatcher.stop)
        return services


async def _told(health: Health) -> Health:
    return health


def call(house: object, verb: click.Command, *words: str, stdin: str | None = None) -> Result:
    """The verb as typed; stdout and stderr apart."""
    return CliRunner().invoke(verb, words, obj=house, input=stdin)
