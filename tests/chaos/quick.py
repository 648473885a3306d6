"""`serve` on a faster domain clock: python -m tests.chaos.quick, with QUICK="EPOCH FACTOR" in the environment.

Every process that is given the same epoch and factor tells the same time, so that a worker started again goes on where
the killed one was. Leases, tokens and heartbeats stay on the wall clock, as they always are.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import os
import sys
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

from app import App
from bot.services import Services
from bot.terminal.serve import serve

COMMAND = (sys.executable, "-m", "tests.chaos.quick")


@dataclass(frozen=True)
class Quick:
    """The domain's time: `factor` times as fast as the wall since `epoch` (Unix seconds)."""

    epoch: float
    factor: float

    def now(self) -> float:
        return self.epoch + (time.time() - self.epoch) * self.factor

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(max(0.0, seconds) / self.factor)

    def variables(self) -> dict[str, str]:
        """For the environment of a process that shall share it, with a company in which nothing is broken yet."""
        return {"QUICK": f"{self.epoch!r} {self.factor!r}", "COPILOT_DEMO__INCIDENT": "false"}

    @staticmethod
    def read(words: str) -> Quick:
        epoch, factor = words.split()
        return Quick(float(epoch), float(factor))


class QuickApp(App):
    """The application, on that clock."""

    @contextlib.asynccontextmanager
    async def open(self, **more: Any) -> AsyncIterator[Services]:
        async with super().open(**{**more, "clock": Quick.read(os.environ["QUICK"])}) as services:
            yield services


def main(args: list[str]) -> None:
    """Serve until a signal says stop; raises SystemExit. RENAMED in the environment is a later version's node name."""
    if name := os.environ.get("RENAMED"):
        importlib.import_module("tests.chaos.renamed").rename("approve", name)
    serve.main(args=args, obj=QuickApp())


if __name__ == "__main__":
    main(sys.argv[1:])
