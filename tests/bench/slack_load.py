"""Slack as a process of its own: python -m tests.bench.slack_load '{"port": …}' plays the Web API and sends events.

It prints what it saw as JSON: how late each event was acknowledged, and when each answer was posted.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web

from config.clock import SystemClock
from tests.bench.served import ROOT, cpu_of, environment
from tests.support.slack.sender import Sender
from tests.support.slack.server import FakeSlack, make_app


@dataclass(frozen=True)
class Plan:
    """`events` direct messages at `rate` a second to `port`, of `text`; the Web API listens on `api_port`."""

    port: int
    api_port: int
    pid: int
    events: int
    rate: float
    text: str = "help"
    command: bool = False


@dataclass
class Seen:
    """Seconds. `posted` are from the event to its answer, where one came."""

    acked: list[float] = field(default_factory=list)
    posted: list[float] = field(default_factory=list)
    refused: int = 0
    seconds: float = 0.0
    cpu: float = 0.0

    def quantile(self, which: str, share: float) -> float:
        ordered = sorted(getattr(self, which))
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else float("inf")


class Load:
    """Each event has a channel of its own, so that its answer is known by where it stands."""

    def __init__(self, plan: Plan, slack: FakeSlack, sender: Sender) -> None:
        self._plan, self._slack, self._sender = plan, slack, sender
        self.seen, self._sent = Seen(), dict[str, float]()

    async def run(self) -> None:
        plan = self._plan
        await self._one(0, warm=True)
        before, began = cpu_of(plan.pid), time.perf_counter()
        waiting = []
        for number in range(1, plan.events + 1):
            waiting.append(asyncio.create_task(self._one(number)))
            await asyncio.sleep(max(0.0, began + number / plan.rate - time.perf_counter()))
        await asyncio.gather(*waiting)
        await self._answers(within=30.0)
        self.seen.seconds = time.perf_counter() - began
        self.seen.cpu = cpu_of(plan.pid) - before

    async def _one(self, number: int, warm: bool = False) -> None:
        channel, at = f"{'C' if self._plan.command else 'D'}{number:06}", time.perf_counter()
        self._sent[channel] = at
        if self._plan.command:
            status, _ = await self._sender.command("UMARIA", channel, self._plan.text)
        else:
            status, _ = await self._sender.message(
                "UMARIA", channel, self._plan.text, f"{1_700_000_000 + number}.1"
            )
        if status != 200:
            self.seen.refused += 1
        elif not warm:
            self.seen.acked.append(time.perf_counter() - at)
        if warm:
            await self._answers(within=30.0)

    async def _answers(self, within: float) -> None:
        until = time.perf_counter() + within
        while time.perf_counter() < until and any(name not in self._slack.first for name in self._sent):
            await asyncio.sleep(0.02)
        self.seen.posted = [
            self._slack.first[name] - at for name, at in self._sent.items() if name in self._slack.first
        ]


async def main(plan: Plan) -> Seen:
    slack = FakeSlack()
    slack.person("UMARIA", "maria@demo.example")
    runner = web.AppRunner(make_app(slack), access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", plan.api_port).start()
    async with aiohttp.ClientSession() as http:
        sender = Sender(f"http://127.0.0.1:{plan.port}/slack/events", http, SystemClock())
        load = Load(plan, slack, sender)
        await load.run()
    await runner.cleanup()
    return load.seen


def generate(folder: Path, plan: Plan) -> Seen:
    """Run it as another process. Raises CalledProcessError."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.slack_load", json.dumps(asdict(plan))],
        cwd=ROOT, env=environment(folder, None, plan.port), check=True, capture_output=True, text=True,
    )  # fmt: skip
    found: Mapping[str, Any] = json.loads(done.stdout)
    return Seen(**found)


if __name__ == "__main__":
    print(json.dumps(asdict(asyncio.run(main(Plan(**json.loads(sys.argv[1])))))))
