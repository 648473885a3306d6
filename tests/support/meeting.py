"""How two processes of a test wait for each other: by their heartbeats."""

from __future__ import annotations

import asyncio

from store import workers
from store.engine import Database
from store.records import Worker


async def meet(database: Database, owner: str, point: float) -> None:
    """Return once two processes have come to `point`, a number that rises from one meeting to the next.

    Raises TimeoutError after 20 seconds: the other has failed.
    """
    await database.write(lambda conn: workers.beat(conn, Worker(owner, "here", 1, 0.0, point)))
    async with asyncio.timeout(20):
        here = 0
        while here < 2:
            here = len(await database.read(lambda conn: workers.live(conn, point, 0.0)))
            await asyncio.sleep(0.005)
