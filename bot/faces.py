"""Every face that other people's platforms reach us by: one line each, loaded when its settings are there."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from importlib import import_module

from aiohttp import web

from bot.services import Services
from config.settings import Settings

Open = Callable[[Services], AbstractAsyncContextManager[list[web.RouteDef]]]


@dataclass(frozen=True, slots=True)
class Face:
    """`module:name` opens the face and gives the routes it wants; `wanted` says whether its settings are there."""

    name: str
    module: str
    opener: str
    wanted: Callable[[Settings], bool]

    def open(self, services: Services) -> AbstractAsyncContextManager[list[web.RouteDef]]:
        """Raises SettingsError, CopilotError."""
        opener: Open = getattr(import_module(self.module), self.opener)
        return opener(services)


def _slack(settings: Settings) -> bool:
    slack = settings.slack
    return any(
        one is not None for one in (slack.bot_token, slack.client_id, slack.app_token, slack.signing_secret)
    )


FACES: tuple[Face, ...] = (Face("Slack", "bot.slack.face", "open_slack", _slack),)


def configured(settings: Settings) -> tuple[Face, ...]:
    return tuple(face for face in FACES if face.wanted(settings))


@asynccontextmanager
async def open_faces(services: Services) -> AsyncIterator[list[web.RouteDef]]:
    """Every configured face, open; the routes they want. Raises SettingsError, CopilotError."""
    async with AsyncExitStack() as stack:
        routes: list[web.RouteDef] = []
        for face in configured(services.settings):
            routes += await stack.enter_async_context(face.open(services))
        yield routes
