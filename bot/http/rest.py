"""/api/v1: the tuple of routes, and how a request becomes a call of one's handler."""

from __future__ import annotations

import json
from dataclasses import dataclass
from urllib.parse import urlencode

from aiohttp import web

from bot.http import (
    approvals,
    audit,
    messages,
    posts,
    reviews,
    runbooks,
    schedules,
    sessions,
    standing,
    work,
    workflows,
)
from bot.http.auth import Door, Speaker
from bot.http.idempotency import Repeats, event_name, fingerprint
from bot.http.meters import Meters
from bot.http.owners import Owners
from bot.http.problems import Handler
from bot.http.reading import checked, idempotency_key, path_ids, read_body
from bot.http.redacting import redactor
from bot.http.route import Answer, Call, Route
from bot.services import Services
from config.errors import BadRequest, Forbidden
from store.records import new_id

ROUTES: tuple[Route, ...] = (
    *sessions.ROUTES,
    *messages.ROUTES,
    *posts.ROUTES,
    *approvals.ROUTES,
    *standing.ROUTES,
    *reviews.ROUTES,
    *workflows.ROUTES,
    *work.ROUTES,
    *runbooks.ROUTES,
    *schedules.ROUTES,
    *audit.ROUTES,
)
_SPEAKER = web.RequestKey("speaker", Speaker)


@dataclass(frozen=True)
class Rest:
    """Serves the routes with what they share."""

    services: Services
    door: Door
    owners: Owners
    repeats: Repeats
    meters: Meters

    @web.middleware
    async def guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Everything below /api wants a token, also what is not there."""
        if request.path.startswith("/api/"):
            request[_SPEAKER] = self.door.speaker(request.headers.get("Authorization"))
        return await handler(request)

    def add_to(self, app: web.Application) -> None:
        for route in ROUTES:
            app.router.add_route(route.method, route.full, self._handler(route))

    def _handler(self, route: Route) -> Handler:
        async def handle(request: web.Request) -> web.Response:
            return response(await self._answer(route, request), request)

        return handle

    async def _answer(self, route: Route, request: web.Request) -> Answer:
        speaker = request[_SPEAKER]
        _check_roles(route, speaker)
        key = idempotency_key(request) if route.method == "POST" else None
        path = path_ids(request)
        query = checked(route.query, _pairs(request), "query string") if route.query else None
        body = await read_body(request, route.body) if route.body else None
        person, wall = speaker.caller.person.id, self.services.wall
        if key is None:
            once = new_id("rest", wall.now())
            return await route.handler(
                Call(self.services, speaker, path, body, query, once, self.owners, self.meters)
            )
        mark = fingerprint(request.path, body.model_dump() if body else None)
        call = Call(
            self.services, speaker, path, body, query, event_name(key, person, mark), self.owners, self.meters
        )
        return await self.repeats.once(key, person, request.path, mark, lambda: route.handler(call))


def response(answer: Answer, request: web.Request) -> web.Response:
    """The answer as JSON; the next page, if there is one, is in the Link header (RFC 8288)."""
    if answer.body is None:
        return web.Response(status=answer.status)
    headers = {}
    if answer.following is not None:
        following = {**request.query, "cursor": answer.following}
        headers["Link"] = f'<{request.path}?{urlencode(following)}>; rel="next"'
    return web.Response(
        status=answer.status,
        body=json.dumps(redactor(request).tree(answer.body), separators=(",", ":")).encode() + b"\n",
        content_type="application/json",
        headers=headers,
    )


def _pairs(request: web.Request) -> dict[str, str]:
    found = dict(request.query)
    if len(found) < len(request.query):
        raise BadRequest("The query string names something twice. Give each name once.")
    return found


def _check_roles(route: Route, speaker: Speaker) -> None:
    person = speaker.caller.person
    if route.roles and not any(person.may(role) for role in route.roles):
        having = ", ".join(sorted(person.roles)) or "none"
        raise Forbidden(
            f"{route.summary!r} wants the role {' or '.join(route.roles)}; "
            f"you speak with: {having}. Ask an admin, or use a token that carries it."
        )
