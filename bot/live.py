"""Nudges for watchers: something about this id changed, look at the ledger again."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncGenerator


class Live:
    """In-process nudges with a poll as the safety net: other processes change the ledger too."""

    def __init__(self, poll: float = 0.5) -> None:
        self._poll = poll
        self._watching: defaultdict[str, set[asyncio.Event]] = defaultdict(set)

    def nudge(self, key: str) -> None:
        for event in self._watching.get(key, ()):
            event.set()

    async def watch(self, key: str) -> AsyncGenerator[None]:
        """Yields at once, then whenever `key` was nudged or `poll` seconds passed, until the caller stops."""
        event = asyncio.Event()
        self._watching[key].add(event)
        try:
            while True:
                event.clear()
                yield
                try:
                    async with asyncio.timeout(self._poll):
                        await event.wait()
                except TimeoutError:
                    continue
        finally:
            self._watching[key].discard(event)
            if not self._watching[key]:
                del self._watching[key]
