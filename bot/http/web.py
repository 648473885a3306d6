"""The web application: one port, put together from its parts."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Iterable
from ipaddress import ip_address

from aiohttp import web

from bot.console.access import Access
from bot.console.console import Console
from bot.console.gate import Gate
from bot.console.route import Tools
from bot.console.socket import Sockets
from bot.http.auth import Door
from bot.http.health import Health
from bot.http.idempotency import Repeats
from bot.http.meters import Meters
from bot.http.openapi import Pages
from bot.http.owners import Owners
from bot.http.problems import problems
from bot.http.reading import MOST_BYTES
from bot.http.redacting import REDACT
from bot.http.rest import Rest
from bot.services import Services
from config.errors import SettingsError
from config.settings import Settings

#: how the console is entered: `serve` prints its link
ACCESS = web.AppKey("access", Access)
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
}


def make_web(services: Services, more: Iterable[web.AbstractRouteDef] = ()) -> web.Application:
    """Everything that HTTP serves, with `more` routes of other faces.

    Raises SettingsError when it would listen to strangers without a secret.
    """
    check_host(services.settings, services.settings.http.host)
    meters = Meters()
    door = Door(services.token_key, services.wall, services.identity)
    owners = Owners(services.database, services.wall)
    rest = Rest(services, door, owners, Repeats(services.database, services.wall), meters)
    gate = Gate(is_loopback(services.settings.http.host), services.settings.http.public_url)
    demo = gate.alone and services.settings.mode == "demo"
    access = Access(services.token_key, services.wall, services.identity, demo)
    tools = Tools(services, access, owners, meters)
    console = Console(tools, gate)
    app = web.Application(middlewares=(problems, console.lost, rest.guard), client_max_size=MOST_BYTES)
    app[ACCESS] = access
    app[REDACT] = services.redact
    app.on_response_prepare.append(_headers)
    rest.add_to(app)
    Health(services, meters).add_to(app)
    Pages().add_to(app)
    console.add_to(app)
    Sockets(tools, door, gate).add_to(app)
    app.add_routes(list(more))
    app.cleanup_ctx.append(_feeling(meters))
    return app


def check_host(settings: Settings, host: str) -> None:
    """Raises SettingsError for a host beyond loopback while no COPILOT_AUTH__SECRET is set."""
    if settings.auth.secret is None and not is_loopback(host):
        raise SettingsError(
            f"Listening on {host} would let other machines in, and COPILOT_AUTH__SECRET is not set. "
            f"Set it (32 characters or more), or listen on 127.0.0.1."
        )


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach `host`."""
    if host == "localhost":
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


async def _headers(request: web.Request, response: web.StreamResponse) -> None:
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    response.headers.popall("Server", None)


def _feeling(meters: Meters) -> Callable[[web.Application], AsyncIterator[None]]:
    async def feel(app: web.Application) -> AsyncIterator[None]:
        task = asyncio.create_task(meters.feel(), name="loop lag")
        yield
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task

    return feel
