"""The console: server time of every page on a ledger with something in it, and the size of a first visit."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import quantiles

import aiohttp

from tests.bench.report import Options, Result, Row, at_most
from tests.bench.served import Served, place, running, token

PAGES = (
    "/", "{chat}", "/approvals", "{approval}", "/runs", "{run}", "/runbooks", "/runbooks/rollback-service", "/fleet",
    "/fleet?environment=staging", "/incidents", "/audit", "/audit?q=maria+approval", "/people", "/settings", "/switch",
)  # fmt: skip
LIMIT = 100.0
SERVICES = ("billing", "checkout", "summarizer", "embeddings", "moderation", "llm-gateway", "payments-api")


@dataclass(frozen=True)
class Took:
    """One page: its address, bytes sent, CPU seconds that the server took for each, seconds of each request."""

    path: str
    size: int
    cpu: float
    seconds: Sequence[float]

    def quantile(self, percent: int) -> float:
        return quantiles(self.seconds, n=100, method="inclusive")[percent - 1]


def run(options: Options) -> Result:
    """Each page 100 times, one after another, from one client; 20 times in the short form."""
    result = Result("console", "Pages of the console", "python -m tests.bench --only console")
    times = 20 if options.short else 100
    for kind in ("sqlite", "postgresql"):
        with place(kind) as (folder, url), running(folder, url) as server:
            asyncio.run(server.ready())
            found, first = asyncio.run(measure(server, times))
        slowest = max(found, key=lambda one: one.quantile(95))
        name = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}[kind]
        middle = sorted(one.quantile(50) for one in found)[len(found) // 2]
        spent = max(one.cpu for one in found)
        words = f"{slowest.path}; middle page p50 {1000 * middle:.1f} ms; at most {1000 * spent:.1f} ms CPU a page"
        result.rows.append(
            at_most(f"{name}: p95 of every page", LIMIT, 1000 * slowest.quantile(95), "ms", words, 1)
        )
        if kind == "sqlite":
            result.rows += [_row(one) for one in found]
            result.rows.append(
                Row("style and scripts of a first visit", f"{first / 1024:.0f} KB, uncompressed")
            )
    result.notes.append(
        f"{times} requests a page, one after another over one connection, from asking to the last byte; the demo "
        "company with seven runs, four conversations and their audit. The client is another process here."
    )
    return result


def _row(one: Took) -> Row:
    p50, p95 = 1000 * one.quantile(50), 1000 * one.quantile(95)
    words = f"{1000 * one.cpu:.1f} ms CPU; p50 {p50:.1f}, p95 {p95:.1f} ms; {one.size / 1024:.0f} KB"
    return Row(f"SQLite: {one.path}", words)


async def measure(server: Served, times: int) -> tuple[list[Took], int]:
    """Every page's times, and the bytes of style and scripts."""
    base = f"http://127.0.0.1:{server.port}"
    jar = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(base, cookie_jar=jar) as browser:
        origin = {"Origin": base}
        await _ok(browser.post("/sign-in", data={"token": token("amara")}, headers=origin))
        names = await _fill(browser, origin)
        first = await _ok(browser.get("/"))
        assets = set(re.findall(r'"(/static/[^"]+\.(?:css|js))"', first)) | {
            f"{re.findall(r'/static/[0-9a-f]+', first)[0]}/{name}" for name in ("live.js", "chat.js")
        }
        weight = sum([len((await _ok(browser.get(path))).encode()) for path in assets])
        return [await _page(server, browser, path.format(**names), times) for path in PAGES], weight


async def _page(server: Served, browser: aiohttp.ClientSession, path: str, times: int) -> Took:
    size, seconds, used = 0, [], server.cpu
    for number in range(times + 2):
        used = server.cpu if number == 2 else used
        began = time.perf_counter()
        size = len((await _ok(browser.get(path))).encode())
        seconds.append(time.perf_counter() - began)
    return Took(re.sub(r"(ses|apr|run)_\w+", r"\1_…", path), size, (server.cpu - used) / times, seconds[2:])


async def _fill(browser: aiohttp.ClientSession, origin: dict[str, str]) -> dict[str, str]:
    """Conversations, approvals and runs; the addresses of one of each."""
    csrf = re.findall(r'name="csrf" content="(\w+)"', await _ok(browser.get("/")))[0]
    chat = ""
    for number, text in enumerate(
        ("why is rag-api slow?", "latency of rag-api", "what changed today?", "help")
    ):
        form = {"csrf": csrf, "text": text, "once": str(number)}
        async with browser.post("/chat", data=form, headers=origin) as answer:
            chat = chat or str(answer.url.path)
    approval = ""
    for service in SERVICES:
        form = {
            "csrf": csrf,
            "do": "run",
            "in.service": service,
            "in.environment": "production",
            "once": service,
        }
        async with browser.post("/runbooks/rollback-service/runs", data=form, headers=origin) as answer:
            approval = str(answer.url.path)
    run = re.findall(r'data-run="(\w+)"', await _ok(browser.get(approval)))[0]
    return {"chat": chat, "approval": approval, "run": f"/runs/{run}"}


async def _ok(request: object) -> str:
    async with request as answer:  # type: ignore[attr-defined]
        assert answer.status == 200, await answer.text()
        return str(await answer.text())
