from __future__ import annotations

import asyncio

import pytest

from bot.clock import Bell
from config.errors import CopilotError


async def test_it_rings_again_and_again_never_twice_at_once_and_is_quiet_after_the_stop() -> None:
    rings, inside, most = 0, 0, 0
    enough = asyncio.Event()

    async def ring() -> None:
        nonlocal rings, inside, most
        inside += 1
        most = max(most, inside)
        await asyncio.sleep(0.02)
        inside -= 1
        rings += 1
        if rings >= 3:
            enough.set()

    bell = Bell(ring, every=0.01)
    bell.start()
    async with asyncio.timeout(10):
        await enough.wait()
    await bell.stop()
    seen = rings
    await asyncio.sleep(0.05)
    assert most == 1 and rings <= seen + 1


async def test_a_ring_that_fails_is_logged_and_the_next_one_comes(caplog: pytest.LogCaptureFixture) -> None:
    rings = 0
    again = asyncio.Event()

    async def ring() -> None:
        nonlocal rings
        rings += 1
        if rings == 1:
            raise CopilotError("the database does not answer")
        again.set()

    bell = Bell(ring, every=0.01)
    bell.start()
    async with asyncio.timeout(10):
        await again.wait()
    await bell.stop()
    assert "the database does not answer" in caplog.text
