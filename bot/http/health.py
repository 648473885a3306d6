"""/health (alive), /ready (can serve, or why not), /metrics."""

from __future__ import annotations

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST
from sqlalchemy import Connection

from bot.http.meters import Meters
from bot.http.rest import response
from bot.http.route import Answer
from bot.services import Services
from store import inbox, ledger, model_calls, outbox, runtime
from store.engine import StoreError


class Health:
    """The three addresses that machines watch; none wants a token, none names a person."""

    def __init__(self, services: Services, meters: Meters) -> None:
        self._services, self._meters = services, meters

    def add_to(self, app: web.Application) -> None:
        app.router.add_get("/health", self.alive)
        app.router.add_get("/ready", self.ready)
        app.router.add_get("/metrics", self.metrics)

    async def alive(self, request: web.Request) -> web.Response:
        return response(Answer({"status": "alive"}), request)

    async def ready(self, request: web.Request) -> web.Response:
        reasons = [*self._services.not_ready()]
        try:
            await self._services.database.read(lambda conn: runtime.get(conn, "mode"))
        except StoreError as err:
            reasons.append(str(err))
        body = {"status": "not ready" if reasons else "ready", "reasons": reasons}
        return response(Answer(body, status=503 if reasons else 200), request)

    async def metrics(self, request: web.Request) -> web.Response:
        since = self._services.wall.now() - 86_400.0
        self._meters.backlog(*await self._services.database.read(_backlog))
        self._meters.model(await self._services.database.read(lambda conn: model_calls.totals(conn, since)))
        return web.Response(body=self._meters.page(), headers={"Content-Type": CONTENT_TYPE_LATEST})


def _backlog(conn: Connection) -> tuple[int, int, dict[str, int]]:
    return inbox.waiting(conn), outbox.unsent(conn), ledger.by_status(conn)
