"""The console put together: its pages, what every one of them checks first, and what is around each."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from aiohttp import web
from sqlalchemy import Connection

from bot.console import (
    approvals,
    audit,
    chat,
    fleet,
    incidents,
    people,
    runbooks,
    runs,
    schedules,
    settings,
    signin,
    switch,
)
from bot.console.access import Visitor, was_given_back
from bot.console.gate import PICTURE, Gate, cookie_name
from bot.console.look import Look
from bot.console.render import Static, Templates
from bot.console.route import DONE, Answer, Goto, Page, Sent, Shown, Tools, Visit
from bot.console.signin import SignIn
from bot.http.problems import Handler
from bot.services import Services
from config.errors import CopilotError, Forbidden
from runbooks.halt import MAY_LIFT, MAY_STOP, Halt, halted
from store import approvals as approval_rows
from store.engine import StoreError

log = logging.getLogger(__name__)
THEMES = ("auto", "light", "dark")
PAGES: tuple[Page, ...] = (
    *chat.PAGES,
    *approvals.PAGES,
    *runs.PAGES,
    *runbooks.PAGES,
    *fleet.PAGES,
    *incidents.PAGES,
    *schedules.PAGES,
    *audit.PAGES,
    *people.PAGES,
    *settings.PAGES,
    *switch.PAGES,
)
#: the menu: a section, where it begins, its name, and who sees it (nobody named: everyone)
MENU: tuple[tuple[str, str, str, tuple[str, ...]], ...] = (
    ("chat", "/", "Chat", ()),
    ("approvals", "/approvals", "Approvals", ()),
    ("runs", "/runs", "Runs", ()),
    ("runbooks", "/runbooks", "Runbooks", ()),
    ("fleet", "/fleet", "Fleet", ()),
    ("incidents", "/incidents", "Incidents", ()),
    ("schedules", "/schedules", "Schedules", ()),
    ("audit", "/audit", "Audit", ("auditor", "admin")),
    ("people", "/people", "People", ()),
    ("settings", "/settings", "Settings", ()),
)
#: below these, machines speak: their errors stay problem documents
_MACHINES = ("/api/", "/slack/", "/webhooks/", "/ws")


@dataclass(frozen=True, slots=True)
class Around:
    """What is on every page: the switch that stops everything, and how many approvals wait."""

    halt: Halt | None
    waiting: int


class Console:
    """Serves the pages. One for one web application."""

    def __init__(self, tools: Tools, gate: Gate) -> None:
        self._tools, self._gate = tools, gate
        self._static = Static()
        self._templates = Templates(self._static.root, tools.services.redact)
        self._signin = SignIn(tools, gate, self._bare)

    @property
    def services(self) -> Services:
        return self._tools.services

    def add_to(self, app: web.Application) -> None:
        self._static.add_to(app)
        self._signin.add_to(app)
        app.router.add_post("/theme", self._theme)
        for page in PAGES:
            app.router.add_route(page.method, page.path, self._handler(page))

    @web.middleware
    async def lost(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """A person who comes to where nothing is gets a page; machines get a problem document."""
        try:
            return await handler(request)
        except web.HTTPNotFound:
            if "text/html" not in request.headers.get("Accept", "") or request.path.startswith(_MACHINES):
                raise
            return self._bare(
                request, "error.html", 404, "Nothing is here", "Use the menu, or ask in the chat."
            )

    def _handler(self, page: Page) -> Handler:
        async def handle(request: web.Request) -> web.StreamResponse:
            try:
                return await self._serve(page, request)
            except CopilotError as err:
                return self._bare(request, "error.html", err.status, err.title, str(err))
            except web.HTTPException:
                raise
            except Exception:
                error_id = f"err_{secrets.token_hex(4)}"
                log.exception("%s %s failed, error id %s", page.method, page.path, error_id)
                words = f"Something failed on our side. Error id {error_id}: it is in the log."
                return self._bare(request, "error.html", 500, "Something went wrong", words)

        return handle

    async def _serve(self, page: Page, request: web.Request) -> web.StreamResponse:
        self._gate.check_host(request)
        visitor = self._tools.access.visitor(request.cookies.get(cookie_name(request), ""))
        if visitor is None or await self._is_out(visitor):
            return self._signin.instead(request)
        form = await self._form(page, request, visitor)
        look = Look(visitor.person.zone, self.services.clock.now(), self.services.people)
        visit = Visit(
            self._tools,
            visitor,
            look,
            request.match_info,
            request.query,
            form,
            "X-Fragment" in request.headers,
        )
        try:
            _check_roles(page, visitor)
            answer = await page.handler(visit)
        except StoreError:
            raise
        except CopilotError as err:
            answer = Shown("error.html", err.title, {"words": str(err)}, status=err.status)
        return await self._respond(page, request, visit, answer)

    async def _form(self, page: Page, request: web.Request, visitor: Visitor) -> Mapping[str, str]:
        """What was sent, as text. Raises Forbidden unless it comes from a form of ours."""
        if page.method == "GET":
            return {}
        self._gate.check_origin(request)
        sent = {name: one for name, one in (await request.post()).items() if isinstance(one, str)}
        if not self._tools.access.is_csrf(visitor, sent.pop("csrf", "")):
            raise Forbidden(
                "The form is not one of this visit. Go back, load the page again and send it anew."
            )
        return sent

    async def _respond(
        self, page: Page, request: web.Request, visit: Visit, answer: Answer
    ) -> web.StreamResponse:
        if isinstance(answer, Sent):
            return web.Response(body=answer.body, content_type=answer.content_type, headers=PICTURE)
        if isinstance(answer, Goto):
            path, hash_, part = answer.path.partition("#")
            joined = "&" if "?" in path else "?"
            done = f"{joined}done={answer.done}" if answer.done else ""
            return web.Response(status=303, headers={"Location": f"{path}{done}{hash_}{part}"})
        around = await self.services.database.read(self._around)
        data = {**self._common(request, visit), **_around_words(around, visit), **answer.data}
        data |= {"title": answer.title, "notice": answer.notice, "section": page.section}
        return self._templates.page(answer.template, data, answer.status)

    def _common(self, request: web.Request, visit: Visit) -> dict[str, Any]:
        visitor, services = visit.visitor, self.services
        person = visitor.person
        return {
            "visit": visit,
            "person": person,
            "me": visitor.me,
            "look": visit.look,
            "csrf": visitor.csrf,
            "mode": services.settings.mode,
            "menu": [one for one in MENU if not one[3] or any(role in person.roles for role in one[3])],
            "cast": list(services.people.by_id.values()) if self._tools.access.demo else [],
            "theme": _theme_of(request),
            "here": request.path_qs,
            "done": DONE.get(request.query.get("done", ""), ""),
            "bare": False,
        }

    def _around(self, conn: Connection) -> Around:
        now = self.services.clock.now()
        pending = [one for one in approval_rows.pending(conn) if one.expires_at > now]
        return Around(halted(conn), len(pending))

    async def _is_out(self, visitor: Visitor) -> bool:
        return await self.services.database.read(lambda conn: was_given_back(conn, visitor.ticket))

    def _bare(
        self, request: web.Request, template: str, status: int, title: str, words: str, **more: Any
    ) -> web.Response:
        """A page without the menu: nobody is known, or the database cannot be read."""
        data = {"title": title, "words": words, "theme": _theme_of(request), "bare": True, **more}
        return self._templates.page(template, data, status)

    async def _theme(self, request: web.Request) -> web.StreamResponse:
        """Light, dark, or as the machine has it: a cookie of its own, for it says nothing about a person."""
        self._gate.check_host(request)
        self._gate.check_origin(request)
        form = await request.post()
        chosen = str(form.get("theme", ""))
        response = web.Response(status=303, headers={"Location": signin.back(str(form.get("back", "/")))})
        if chosen in THEMES:
            response.set_cookie(
                "copilot_theme", chosen, max_age=31_536_000, path="/", httponly=True, samesite="Strict"
            )
        return response


def _theme_of(request: web.Request) -> str:
    chosen = request.cookies.get("copilot_theme", "auto")
    return chosen if chosen in THEMES else "auto"


def _check_roles(page: Page, visitor: Visitor) -> None:
    person = visitor.person
    if page.roles and not any(person.may(role) for role in page.roles):
        having = ", ".join(sorted(person.roles)) or "none"
        raise Forbidden(
            f"This page wants the role {' or '.join(page.roles)}; you have: {having}. "
            "An admin gives roles in people.yaml."
        )


def _around_words(around: Around, visit: Visit) -> dict[str, Any]:
    person = visit.person
    return {
        "halt": around.halt,
        "waiting": around.waiting,
        "may_stop": any(person.may(role) for role in MAY_STOP),
        "may_lift": any(person.may(role) for role in MAY_LIFT),
    }
