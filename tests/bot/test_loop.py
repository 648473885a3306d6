"""The loop that asks the kernel less often: nothing is missed, nothing spins."""

from __future__ import annotations

import asyncio
import socket
import threading
import time

from bot.loop import MOST_SKIPPED, Patient, run


def test_a_socket_is_served_while_callbacks_are_always_ready() -> None:
    async def work() -> bytes:
        one, other = socket.socketpair()
        one.setblocking(False)
        busy = asyncio.create_task(_spin())
        other.send(b"hello")
        got = await asyncio.wait_for(asyncio.get_running_loop().sock_recv(one, 5), 5)
        busy.cancel()
        one.close()
        other.close()
        return got

    async def _spin() -> None:
        while True:
            await asyncio.sleep(0)

    assert run(work()) == b"hello"


def test_another_thread_wakes_it_at_once() -> None:
    async def work() -> float:
        loop, woken = asyncio.get_running_loop(), asyncio.Event()
        threading.Thread(target=lambda: loop.call_soon_threadsafe(woken.set)).start()
        began = time.monotonic()
        await asyncio.wait_for(woken.wait(), 5)
        return time.monotonic() - began

    assert run(work()) < 1.0


def test_it_waits_when_nothing_is_ready_and_skips_a_few_looks_when_something_is() -> None:
    selector = Patient()
    one, other = socket.socketpair()
    selector.register(one, 1)
    other.send(b"x")
    looks = [bool(selector.select(0)) for _ in range(MOST_SKIPPED + 1)]
    assert looks == [False] * MOST_SKIPPED + [True]
    assert selector.select(0.5)
    for each in (selector, one, other):
        each.close()
