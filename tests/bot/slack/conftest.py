"""The whole application with Slack as its face, against a pretended Slack on loopback."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import ClientSession
from aiohttp.test_utils import TestServer
from pydantic import SecretStr

from app import App
from bot.faces import open_faces
from bot.http.web import make_web
from bot.services import Services
from config.clock import ScaledClock, SystemClock
from config.settings import Settings, Slack
from tests.support.slack.sender import SECRET, Sender
from tests.support.slack.server import TOKEN, FakeSlack, running

PEOPLE = {"UMARIA": "maria", "UPRIYA": "priya", "USAM": "sam", "ULENA": "lena", "UJONAS": "jonas"}

USUAL = {"bot_token": SecretStr(TOKEN), "signing_secret": SecretStr(SECRET.decode())}


@dataclass
class Company:
    """The application, the Slack it is in, and somebody who sends what Slack sends."""

    services: Services
    slack: FakeSlack
    sender: Sender

    async def until(self, true: Callable[[], Any], seconds: float = 20.0) -> Any:
        """What `true` gives once it is something."""
        async with asyncio.timeout(seconds):
            while not (found := true()):
                await asyncio.sleep(0.02)
            return found

    async def until_await(self, true: Callable[[], Awaitable[Any]], seconds: float = 20.0) -> Any:
        async with asyncio.timeout(seconds):
            while not (found := await true()):
                await asyncio.sleep(0.02)
            return found


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def company(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Company]:
    async with open_company(tmp_path_factory.mktemp("slack")) as found:
        yield found


def open_company(folder: Path, **slack: Any) -> _Opened:
    """`slack` are settings of Slack other than the usual ones."""
    return _Opened(folder, slack)


class _Opened:
    def __init__(self, folder: Path, chosen: dict[str, Any]) -> None:
        self._folder, self._stack, self._chosen = folder, AsyncExitStack(), chosen

    async def __aenter__(self) -> Company:
        stack = self._stack
        slack = await stack.enter_async_context(running(FakeSlack()))
        for user, person in PEOPLE.items():
            slack.person(user, f"{person}@demo.example")
        slack.person("UGUEST", "noor@demo.example", is_restricted=True)
        slack.person("UGONE", "amara@demo.example", deleted=True)
        slack.person("UNEW", "nobody@demo.example")
        settings = Settings(
            mode="demo",
            data_dir=self._folder,
            slack=Slack(api_url=slack.url, **(self._chosen or USUAL)),
        )
        services = await stack.enter_async_context(
            App().open(work=True, settings=settings, clock=ScaledClock(20.0))
        )
        routes = await stack.enter_async_context(open_faces(services))
        server = TestServer(make_web(services, routes))
        await server.start_server()
        stack.push_async_callback(server.close)
        http = await stack.enter_async_context(ClientSession())
        async with asyncio.timeout(60):
            while services.not_ready():
                await asyncio.sleep(0.05)
        return Company(services, slack, Sender(str(server.make_url("/slack/events")), http, SystemClock()))

    async def __aexit__(self, *details: Any) -> None:
        await self._stack.aclose()
