"""What a browser's request must bring before anything is read for it: our own host, our own origin."""

from __future__ import annotations

import re
from ipaddress import ip_address
from urllib.parse import urlsplit

from aiohttp import web

from config.errors import CopilotError, Forbidden

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
HEADERS = {
    "Content-Security-Policy": CSP,
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
#: a picture never changes, and nothing in it may run or load anything
PICTURE = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "private, max-age=86400, immutable",
}
_LOCAL_PATH = re.compile(r"/(?![/\\])[A-Za-z0-9_\-./?=&%~:+#]*")


class Misdirected(CopilotError):
    status = 421
    title = "That is not our address"


def check_host(request: web.Request, local: bool) -> None:
    """A process that listens on this machine only answers to this machine's names: another name that leads here was
    bent (DNS rebinding). Raises Misdirected."""
    name = host_name(request.host)
    if local and not is_this_machine(name):
        raise Misdirected(
            f"This console is for this machine only and is not called {name[:80]!r}. Open it as 127.0.0.1."
        )


def check_origin(request: web.Request) -> None:
    """Browsers say which page sent a form or opened a socket: it must be ours. Raises Forbidden."""
    origin = request.headers.get("Origin", "")
    sent = urlsplit(origin)
    if not sent.netloc or sent.netloc.lower() != request.host.lower():
        raise Forbidden(
            f"The request comes from {origin[:80] or 'no page'}, not from a page of this console. Open the console."
        )


def host_name(host: str) -> str:
    """A Host header without its port."""
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0]


def is_this_machine(name: str) -> bool:
    if name.lower() == "localhost":
        return True
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return False


def local_path(wanted: str, otherwise: str = "/") -> str:
    """`wanted` when it is a path of ours, so that a link cannot lead people elsewhere."""
    return wanted if len(wanted) < 500 and _LOCAL_PATH.fullmatch(wanted) else otherwise


def cookie_name(request: web.Request) -> str:
    """By port, for browsers keep the cookies of all ports of a machine together."""
    return f"copilot_{request.url.port or 0}"
