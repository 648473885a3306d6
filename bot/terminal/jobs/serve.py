"""`serve`: the faces, until a signal says stop."""

from __future__ import annotations

import asyncio
import errno
import signal
import socket
from dataclasses import fields

from aiohttp import web
from rich.console import Group, RenderableType
from rich.text import Text

from bot.faces import open_faces
from bot.http.web import ACCESS, make_web
from bot.services import Services
from bot.terminal.context import Opener, program
from bot.terminal.look import facts_table, heading, make_console, plain
from bot.times import lasted
from config.errors import BadRequest, CopilotError
from integrations.errors import IntegrationError
from integrations.ports import Sources

GRACE = 10.0


async def run(opener: Opener, *, host: str | None, port: int | None) -> None:
    """Serve until SIGTERM or SIGINT. Raises BadRequest when the port is taken, and all that opening raises."""
    settings = opener.settings()
    chosen = {"host": host or settings.http.host, "port": settings.http.port if port is None else port}
    settings = settings.model_copy(update={"http": settings.http.model_copy(update=chosen)})
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    with _bound(settings.http.host, settings.http.port) as sock:
        async with opener.open(work=True, settings=settings) as services, open_faces(services) as routes:
            app = make_web(services, routes)
            runner = web.AppRunner(app, access_log=None, shutdown_timeout=GRACE)
            await runner.setup()
            try:
                await web.SockSite(runner, sock).start()
                address = f"http://{_written(settings.http.host)}:{sock.getsockname()[1]}"
                console = make_console()
                console.print(await banner(services, address), Text(), sep="\n")
                public = (settings.http.public_url or address).rstrip("/")
                for line in console_link(public, app[ACCESS].link):
                    console.print(line, soft_wrap=True)
                for line in next_steps(services, address):
                    console.print(line, soft_wrap=True)
                await stopped.wait()
                make_console().print(plain("Stopping: what is being answered is finished first.", "dim"))
            except OSError as err:
                raise _refused(settings.http.host, settings.http.port, err) from err
            finally:
                await runner.cleanup()


def _bound(host: str, port: int) -> socket.socket:
    """Taken before anything else starts, so that a second `serve` stops at once. Raises BadRequest."""
    try:
        family, kind, proto, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        sock = socket.socket(family, kind, proto)
    except OSError as err:
        raise _refused(host, port, err) from err
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind(address)
        sock.setblocking(False)
    except OSError as err:
        sock.close()
        raise _refused(host, port, err) from err
    return sock


def _refused(host: str, port: int, err: OSError) -> CopilotError:
    if err.errno == errno.EADDRINUSE:
        return BadRequest(
            f"Port {port} on {host} is in use. Stop what uses it, or choose another: "
            f"{program()} serve --port {port + 1 if port < 65535 else 8080}"
        )
    if err.errno == errno.EACCES:
        return BadRequest(
            f"Port {port} needs more rights. Choose one above 1023: {program()} serve --port 8080"
        )
    return BadRequest(f"{host}:{port} cannot be listened on ({err.strerror or err}). Mend --host or --port.")


def _written(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def console_link(address: str, link: str | None) -> list[Text]:
    """Where the console is, on a line of its own that can be copied; in the demo it signs one in, once."""
    if link is None:
        words = f"Open the console; sign in with what `{program()} token --user NAME` prints"
        return [heading(words), plain(f"  {address}/", "cyan"), Text()]
    return [
        heading("Open the console (this link works once)"),
        plain(f"  {address}/hello/{link}", "cyan"),
        Text(),
    ]


async def banner(services: Services, address: str) -> RenderableType:
    """Where it listens, what is configured and what is not, who you are, what fires."""
    settings = services.settings
    rows: list[tuple[str, RenderableType]] = [
        ("Address", plain(f"{address}   (docs at {address}/docs)")),
        ("Mode", plain(_mode(settings.mode))),
        ("Database", plain(services.database.shown_as)),
        ("Integrations", plain(", ".join(services.health) or "none")),
        ("Not configured", plain(_missing(services.sources))),
        ("Runbooks", plain(", ".join(one.id for one in services.library.all()) or "none")),
        *_you(services),
        ("Firing", plain(await _firing(services))),
    ]
    return Group(heading("LLM CoPilot Agent is up."), facts_table(rows))


def _mode(mode: str) -> str:
    return {
        "demo": "demo: an invented company, nothing real is touched",
        "observe": "observe: reads only",
        "propose": "propose: plans and approvals, nothing executes",
        "act": "act: approved changes are executed",
    }[mode]


def _missing(sources: Sources) -> str:
    names = [one.name for one in fields(sources) if getattr(sources, one.name) is None]
    return ", ".join(["Slack", "Teams", *names]) if names else "Slack, Teams"


def _you(services: Services) -> list[tuple[str, RenderableType]]:
    if services.settings.mode != "demo":
        return []
    me = services.identity.first_operator()
    others = ", ".join(name for name in services.people.by_id if name != me.id)
    return [("You are", plain(f"{me.name} ({me.id}); with --as NAME also {others}"))]


async def _firing(services: Services) -> str:
    if services.sources.alerts is None:
        return "no alert source is configured"
    try:
        found = await services.sources.alerts.firing()
    except IntegrationError as err:
        return f"cannot be read: {err}"
    now = services.clock.now()
    told = [
        f"{one.name} on {one.service} in {one.environment} for {lasted(now - one.started_at)}"
        for one in found
    ]
    return "; ".join(told[:5]) or "nothing"


def next_steps(services: Services, address: str) -> list[Text]:
    """Commands to try, each on one line however narrow the terminal, so that it can be copied."""
    demo = services.settings.mode == "demo"
    me = services.identity.first_operator().id if demo else "NAME"
    bearer = f"Authorization: Bearer $({program()} token --user {me})"
    commands = [
        f'{program()} chat "why is rag-api slow?"' if demo else f"{program()} chat help",
        *([f"{program()} demo fault list"] if demo else []),
        f'curl -H "{bearer}" {address}/api/v1/approvals',
    ]
    lines = [plain(f"  {command}", "cyan") for command in commands]
    return [heading("Try next, in another terminal"), *lines, plain("Stop with Ctrl-C.", "dim")]
