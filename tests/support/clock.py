"""A clock set by hand."""

from __future__ import annotations

import asyncio


class ManualClock:
    """`now()` stands still until `set`, `advance` or somebody's `sleep`, which takes no real time but yields."""

    def __init__(self, at: float = 1_760_000_000.0) -> None:
        self._at = at

    def now(self) -> float:
        return self._at

    def set(self, at: float) -> None:
        self._at = at

    def advance(self, seconds: float) -> None:
        self._at += seconds

    async def sleep(self, seconds: float) -> None:
        self._at += max(0.0, seconds)
        await asyncio.sleep(0)
