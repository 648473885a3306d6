"""`serve` with its event loop measured: python -m tests.bench.measured_serve, on the clock of tests/chaos/quick.py.

How long each callback held the loop's thread, in CPU time, goes to $MEASURED_INTO as JSON when the process ends;
SIGUSR1 begins anew. What garbage collection took of a callback is counted apart.
"""

from __future__ import annotations

import asyncio
import atexit
import gc
import heapq
import json
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bot.terminal.serve import serve
from tests.chaos.quick import QuickApp

KEPT = 40


class Meter:
    """The longest callbacks so far: (seconds of thread CPU without collections, seconds collecting, name)."""

    def __init__(self) -> None:
        self.begin()

    def begin(self) -> None:
        self.longest: list[tuple[float, float, str]] = []
        self.count = 0
        self.total = 0.0
        self.collection = 0.0
        self._collecting = 0.0
        self._since = 0.0

    def collected(self, phase: str, info: dict[str, int]) -> None:
        """A collection in another thread holds the loop up as well, but costs its thread nothing."""
        if phase == "start":
            self._since = time.thread_time()
            return
        took = time.thread_time() - self._since
        self.collection = max(self.collection, took)
        if threading.current_thread() is threading.main_thread():
            self._collecting += took

    def measured(self, run: Callable[[asyncio.Handle], None]) -> Callable[[asyncio.Handle], None]:
        def _run(handle: asyncio.Handle) -> None:
            callback = handle._callback  # type: ignore[attr-defined]
            self._collecting = 0.0
            began = time.thread_time()
            run(handle)
            took = time.thread_time() - began
            self.count += 1
            self.total += took
            if len(self.longest) < KEPT or took > self.longest[0][0] + self.longest[0][1]:
                entry = (took - self._collecting, self._collecting, name_of(callback))
                push = heapq.heappush if len(self.longest) < KEPT else heapq.heappushpop
                push(self.longest, entry)

        return _run

    def write(self, into: Path) -> None:
        found = {
            "count": self.count,
            "total": self.total,
            "collection": self.collection,
            "longest": sorted(self.longest, reverse=True),
        }
        into.write_text(json.dumps(found), encoding="utf-8")


def name_of(callback: Any) -> str:
    """A task by its coroutine, anything else by its own name."""
    owner = getattr(callback, "__self__", None)
    if isinstance(owner, asyncio.Task):
        coroutine = owner.get_coro()
        return f"task {getattr(coroutine, '__qualname__', coroutine)}"
    return str(getattr(callback, "__qualname__", callback))


def main() -> None:
    meter = Meter()
    handle: Any = asyncio.Handle
    handle._run = meter.measured(handle._run)
    gc.callbacks.append(meter.collected)
    signal.signal(signal.SIGUSR1, lambda *_: meter.begin())
    atexit.register(meter.write, Path(os.environ["MEASURED_INTO"]))
    serve.main(args=sys.argv[1:], obj=QuickApp())


if __name__ == "__main__":
    main()
