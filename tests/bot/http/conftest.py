"""A web application on real rooms: SQLite file, desk, policy, engine; only the world and the thinking are small."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from yarl import URL

from bot.charts import Charts
from bot.desk import Desk
from bot.handling import Handler
from bot.http.auth import issue
from bot.http.web import make_web
from bot.identity import Identity
from bot.live import Live
from bot.outbox import Outbox
from bot.services import Services
from config.catalogue import load_catalogue
from config.clock import SystemClock
from config.people import load_people
from config.settings import Settings
from integrations.ports import Sources
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
Client = TestClient[web.Request, web.Application]


@dataclass
class Api:
    """One running application and its people's calls."""

    client: Client
    services: Services

    def headers(self, person: str, roles: str = "", **more: str) -> dict[str, str]:
        """A person's token; with no `roles`, all that the person has."""
        own = self.services.people.by_id[person].roles
        token = issue(
            self.services.token_key, person, roles.split() or own, 3600, now=self.services.wall.now()
        )
        return {
            "Authorization": f"Bearer {token}",
            **{key.replace("_", "-"): one for key, one in more.items()},
        }

    async def call(
        self, method: str, path: str, person: str = "maria", json: Any = None, **headers: str
    ) -> tuple[int, Any]:
        """Status and JSON of one request."""
        sent = self.headers(person, **headers)
        async with self.client.request(method, f"/api/v1{path}", json=json, headers=sent) as answer:
            return answer.status, await answer.json() if answer.status != 204 else None

    async def session(self, person: str = "maria") -> str:
        status, body = await self.call("POST", "/sessions", person, {})
        assert status == 201
        return str(body["id"])

    async def say(self, session: str, text: str, person: str = "maria", **headers: str) -> tuple[int, Any]:
        return await self.call("POST", "/messages", person, {"session_id": session, "text": text}, **headers)

    async def pages(self, path: str, person: str = "maria") -> list[Any]:
        """Every item of a list, by following the Link headers."""
        seen: list[Any] = []
        following: str | URL | None = f"/api/v1{path}"
        while following is not None:
            async with self.client.get(following, headers=self.headers(person)) as answer:
                assert answer.status == 200
                seen.extend(await answer.json())
                link = answer.links.get("next")
            following = None if link is None else URL(link["url"]).relative()
        return seen

    async def until(self, path: str, done: Callable[[Any], bool], person: str = "maria") -> Any:
        """Ask until the answer is as wanted, ten seconds at most."""
        async with asyncio.timeout(10):
            while True:
                _, body = await self.call("GET", path, person)
                if done(body):
                    return body
                await asyncio.sleep(0.02)


@dataclass
class Stage(Api):
    """An application on the small world, which a test may look at."""

    world: World
    parrot: Parrot


async def build(stack: AsyncExitStack, url: str, folder: Path) -> tuple[Services, World, Parrot]:
    """The rooms, started; unwound by the stack."""
    wall = SystemClock()
    people, catalogue = load_people(CONFIG / "people.yaml"), load_catalogue(CONFIG / "catalogue.yaml")
    database = await stack.enter_async_context(Database(url, wall))
    world, identity, live = World(), Identity(people, "demo"), Live(0.02)
    library = load([write_runbooks(folder / "runbooks")], world.actions())
    policy = load_policy(CONFIG / "policy.yaml")
    planner = Planner(library, world.actions(), catalogue, wall)
    outbox = Outbox(database, wall, "here")
    desk = Desk(database, wall, wall, "here", outbox.nudge)
    approvals = Approvals(database, people, policy, wall, desk.nudge)
    runbooks = Runbooks(database, planner, policy, approvals, people, wall, "demo", live.nudge)
    engine = Engine(database, world.actions(), policy, people, wall, "demo", live.nudge)
    dispatcher = InProcessDispatcher(
        engine=engine, database=database, wall=wall, owner="here", approvals=approvals, poll=0.05
    )
    parrot = Parrot(database, runbooks, dispatcher)
    services = Services(
        settings=Settings(data_dir=folder), database=database, desk=desk, outbox=outbox, live=live,
        charts=Charts(available=False), schedules=Schedules(database, policy, library, catalogue, wall),
        identity=identity, runbooks=runbooks, approvals=approvals, dispatcher=dispatcher, library=library,
        catalogue=catalogue, people=people, sources=Sources(), clock=wall, wall=wall, token_key=KEY,
        not_ready=list, actions=world.actions(), health={},
        records=Records(database, world.actions(), policy, catalogue, wall, "demo"),
    )  # fmt: skip
    desk.start(Handler(database, identity, parrot))
    stack.push_async_callback(desk.stop)
    await dispatcher.start()
    stack.push_async_callback(dispatcher.stop)
    return services, world, parrot


@pytest.fixture
async def stage(sqlite_url: str, tmp_path: Path) -> AsyncIterator[Stage]:
    async with AsyncExitStack() as stack:
        services, world, parrot = await build(stack, sqlite_url, tmp_path)
        client = await stack.enter_async_context(TestClient(TestServer(make_web(services))))
        yield Stage(client, services, world, parrot)
