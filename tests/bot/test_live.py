"""Nudges for watchers."""

from __future__ import annotations

import asyncio

from bot.live import Live


async def test_a_watcher_looks_at_once_and_again_at_each_nudge() -> None:
    live = Live(poll=60.0)
    watching = live.watch("run_1")
    await anext(watching)
    second = asyncio.ensure_future(anext(watching))
    await asyncio.sleep(0)
    assert not second.done()
    live.nudge("run_2")
    live.nudge("run_1")
    await asyncio.wait_for(second, 1.0)
    await watching.aclose()


async def test_a_nudge_between_two_looks_is_not_lost() -> None:
    live = Live(poll=60.0)
    watching = live.watch("run_1")
    await anext(watching)
    live.nudge("run_1")
    await asyncio.wait_for(anext(watching), 1.0)
    await watching.aclose()


async def test_without_a_nudge_the_poll_looks_again() -> None:
    live = Live(poll=0.001)
    watching = live.watch("run_1")
    await anext(watching)
    await asyncio.wait_for(anext(watching), 1.0)
    await watching.aclose()
