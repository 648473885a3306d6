"""A process that executes runs of a shared ledger until it is ended; what it does to the world is a line of a file.

python worker.py DATABASE_URL OWNER LOG LEASE
"""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))

from config.clock import SystemClock
from integrations.actions import Change, Context, Happened
from runbooks.dispatcher import InProcessDispatcher
from store.engine import Database
from tests.runbooks.world import Done, Rig, SetTo, World

STEPS = """
version: 1
name: three
description: Set three versions.
owner: platform
inputs:
  service: {type: service, required: true}
  environment: {type: environment, default: staging}
steps:
  - {id: a, uses: version.set, timeout: 1s, with: {service: "${{ inputs.service }}", to: one}}
  - {id: b, uses: version.set, timeout: 1s, with: {service: "${{ inputs.service }}", to: two}}
  - {id: c, uses: version.set, timeout: 1s, with: {service: "${{ inputs.service }}", to: three}}
"""


@dataclass
class Shared(World):
    """A world in a file: one line a call, `owner key`; `slow` seconds before a call has its effect."""

    log: Path = Path("log")
    owner: str = "one"
    slow: float = 0.02

    def calls(self) -> list[str]:
        return self.log.read_text(encoding="utf-8").splitlines() if self.log.exists() else []

    async def plan(self, context: Context, inputs: SetTo) -> Change:
        return Change({"version": ""}, {"version": inputs.to}, (inputs.service,), "set")

    async def set_to(self, context: Context, inputs: SetTo) -> Done:
        await asyncio.to_thread(self._call, context.key)
        return Done(version=inputs.to)

    def _call(self, key: str) -> None:
        """In a thread, as many a client library does it: once begun nothing can call it back."""
        self._write(f"begin {self.owner} {key}")
        time.sleep(self.slow)
        self._write(f"done {self.owner} {key}")

    async def happened(self, context: Context, inputs: SetTo, before: Mapping[str, Any]) -> Happened:
        did = any(line.startswith("done ") and line.endswith(f" {context.key}") for line in self.calls())
        return "yes" if did else "no"

    def _write(self, line: str) -> None:
        number = os.open(self.log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        os.write(number, f"{line}\n".encode())
        os.close(number)


async def main(url: str, owner: str, log: Path, lease: float, slow: float) -> None:
    clock = SystemClock()
    async with Database(url) as database:
        world = Shared(log=log, owner=owner, slow=slow)
        rig = Rig(database, clock, world=world, books=(STEPS,))  # type: ignore[arg-type]
        worker = InProcessDispatcher(
            rig.engine,
            database,
            clock,
            owner,
            rig.approvals,
            max_runs=4,
            poll=0.02,
            renew=lease / 6,
            lease=lease,
        )
        await worker.start()
        print("ready", flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], Path(sys.argv[3]), float(sys.argv[4]), float(sys.argv[5])))
