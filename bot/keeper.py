"""Keeps posted cards true: when an approval or a run changes, every post that shows it is offered again for an edit."""

from __future__ import annotations

import asyncio
import logging

from sqlalchemy import Connection

from bot.outbox import Outbox
from config.clock import Clock
from store import outbox, posts
from store.engine import Database, StoreError

log = logging.getLogger(__name__)
#: seconds between two looks, at most, while nobody nudges
POLL = 0.5


class Keeper:
    """Looks after the posts of one face (`prefix` of its places). Several processes may look after the same ones."""

    def __init__(self, database: Database, box: Outbox, wall: Clock, prefix: str) -> None:
        self._database, self._outbox, self._wall, self._prefix = database, box, wall, prefix
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._keep(), name=f"keeper of {self._prefix}")

    async def stop(self) -> None:
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    def nudge(self) -> None:
        """A decision was taken here: look now."""
        self._wake.set()

    async def look(self) -> int:
        """Offer what is out of date again; how many posts that were. Raises StoreError."""
        stale = await self._database.read(lambda conn: posts.stale(conn, self._prefix))
        if not stale:
            return 0
        now = self._wall.now()

        def again(conn: Connection) -> int:
            offered = [
                outbox.put(
                    conn,
                    key=one.post.key,
                    place=one.post.place,
                    kind=one.kind,
                    body=one.body,
                    now=now,
                    revision=one.revision + 1,
                )
                for one in stale
            ]
            return sum(offered)

        count = await self._database.write(again)
        self._outbox.nudge()
        return count

    async def _keep(self) -> None:
        while True:
            self._wake.clear()
            try:
                await self.look()
            except StoreError as err:
                log.warning("cards of %s are not brought up to date: %s", self._prefix, err)
            try:
                async with asyncio.timeout(POLL):
                    await self._wake.wait()
            except TimeoutError:
                continue
