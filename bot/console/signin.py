"""Signing in and out, and the demo's menu of whom to be."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlencode

from aiohttp import web

from bot.console.access import Ticket, Visitor
from bot.console.gate import HEADERS, Gate, cookie_name, local_path
from bot.console.route import Tools
from bot.http.problems import Handler
from config.errors import CopilotError, Forbidden

Bare = Callable[..., web.Response]
#: A page that loads itself again: a Strict cookie is not sent with a click in another site's page (a link in a chat),
#: but it is when our own page goes on.
_AGAIN = (
    "<!doctype html><html lang=en><meta http-equiv=refresh content=0><title>One moment</title>"
    "<p>One moment.</html>"
)


class SignIn:
    """The pages that need no cookie, and those that change it."""

    def __init__(self, tools: Tools, gate: Gate, bare: Bare) -> None:
        self._tools, self._gate, self._bare = tools, gate, bare

    def add_to(self, app: web.Application) -> None:
        app.router.add_get("/sign-in", self._guarded(self._show))
        app.router.add_post("/sign-in", self._guarded(self._by_token))
        app.router.add_get("/hello/{token}", self._guarded(self._by_link))
        app.router.add_post("/sign-out", self._guarded(self._out))
        app.router.add_post("/act-as", self._guarded(self._act_as))

    def instead(self, request: web.Request) -> web.Response:
        """What somebody without a good cookie gets. Raises Forbidden for a form."""
        if request.method != "GET":
            raise Forbidden("You are signed out. Sign in, then send the form again.")
        if request.headers.get("Sec-Fetch-Site") in ("cross-site", "same-site"):
            return web.Response(text=_AGAIN, content_type="text/html", headers=HEADERS)
        wanted = urlencode({"next": request.path_qs}) if request.path_qs != "/" else ""
        return _goto(f"/sign-in?{wanted}" if wanted else "/sign-in")

    def _guarded(self, handler: Handler) -> Handler:
        async def handle(request: web.Request) -> web.StreamResponse:
            try:
                self._gate.check_host(request)
                if request.method == "POST":
                    self._gate.check_origin(request)
                return await handler(request)
            except CopilotError as err:
                return self._form(request, err.status, str(err))

        return handle

    def _form(self, request: web.Request, status: int = 200, words: str = "") -> web.Response:
        demo = self._tools.services.settings.mode == "demo"
        wanted = local_path(request.query.get("next", "/"))
        return self._bare(request, "signin.html", status, "Sign in", words, demo=demo, next=wanted)

    async def _show(self, request: web.Request) -> web.Response:
        return self._form(request)

    async def _by_token(self, request: web.Request) -> web.Response:
        """Raises Unauthorized, Forbidden."""
        form = await request.post()
        ticket = self._tools.access.by_token(str(form.get("token", "")))
        return self._in(request, ticket, back(str(form.get("next", "/"))))

    async def _by_link(self, request: web.Request) -> web.Response:
        """Who is signed in already goes on. Raises Unauthorized."""
        access = self._tools.access
        if access.visitor(request.cookies.get(cookie_name(request), "")) is not None:
            return _goto("/")
        return self._in(request, access.by_link(request.match_info["token"]), "/")

    async def _out(self, request: web.Request) -> web.Response:
        """Raises Forbidden."""
        visitor, _ = await self._visitor(request)
        await self._tools.services.database.write(
            lambda conn: self._tools.access.give_back(conn, visitor.ticket)
        )
        response = _goto("/sign-in")
        response.del_cookie(cookie_name(request), path="/")
        return response

    async def _act_as(self, request: web.Request) -> web.Response:
        """Raises Forbidden, NotFound."""
        visitor, form = await self._visitor(request)
        ticket = self._tools.access.acting(visitor, form.get("person", ""))
        where = back(form.get("back", "/"))
        return self._in(request, ticket, where if where.startswith(("/approvals/", "/runs/")) else "/")

    async def _visitor(self, request: web.Request) -> tuple[Visitor, dict[str, str]]:
        """Who sent this form. Raises Forbidden."""
        access = self._tools.access
        form = {name: one for name, one in (await request.post()).items() if isinstance(one, str)}
        visitor = access.visitor(request.cookies.get(cookie_name(request), ""))
        if visitor is None or not access.is_csrf(visitor, form.get("csrf", "")):
            raise Forbidden("The form is not one of this visit. Sign in, or load the page again.")
        return visitor, form

    def _in(self, request: web.Request, ticket: Ticket, path: str) -> web.Response:
        response = _goto(path)
        response.set_cookie(
            cookie_name(request), self._tools.access.seal(ticket), path="/", httponly=True, samesite="Strict",
            secure=self._gate.is_secure(request), max_age=max(0, int(ticket.expires - self._tools.services.wall.now())),
        )  # fmt: skip
        return response


def back(wanted: str) -> str:
    """Where to go on: a path of ours, without what was said there."""
    path, _, query = local_path(wanted).partition("?")
    kept = "&".join(one for one in query.split("&") if one and not one.startswith("done="))
    return f"{path}?{kept}" if kept else path


def _goto(path: str) -> web.Response:
    return web.Response(status=303, headers={"Location": path})
