from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest

from bot.charts import MOST_SPEC, Charts, NoPicture
from config.errors import Busy
from tests.graph.charts.test_charts import every

#: answers each request with how many it had before; what `{act}` does comes first
FAKE = """
import os, sys, time
read, write = sys.stdin.buffer.read, sys.stdout.buffer.write
def send(words):
    write(len(words).to_bytes(4) + words); sys.stdout.buffer.flush()
send(b"+")
count = 0
while head := read(4):
    request = read(int.from_bytes(head))
    count += 1
    {act}
    send(b"+" + str(count).encode())
"""
BLOCK = every()["bars"]


def fake(act: str = "pass") -> tuple[str, ...]:
    return (sys.executable, "-c", FAKE.replace("{act}", act))


@asynccontextmanager
async def drawing(act: str = "pass", **changes: Any) -> AsyncIterator[Charts]:
    charts = Charts(fake(act), **{"available": True, **changes})
    try:
        yield charts
    finally:
        await charts.stop()


def chart(title: str) -> dict[str, Any]:
    return {**BLOCK, "title": title}


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not holds():
            await asyncio.sleep(0.005)


async def test_one_process_draws_all_and_the_same_chart_once() -> None:
    async with drawing() as charts:
        assert charts.pid is None
        assert await charts.png(chart("a")) == b"1"
        pid = charts.pid
        assert await charts.png(chart("a")) == b"1"
        assert await charts.png(chart("a"), theme="dark") == b"2"
        assert await charts.svg(chart("a")) == "3"
        assert charts.pid == pid


async def test_many_who_want_the_same_chart_wait_for_one_drawing() -> None:
    async with drawing() as charts:
        assert set(await asyncio.gather(*(charts.png(chart("a")) for _ in range(50)))) == {b"1"}
        assert await charts.png(chart("b")) == b"2"


async def test_somebody_who_goes_away_leaves_the_answers_in_order() -> None:
    async with drawing() as charts:
        leaving = asyncio.create_task(charts.png(chart("a")))
        await until(lambda: charts.pid is not None)
        leaving.cancel()
        assert await charts.png(chart("b")) == b"2"
        assert await charts.png(chart("a")) == b"1"


async def test_a_process_that_was_killed_is_started_again(caplog: pytest.LogCaptureFixture) -> None:
    async with drawing() as charts:
        await charts.png(chart("a"))
        assert charts.pid is not None
        os.kill(charts.pid, signal.SIGKILL)
        assert await charts.png(chart("b")) == b"1"


async def test_one_that_dies_with_a_request_gets_another_try_and_then_it_is_said() -> None:
    async with drawing("os._exit(9)") as charts:
        with pytest.raises(NoPicture, match="keeps ending"):
            await charts.png(chart("a"))


async def test_one_that_hangs_is_ended_and_the_next_chart_is_drawn(tmp_path: Path) -> None:
    flag = tmp_path / "hung"
    act = f"p = {str(flag)!r}; os.path.exists(p) or (open(p, 'w').close(), time.sleep(3600))"
    async with drawing(act, patience=0.5) as charts:
        await charts.warm()
        with pytest.raises(NoPicture, match=r"within 0\.5 s"):
            await charts.png(chart("a"))
        assert charts.pid is None
        charts._patience = 10.0
        assert await charts.png(chart("a")) == b"1"


async def test_it_ends_when_nobody_asks_and_starts_again_when_somebody_does() -> None:
    async with drawing(idle=0.05) as charts:
        await charts.png(chart("a"))
        assert charts.pid is not None
        process = psutil.Process(charts.pid)
        await until(lambda: charts.pid is None)
        await until(lambda: not process.is_running())
        assert await charts.png(chart("b")) == b"1"


async def test_too_many_waiting_charts_are_refused_at_once() -> None:
    async with drawing("time.sleep(3600)", most=2) as charts:
        waiting = [asyncio.create_task(charts.png(chart(name))) for name in "ab"]
        await until(lambda: charts.pid is not None)
        with pytest.raises(Busy, match="2 charts are waiting"):
            await charts.png(chart("c"))
        for task in waiting:
            task.cancel()


async def test_stopping_leaves_no_process_behind() -> None:
    charts = Charts(fake("time.sleep(3600)"), available=True)
    waiting = asyncio.create_task(charts.png(chart("a")))
    await until(lambda: charts.pid is not None)
    process = psutil.Process(charts.pid)
    await charts.stop()
    assert not process.is_running()
    assert isinstance((await asyncio.gather(waiting, return_exceptions=True))[0], asyncio.CancelledError)


@pytest.mark.parametrize(
    ("spec", "why"),
    [
        ({"data": {"url": "http://example.org/x.csv"}, "mark": "line"}, "url"),
        ({"layer": [{"data": {"values": []}, "encoding": {"href": {"field": "a"}}}]}, "href"),
        ({"layer": [{"mark": {"type": "image"}}]}, "image"),
        ({"mark": "image"}, "image"),
        ({"data": {"values": ["x" * MOST_SPEC]}}, "too large"),
    ],
)
async def test_a_spec_that_would_load_something_or_is_huge_is_refused(spec: dict[str, Any], why: str) -> None:
    async with drawing() as charts:
        with pytest.raises(NoPicture, match=why):
            await charts.svg({**BLOCK, "spec": spec})
        assert charts.pid is None


async def test_without_the_library_it_says_how_to_get_it() -> None:
    async with drawing(available=False) as charts:
        with pytest.raises(NoPicture, match="pip install"):
            await charts.svg(BLOCK)


async def test_the_process_knows_nothing_of_our_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COPILOT_AUTH__SECRET", "s3cret")
    act = "count = ','.join(sorted(os.environ))"
    async with drawing(act) as charts:
        seen = (await charts.png(BLOCK)).decode()
        assert "TZ" in seen and "COPILOT" not in seen


async def test_the_real_one_draws_and_does_not_stall_the_loop() -> None:
    pytest.importorskip("vl_convert")
    charts = Charts()
    try:
        await charts.warm()
        svg, png = await asyncio.gather(charts.svg(BLOCK, "dark"), charts.png(BLOCK))
        assert svg.startswith("<svg") and "<script" not in svg
        assert png.startswith(b"\x89PNG")
    finally:
        await charts.stop()
