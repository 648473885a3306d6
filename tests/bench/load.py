"""The load generator, a process of its own: python -m tests.bench.load '{"port": …, "pid": …, …}' prints its figures.

Closed: every connection sends its next message when it has the answer. Open: messages leave by the clock, and latency
counts from the scheduled moment, whether or not a connection was free.
"""

from __future__ import annotations

import asyncio
import gc
import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from itertools import cycle
from pathlib import Path
from typing import Any

from tests.bench.mix import MIX, READS, shuffled
from tests.bench.served import ROOT, cpu_of, environment, token
from tests.bench.wire import Lost, Wire


@dataclass(frozen=True)
class Plan:
    """What to send. `rate` 0 is the closed loop; `pids` are the processes whose CPU is counted meanwhile."""

    port: int
    pids: tuple[int, ...]
    messages: int
    warm: int = 0
    connections: int = 32
    rate: float = 0.0
    seed: int = 1
    reads: bool = False


@dataclass
class Figures:
    """Seconds and counts. `seconds` is wall time of the counted part, `cpu` that of the processes measured."""

    sent: int = 0
    errors: int = 0
    seconds: float = 0.0
    cpu: float = 0.0
    as_meant: int = 0
    latencies: list[float] = field(default_factory=list)
    intents: dict[str, int] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)

    def quantile(self, share: float) -> float:
        """Latency in seconds that `share` of the messages did not exceed."""
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0


class Load:
    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.figures = Figures()
        self._texts = cycle(shuffled(plan.seed, READS if plan.reads else MIX))
        self._token = token("maria")
        self._intents: Counter[str] = Counter()

    async def run(self) -> Figures:
        speakers = [await self._speaker() for _ in range(self.plan.connections)]
        await self._closed(speakers, self.plan.warm)
        self.figures = Figures()
        self._intents.clear()
        gc.collect()
        gc.freeze()
        cpu, began = self._cpu(), time.perf_counter()
        if self.plan.rate:
            await self._open(speakers)
        else:
            await self._closed(speakers, self.plan.messages)
        self.figures.seconds = time.perf_counter() - began
        self.figures.cpu = self._cpu() - cpu
        self.figures.intents = dict(self._intents.most_common())
        for wire, _ in speakers:
            wire.close()
        return self.figures

    def _cpu(self) -> float:
        return sum(cpu_of(pid) for pid in self.plan.pids)

    async def _speaker(self) -> tuple[Wire, str]:
        wire = Wire(self.plan.port, self._token)
        status, session = await wire.request("POST", "/api/v1/sessions", {})
        assert status == 201, session
        return wire, session["id"]

    async def _closed(self, speakers: list[tuple[Wire, str]], messages: int) -> None:
        left = iter(range(messages))

        async def speak(wire: Wire, session: str) -> None:
            for _ in left:
                await self._say(wire, session, time.perf_counter())

        await asyncio.gather(*(speak(*one) for one in speakers))

    async def _open(self, speakers: list[tuple[Wire, str]]) -> None:
        free: asyncio.Queue[tuple[Wire, str]] = asyncio.Queue()
        for one in speakers:
            free.put_nowait(one)

        async def speak(due: float) -> None:
            speaker = await free.get()
            await self._say(*speaker, due)
            free.put_nowait(speaker)

        async with asyncio.TaskGroup() as tasks:
            began = time.perf_counter()
            for number in range(self.plan.messages):
                due = began + number / self.plan.rate
                await asyncio.sleep(max(0.0, due - time.perf_counter()))
                tasks.create_task(speak(due))

    async def _say(self, wire: Wire, session: str, due: float) -> None:
        meant, text = next(self._texts)
        figures = self.figures
        try:
            status, answer = await wire.request(
                "POST", "/api/v1/messages", {"session_id": session, "text": text}
            )
        except Lost as err:
            status, answer = 0, str(err)
        figures.latencies.append(time.perf_counter() - due)
        figures.sent += 1
        intent = answer["intent"]["id"] if status == 200 else "error"
        self._intents[intent] += 1
        if intent == "error":
            figures.errors += 1
            figures.wrong = [*figures.wrong, f"{status} {text!r}: {str(answer)[:300]}"][:5]
        figures.as_meant += meant in ("unsure", intent)


def generate(folder: Path, plan: Plan) -> Figures:
    """Run the load in a process of its own."""
    ran = subprocess.run(
        [sys.executable, "-m", "tests.bench.load", json.dumps(asdict(plan))],
        cwd=ROOT,
        env=environment(folder, None, plan.port),
        stdout=subprocess.PIPE,
        check=True,
    )
    return Figures(**json.loads(ran.stdout))


def _read(raw: dict[str, Any]) -> Plan:
    return Plan(**{**raw, "pids": tuple(raw["pids"])})


def main(words: Iterator[str]) -> None:
    plan = _read(json.loads(next(words)))
    print(json.dumps(asdict(asyncio.run(Load(plan).run()))))


if __name__ == "__main__":
    main(iter(sys.argv[1:]))
