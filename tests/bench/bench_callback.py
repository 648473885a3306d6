"""How long does anything hold the event loop? Five minutes of messages, approvals, runs and posts together."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.bench.load import Figures, Plan, generate
from tests.bench.report import Options, Result, Row, at_most
from tests.bench.served import place, running
from tests.chaos.killing import FACTOR, SERVICES, company_at
from tests.chaos.mending import shelved
from tests.chaos.quick import Quick
from tests.chaos.story import Teller, Told

COMMAND = (sys.executable, "-m", "tests.bench.measured_serve")
RATE = 25.0
SHOWN = 5


def run(options: Options) -> Result:
    """Five minutes; 20 s in the short form."""
    seconds = 20 if options.short else 300
    result = Result("callback", "The longest callback", "python -m tests.bench --only callback")
    for kind in ("sqlite", "postgresql"):
        with place(kind) as (folder, url):
            into, clock = folder / "measured.json", Quick(time.time(), FACTOR)
            more = {"MEASURED_INTO": str(into), **clock.variables(), **shelved(folder)}
            with running(folder, url, COMMAND, more) as server:
                asyncio.run(server.ready())
                os.kill(server.process.pid, signal.SIGUSR1)
                pid, port = server.process.pid, server.port
                load = Plan(port, (pid,), int(RATE * seconds), 0, 32, RATE, options.seed)
                told, figures = asyncio.run(_mixed(folder, url, clock, load, options.seed))
            measured = json.loads(into.read_text(encoding="utf-8"))
        result.rows += _rows({"sqlite": "SQLite", "postgresql": "PostgreSQL"}[kind], measured, figures, told)
        result.notes += [f"{kind}: {words}" for words in [*told.wrong[:5], *figures.wrong]]
    result.notes.append(
        f"{seconds} s of {RATE:.0f} messages/s of the mix, and {len(SERVICES)} incidents at a time from fault to "
        f"verified rollback; the company's clock runs {FACTOR:g} times as fast, so that minutes of a run take seconds. "
        "Thread CPU time of asyncio.Handle._run from the first message on; garbage collections in brackets."
    )
    return result


async def _mixed(folder: Path, url: str, clock: Quick, load: Plan, seed: int) -> tuple[Told, Figures]:
    told, enough = Told(), asyncio.Event()
    async with company_at(url, clock) as company:
        tellers = [Teller(load.port, company, service, seed, told) for service in SERVICES]
        tasks = [asyncio.create_task(one.tell(enough)) for one in tellers]
        figures = await asyncio.to_thread(generate, folder, load)
        enough.set()
        await asyncio.wait_for(asyncio.gather(*tasks), 90.0)
        for one in tellers:
            one.close()
    return told, figures


def _rows(name: str, measured: dict[str, Any], figures: Figures, told: Told) -> list[Row]:
    longest: Sequence[tuple[float, float, str]] = measured["longest"]
    first = max(longest, key=lambda one: one[0] + one[1])
    rows = [
        at_most(
            f"{name}: longest callback",
            50.0,
            1000 * (first[0] + first[1]),
            "ms CPU",
            f"{1000 * first[1]:.1f} of it collecting garbage; {measured['count']} callbacks",
            1,
        ),
        Row(
            f"{name}: longest garbage collection",
            f"{1000 * measured['collection']:.1f} ms CPU, in any thread",
        ),
        Row(
            f"{name}: 0 errors",
            f"{figures.errors} of {figures.sent}, {len(told.runs)} runs, p95 {1000 * figures.quantile(0.95):.0f} ms",
            figures.errors == 0 and not told.wrong,
        ),
    ]
    for took, collecting, what in longest[:SHOWN]:
        rows.append(Row(f"{name}: {what}", f"{1000 * took:.1f} ms ({1000 * collecting:.1f})"))
    return rows
