"""The demo company as one thing: its log, its state, its telemetry."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from typing import Any

from config.catalogue import Catalogue
from config.clock import Clock
from config.people import People
from integrations.demo.effects import Effects
from integrations.demo.events import REPEATED, Event, Events
from integrations.demo.history import History
from integrations.demo.telemetry import Telemetry
from integrations.demo.world import FOUNDED, World

#: wall seconds for which a reader may not know what another process did
STALE = 0.25


class Company:
    """Readers call `seen`, which another process' act reaches within STALE; whoever acts calls `world` first."""

    def __init__(
        self,
        events: Events,
        clock: Clock,
        catalogue: Catalogue,
        people: People,
        seed: int = 1,
        timer: Callable[[], float] = time.monotonic,
    ) -> None:
        self.clock = clock
        self.catalogue = catalogue
        self.people = people
        self.seed = seed
        self._events = events
        self._timer = timer
        self._world = World(catalogue, History(catalogue, people, seed))
        self.effects = Effects(self._world, seed)
        self.telemetry = Telemetry(catalogue, self.effects, seed)
        self._pulled_at = float("-inf")
        self._lock = asyncio.Lock()

    async def world(self) -> World:
        """The state with everything that is in the log now. Raises StoreError."""
        asked = self._timer()
        async with self._lock:
            if self._pulled_at <= asked:
                await self._pull()
        return self._world

    async def seen(self) -> World:
        """The state as it was at most STALE ago. Raises StoreError."""
        if self._timer() - self._pulled_at > STALE:
            await self.world()
        return self._world

    async def append(self, kind: str, at: float, data: Mapping[str, Any]) -> Event:
        """Write an event and take it into the state. Raises StoreError."""
        event = await self._events.append(kind, at, data, known=self._world.seq)
        await self.world()
        return event

    async def found(self, now: float) -> None:
        """Give a company whose log is empty its past; once, whoever comes first. Raises StoreError."""
        if (await self.world()).seq == 0:
            await self.append(FOUNDED, now, {})

    async def act(self, kind: str, key: str, data: Mapping[str, Any]) -> World:
        """Append what somebody does, now; with a key that acted before only a note of the repeat. Raises StoreError."""
        world = await self.world()
        if key in world.acts:
            await self.append(REPEATED, self.clock.now(), {"key": key, "kind": kind})
        else:
            await self.append(kind, self.clock.now(), {**data, "key": key})
        return world

    async def _pull(self) -> None:
        started = self._timer()
        for event in await self._events.events(after=self._world.seq):
            if event.seq > self._world.seq:
                self._world.apply(event)
        self._pulled_at = started
