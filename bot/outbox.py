"""Posts go out from here: stored first, then sent by the process that can reach the place."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from typing import Any, Protocol

from sqlalchemy import Connection

from config.clock import Clock
from config.errors import CopilotError
from store import outbox as rows
from store.engine import Database, StoreError
from store.records import Outgoing

log = logging.getLogger(__name__)
LEASE = 30.0


def is_read_there(place: str) -> bool:
    """Whether people of that place fetch what is posted (REST), so that nobody sends it."""
    return place.startswith("rest:")


class Sender(Protocol):
    """How a face puts a post in front of people.

    `send` returns the platform's name of the message; a post with `ref` is an edit of that message.
    Raises CopilotError when nothing was shown.
    """

    async def send(self, post: Outgoing) -> str: ...


class Outbox:
    """Delivers what is stored for the places this process can reach; implements the Posts port.

    A place that nobody sends to (`rest:…`) is read, not sent.
    """

    def __init__(
        self, database: Database, wall: Clock, owner: str, poll: float = 0.5, most_attempts: int = 8
    ) -> None:
        self._database, self._wall, self._owner = database, wall, owner
        self._poll, self._most = poll, most_attempts
        self._senders: dict[str, Sender] = {}
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def post(self, key: str, place: str, body: Mapping[str, Any]) -> None:
        """Store a post: the same key and place never shows twice."""
        now = self._wall.now()
        await self._database.write(
            lambda conn: rows.put(
                conn, key=key, place=place, kind="post", body=body, now=now, read_there=is_read_there(place)
            )
        )
        self.nudge()

    def nudge(self) -> None:
        self._wake.set()

    def attach(self, prefix: str, sender: Sender) -> None:
        """From now on this process sends to `prefix` and places within it (`slack`, `terminal:c1`)."""
        self._senders[prefix] = sender
        if self._task is None:
            self._task = asyncio.create_task(self._deliver(), name="outbox")
        self.nudge()

    async def detach(self, prefix: str) -> None:
        self._senders.pop(prefix, None)
        if not self._senders:
            await self.stop()

    async def stop(self) -> None:
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _deliver(self) -> None:
        while True:
            self._wake.clear()
            try:
                claimed = await self._claim()
            except StoreError as err:
                log.warning("outbox: %s", err)
                claimed = []
            for post in claimed:
                await self._send(post)
            if not claimed:
                try:
                    async with asyncio.timeout(self._poll):
                        await self._wake.wait()
                except TimeoutError:
                    continue

    async def _claim(self) -> list[Outgoing]:
        now = self._wall.now()
        prefixes = tuple(self._senders)
        if not await self._database.read(lambda conn: rows.any_due(conn, faces=prefixes, now=now)):
            return []
        return await self._database.write(
            lambda conn: rows.claim(conn, faces=prefixes, owner=self._owner, now=now, lease=LEASE)
        )

    async def _send(self, post: Outgoing) -> None:
        sender = next(one for prefix, one in self._senders.items() if post.place.startswith(prefix))
        try:
            ref = await sender.send(post)
        except CopilotError as err:
            why = str(err)
            await self._database.write(lambda conn: self._failed(conn, post, why))
            return
        now = self._wall.now()
        await self._database.write(
            lambda conn: rows.sent(
                conn, key=post.key, place=post.place, revision=post.revision, ref=ref, now=now
            )
        )

    def _failed(self, conn: Connection, post: Outgoing, why: str) -> None:
        if post.attempts >= self._most:
            rows.dead(conn, key=post.key, place=post.place, error=why)
        else:
            later = self._wall.now() + min(60.0, 2.0**post.attempts)
            rows.again(conn, key=post.key, place=post.place, not_before=later, error=why)
