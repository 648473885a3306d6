"""Charts: the first, the warm ones, what they do to the event loop; and from a question to its diagnosis drawn."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from app import App
from bot.desk import Incoming
from bot.services import Services
from config.settings import Settings
from tests.bench.measured_serve import Meter
from tests.bench.report import Options, Result, Row, at_most
from tests.bench.served import place

BEAT = 0.002


@dataclass
class _Found:
    """Seconds, but for `memory` (bytes)."""

    first: float = 0.0
    stall: float = 0.0
    held: float = 0.0
    svg: list[float] = field(default_factory=list)
    png: list[float] = field(default_factory=list)
    asked: list[float] = field(default_factory=list)
    memory: int = 0


def run(options: Options) -> Result:
    """200 charts and 60 questions; 20 and 10 in the short form."""
    result = Result("charts", "Charts", "python -m tests.bench --only charts")
    charts, questions = (20, 10) if options.short else (200, 60)
    with place("sqlite") as (folder, _):
        found = asyncio.run(_measure(folder, charts, questions))
    result.rows = [
        at_most("the longest that the first chart held the event loop", 50.0, 1000 * found.held, "ms CPU"),
        Row(
            "a beat every 2 ms meanwhile came late by at most",
            f"{1000 * found.stall:.1f} ms, scheduler included",
        ),
        Row("the first chart, its process started for it", f"{found.first:.2f} s"),
        Row(f"warm SVG, {charts} different", _spread(found.svg)),
        Row(f"warm PNG at twice the size, {charts} different", _spread(found.png)),
        Row("memory of the drawing process", f"{found.memory / 2**20:.0f} MB, ended after 5 idle minutes"),
        at_most(
            "question → diagnosis with chart, p95",
            2.0,
            _quantile(found.asked, 0.95),
            "s",
            f"{questions} questions, each about another moment, as PNG; the first began without a process: "
            f"{found.asked[0]:.2f} s; median {statistics.median(found.asked):.2f} s",
        ),
    ]
    return result


def _spread(took: Sequence[float]) -> str:
    return f"p50 {1000 * _quantile(took, 0.5):.0f} ms, p95 {1000 * _quantile(took, 0.95):.0f} ms"


def _quantile(took: Sequence[float], share: float) -> float:
    return sorted(took)[min(len(took) - 1, int(share * len(took)))]


async def _measure(folder: Path, charts: int, questions: int) -> _Found:
    settings, found = Settings(mode="demo", data_dir=folder / "data"), _Found()
    async with App().open(work=True, settings=settings) as services:
        while services.not_ready():
            await asyncio.sleep(0.05)
        await _questions(services, questions, found)
        await services.charts.stop()
        block = await _diagnosis(services, 1_000_000)
        await _first(services, block, found)
        await _warm(services, block, charts, found)
    return found


async def _questions(services: Services, count: int, found: _Found) -> None:
    for number in range(count):
        began = time.perf_counter()
        block = await _diagnosis(services, number)
        await services.charts.png({**block, "title": f"{block['title']} {number}"})
        found.asked.append(time.perf_counter() - began)


async def _diagnosis(services: Services, number: int) -> dict[str, Any]:
    """The chart of the answer to one question in a conversation of its own."""
    conversation = f"bench-{number}"
    incoming = Incoming(
        "bench",
        conversation,
        "why is rag-api slow in production",
        "maria",
        f"rest:{conversation}",
        conversation,
    )
    reply = await services.desk.ask(incoming)
    return next(block for block in reply["blocks"] if block["type"] == "chart")


async def _first(services: Services, block: dict[str, Any], found: _Found) -> None:
    """The first chart while a beat runs; how long each callback held the loop comes from the loop itself."""
    meter = Meter()
    handle: Any = asyncio.Handle
    plain = handle._run
    handle._run = meter.measured(plain)
    beating = asyncio.create_task(_beat(found))
    try:
        began = time.perf_counter()
        await services.charts.svg(block)
        found.first = time.perf_counter() - began
    finally:
        handle._run = plain
        beating.cancel()
    found.held = max(own + collecting for own, collecting, _ in meter.longest)


async def _beat(found: _Found) -> None:
    while True:
        began = time.perf_counter()
        await asyncio.sleep(BEAT)
        found.stall = max(found.stall, time.perf_counter() - began - BEAT)


async def _warm(services: Services, block: dict[str, Any], count: int, found: _Found) -> None:
    for number in range(count):
        other = {**block, "title": f"chart {number}"}
        other["spec"] = {**block["spec"], "title": other["title"]}
        for draw, into in ((services.charts.svg, found.svg), (services.charts.png, found.png)):
            began = time.perf_counter()
            await draw(other)
            into.append(time.perf_counter() - began)
    assert services.charts.pid is not None
    found.memory = psutil.Process(services.charts.pid).memory_info().rss
