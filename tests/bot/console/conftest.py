"""A browser without a screen: real rooms, real cookies, and the forms that the pages really carry."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer

from bot.charts import Charts
from bot.http.auth import issue
from bot.http.web import ACCESS, make_web
from bot.services import Services
from integrations.demo import open_company
from integrations.demo.sources import demo_sources
from integrations.registry import Deps
from tests.bot.http.conftest import Client, build
from tests.bot.http.world import Parrot, World


@dataclass
class Seen:
    """One answer: the page's text as it was sent."""

    status: int
    text: str
    headers: Any

    @property
    def csrf(self) -> str:
        found = re.search(r'name="csrf" (?:content|value)="(\w+)"', self.text)
        return found.group(1) if found else ""

    def value(self, name: str) -> str:
        """The value of the first field of that name."""
        found = re.search(rf'name="{re.escape(name)}" value="([^"]*)"', self.text)
        assert found is not None, f"no field {name}"
        return unescape(found.group(1))


@dataclass
class Tab:
    """One browser of one person, at one running application."""

    client: Client
    services: Services
    world: World
    parrot: Parrot
    csrf: str = ""

    @property
    def origin(self) -> str:
        return str(self.client.make_url("/")).rstrip("/")

    async def get(self, path: str, **headers: str) -> Seen:
        sent = {name.replace("_", "-"): one for name, one in headers.items()}
        async with self.client.get(path, headers=sent, allow_redirects=False) as answer:
            seen = Seen(answer.status, await answer.text(), answer.headers)
        self.csrf = seen.csrf or self.csrf
        return seen

    async def post(self, path: str, headers: Any = None, **form: str) -> Seen:
        """As a form of ours sends it; `headers` may spoil that."""
        sent = {"Origin": self.origin, **(headers or {})}
        body = {"csrf": self.csrf, **{name.replace("__", "."): one for name, one in form.items()}}
        async with self.client.post(path, data=body, headers=sent, allow_redirects=False) as answer:
            return Seen(answer.status, await answer.text(), answer.headers)

    async def enter(self, person: str = "maria") -> Tab:
        """Sign in by the link that serve prints, or as another person by a token."""
        access = self.client.app[ACCESS]
        if person == "maria" and access.link is not None:
            assert (await self.get(f"/hello/{access.link}")).status == 303
        else:
            roles = self.services.people.by_id[person].roles
            token = issue(self.services.token_key, person, roles, 3600, now=self.services.wall.now())
            assert (await self.post("/sign-in", token=token)).status == 303
        await self.get("/")
        return self

    async def proposed(self) -> str:
        """Somebody's rollback that waits for approval: its approval's id."""
        seen = await self.post(
            "/runbooks/roll-back/runs",
            in__service="rag-api",
            in__environment="production",
            do="run",
            once="o1",
        )
        assert seen.status == 303, seen.text
        return str(seen.headers["Location"]).partition("?")[0].rpartition("/")[2]


@pytest.fixture
async def tab(sqlite_url: str, tmp_path: Path) -> AsyncIterator[Tab]:
    """Nobody is signed in yet."""
    async with AsyncExitStack() as stack:
        services, world, parrot = await build(stack, sqlite_url, tmp_path)
        company = open_company(
            Deps(services.database, services.clock, services.catalogue, services.people, seed=7)
        )
        await company.found(services.clock.now())
        charts = Charts()
        stack.push_async_callback(charts.stop)
        services = replace(services, sources=demo_sources(company), charts=charts)
        client = await stack.enter_async_context(TestClient(TestServer(make_web(services))))
        yield Tab(client, services, world, parrot)


@pytest.fixture
async def maria(tab: Tab) -> Tab:
    return await tab.enter()
