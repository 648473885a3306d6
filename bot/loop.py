"""The event loop of a process that serves: asyncio's own, asking the kernel for I/O less often while it is busy."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")

#: rounds of ready callbacks that may pass before the kernel is asked again
MOST_SKIPPED = 8


class Patient(selectors.DefaultSelector):
    """With callbacks ready (a timeout of 0), asks the kernel only every few rounds.

    One message is some thirty rounds of short callbacks, and asking each time was a fifth of its CPU time. Signals and
    other threads wake the loop through a file descriptor, so nothing but a look is put off, by microseconds.
    """

    _skipped = 0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is not None and timeout <= 0 and self._skipped < MOST_SKIPPED:
            self._skipped += 1
            return []
        self._skipped = 0
        return super().select(timeout)


def new_loop() -> asyncio.AbstractEventLoop:
    return asyncio.SelectorEventLoop(Patient())


def run(work: Coroutine[Any, Any, T]) -> T:
    """`asyncio.run` on such a loop."""
    with asyncio.Runner(loop_factory=new_loop) as runner:
        return runner.run(work)
