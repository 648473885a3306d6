"""Rings once a second, so that what is due is handed to the desk. What is due, and that it is handed over once, is in
our own tables: any number of processes may ring."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.interval import IntervalTrigger

from config.errors import CopilotError
from runbooks.schedules import Schedules

log = logging.getLogger(__name__)
EVERY = 1.0


class Bell:
    """APScheduler with its jobs in memory. A ring that comes late still rings, several late ones ring once, and one
    that is at work is not begun a second time."""

    def __init__(self, ring: Callable[[], Awaitable[object]], every: float = EVERY) -> None:
        self._ring = ring
        self._every = every
        self._scheduler: AsyncIOScheduler | None = None

    def start(self) -> None:
        """In the running event loop."""
        logging.getLogger("apscheduler").setLevel(logging.ERROR)
        self._scheduler = AsyncIOScheduler(timezone=UTC)
        self._scheduler.add_job(
            self._safely,
            IntervalTrigger(seconds=self._every, timezone=UTC),
            misfire_grace_time=None,
            coalesce=True,
            max_instances=1,
        )
        self._scheduler.start()

    async def stop(self) -> None:
        """What is being done is cancelled; a transaction that began ends by itself."""
        if self._scheduler is not None:
            self._scheduler.shutdown(wait=False)
            self._scheduler = None
            await asyncio.sleep(0)  # it shuts down in the loop's next round

    async def _safely(self) -> None:
        try:
            await self._ring()
        except CopilotError as err:
            log.warning("schedules are looked at again in %g s: %s", self._every, err)


@asynccontextmanager
async def ringing(schedules: Schedules) -> AsyncIterator[Bell]:
    """What runbooks bring is known, and what is due is handed over, until the block ends. Raises StoreError."""
    await schedules.adopt()
    bell = Bell(schedules.fire_due)
    bell.start()
    try:
        yield bell
    finally:
        await bell.stop()
