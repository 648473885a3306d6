"""What a browser's request must bring before anything is read for it: our own host, our own origin."""

from __future__ import annotations

import re
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class Gate:
    """`local`: the process listens on loopback. `public` is the address that people use through a proxy, if there is
    one (`https://copilot.example.com`)."""

    local: bool
    public: str | None = None

    @property
    def alone(self) -> bool:
        """Whether nobody but this machine can come in."""
        return self.local and self.public is None

    @property
    def _public_host(self) -> str | None:
        return None if self.public is None else urlsplit(self.public).netloc.lower()

    def check_host(self, request: web.Request) -> None:
        """A process that listens on this machine only answers to this machine's names, and to the public one: another
        name that leads here was bent (DNS rebinding). Raises Misdirected."""
        if not self.local or request.host.lower() == self._public_host:
            return
        name = host_name(request.host)
        if not is_this_machine(name):
            raise Misdirected(
                f"This console is not called {name[:80]!r}. Open it as 127.0.0.1, or set COPILOT_HTTP__PUBLIC_URL."
            )

    def check_origin(self, request: web.Request) -> None:
        """Browsers say which page sent a form or opened a socket: it must be ours. Raises Forbidden."""
        origin = request.headers.get("Origin", "")
        sent = urlsplit(origin).netloc.lower()
        if not sent or sent not in (request.host.lower(), self._public_host):
            raise Forbidden(
                f"The request comes from {origin[:80] or 'no page'}, not from a page of this console. Open the console."
            )

    def is_secure(self, request: web.Request) -> bool:
        """Whether the browser came by TLS, also where a proxy ends it."""
        return request.secure or (self.public or "").startswith("https://")


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
