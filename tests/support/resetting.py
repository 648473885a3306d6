"""A chat platform on a loopback port that limits, loses answers and resets connections, and a face that posts to it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import aiohttp
from aiohttp import web
from aiohttp.test_utils import TestServer
from sqlalchemy import Connection, select

from bot.outbox import Outbox, Shown, SlowDown
from integrations.errors import Unavailable
from store.engine import Database
from store.records import Outgoing
from store.tables import outbox as table
from tests.support.clock import ManualClock


@dataclass
class Platform:
    """A chat platform on a loopback port. `mishap(number of the request)` says how a post goes wrong."""

    mishap: Callable[[int], str] = lambda number: ""
    messages: list[tuple[str, str, int]] = field(default_factory=list)
    requests: int = 0
    looks: int = 0

    async def post(self, request: web.Request) -> web.Response:
        self.requests += 1
        body, how = await request.json(), self.mishap(self.requests)
        if how == "limit":
            return web.Response(status=429, headers={"Retry-After": "7"})
        if how == "reset before":
            return self._reset(request)
        if body["ref"] is None:
            self.messages.append((body["key"], body["text"], body["revision"]))
        else:
            self.messages[int(body["ref"])] = (body["key"], body["text"], body["revision"])
        if how == "reset after":
            return self._reset(request)
        return web.json_response({"ref": str(len(self.messages) - 1)})

    async def find(self, request: web.Request) -> web.Response:
        self.looks += 1
        for place, (key, _, revision) in enumerate(self.messages):
            if key == request.query["key"]:
                return web.json_response({"ref": str(place), "revision": revision})
        return web.json_response({})

    @staticmethod
    def _reset(request: web.Request) -> web.Response:
        assert request.transport is not None
        request.transport.abort()
        return web.Response()


@dataclass
class Face:
    """A sender that tells the platform its key, so that it can look for it."""

    session: aiohttp.ClientSession
    url: str
    pace: float = 0.0

    async def send(self, post: Outgoing) -> str:
        body = {"key": post.key, "text": post.body["text"], "revision": post.revision, "ref": post.ref}
        try:
            async with self.session.post(f"{self.url}/post", json=body) as answer:
                if answer.status == 429:
                    raise SlowDown(float(answer.headers["Retry-After"]))
                return str((await answer.json())["ref"])
        except aiohttp.ClientError as err:
            raise Unavailable("The connection broke.") from err

    async def find(self, post: Outgoing) -> Shown | None:
        async with self.session.get(f"{self.url}/find", params={"key": post.key}) as answer:
            found = await answer.json()
        return Shown(found["ref"], found["revision"]) if found else None


@asynccontextmanager
async def served(platform: Platform) -> AsyncIterator[Face]:
    app = web.Application()
    app.router.add_post("/post", platform.post)
    app.router.add_get("/find", platform.find)
    async with TestServer(app) as server, aiohttp.ClientSession() as session:
        yield Face(session, str(server.make_url("")).rstrip("/"))


async def until_sent(database: Database, clock: ManualClock, box: Outbox, step: float = 1.0) -> None:
    """Let time pass until every post is sent or dead."""

    def left(conn: Connection) -> int:
        wanted = select(table.c.key).where(table.c.status.in_(("new", "claimed")))
        return len(conn.execute(wanted).all())

    async with asyncio.timeout(60):
        while await database.read(left):
            clock.advance(step)
            box.nudge()
            await asyncio.sleep(0.01)
