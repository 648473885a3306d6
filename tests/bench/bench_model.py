"""The language model: our part of the wait for its first word, what an obedient one can do, what redaction costs."""

from __future__ import annotations

import asyncio
import contextlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import aiohttp
from pydantic import SecretStr

from app import App
from bot.desk import Incoming
from bot.services import Services
from config.redaction import Redactor
from config.settings import Auth, Llm, Settings
from graph.llm.model import LanguageModel
from store.engine import Database
from store.migrate import upgrade
from tests.bench.report import Options, Result, Row, at_least, at_most
from tests.bench.served import ROOT, free_port
from tests.graph.llm.test_injections import kept, suffer
from tests.graph.world import build_world
from tests.support.clock import ManualClock
from tests.support.injections import CARRIERS, Obedient, injections
from tests.support.leaks import forms, negatives, own, secrets
from tests.support.llm_server import serving
from tests.support.pieces import Pieces
from tests.support.sinks import SINKS, shows

DELAY = 0.2
QUESTION = "why is rag-api slow in production?"


def run(options: Options) -> Result:
    """60 questions, all injections over the real SDK, all secrets; 15 questions in the short form."""
    result = Result("model", "The language model", "python -m tests.bench --only model")
    result.rows += asyncio.run(_first_words(15 if options.short else 60))
    result.rows += asyncio.run(_injections())
    result.rows += asyncio.run(_secrets(options.seed))
    result.rows += _cost(options.seed)
    result.notes.append(
        f"The endpoint is a process of its own that begins to speak {1000 * DELAY:.0f} ms after it was asked. Our part "
        "is everything else between the message and its first word on the stream: inbox, reading, the program's own "
        "diagnosis, the ledger before the call, the SDK, tracing. One question at a time, in `serve`'s own rooms."
    )
    result.notes.append(
        "The injections are obeyed by a scripted model that calls whatever tool, says whatever words and chooses "
        "whatever request it reads of; a suggestion may only name what the person or the diagnosis named. Secrets and "
        f"counter-examples are made by tests/support/leaks.py with seed {options.seed}: our own reading of the "
        "issuers' formats, so they say nothing of formats that we do not know."
    )
    if hasattr(os, "sched_getscheduler") and os.sched_getscheduler(0) != os.SCHED_OTHER:
        result.notes.append(
            "Measured with real-time priority (`chrt -r`), for others were at work on the machine."
        )
    return result


@contextlib.contextmanager
def _endpoint() -> Iterator[str]:
    port = free_port()
    command = [sys.executable, "-m", "tests.support.llm_server", str(port), str(DELAY)]
    with subprocess.Popen(command, cwd=ROOT) as process:
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()


@contextlib.asynccontextmanager
async def _opened(**settings: object) -> AsyncIterator[tuple[Services, Path]]:
    with tempfile.TemporaryDirectory(prefix="copilot-") as name:
        chosen = Settings(data_dir=Path(name), **settings)  # type: ignore[arg-type]
        async with App().open(work=True, settings=chosen) as services:
            while services.not_ready():
                await asyncio.sleep(0.02)
            yield services, Path(name)


async def _first_words(count: int) -> list[Row]:
    with _endpoint() as address:
        llm = Llm(base_url=f"{address}/v1", model="scripted")
        async with _opened(llm=llm) as (services, _), aiohttp.ClientSession() as http:
            while True:
                with contextlib.suppress(aiohttp.ClientError):
                    async with http.get(f"{address}/told") as answer:
                        if answer.status == 200:
                            break
                await asyncio.sleep(0.05)
            for number in range(3):
                await _asked(services, f"warm{number}")
            waits = [await _asked(services, f"bench{number}") for number in range(count)]
            async with http.get(f"{address}/told") as answer:
                told = await answer.json()
    own_, late = [], []
    for (began, heard, _), asked, spoke in zip(
        waits, told["began"][3:], told["first_words"][3:], strict=True
    ):
        own_.append(1000 * (heard - began - (spoke - asked)))
        late.append(1000 * (heard - spoke))
    beside = f"p50 {_at(own_, 0.5):.1f}, longest {max(own_):.1f}; {count} questions"
    after = f"{_at(late, 0.95):.1f} ms (p50 {_at(late, 0.5):.1f})"
    return [
        at_most("our part of the wait for the first word, p95", 50.0, _at(own_, 0.95), "ms", beside, 1),
        Row("CPU of our part, mean", f"{1000 * sum(one[2] for one in waits) / count:.1f} ms (all threads)"),
        Row("of it: from leaving the endpoint to being shown, p95", after),
    ]


async def _asked(services: Services, place: str) -> tuple[float, float, float]:
    """When a question was asked, when its first word was heard, and CPU seconds of all threads between them."""
    began, spent = time.perf_counter(), time.process_time()
    got = await services.desk.submit(Incoming("bench", place, QUESTION, "maria", f"rest:{place}", place))
    stream = services.stream(got.id)
    await anext(stream)
    heard, spent = time.perf_counter(), time.process_time() - spent
    await stream.aclose()
    await services.desk.answer(got)
    return began, heard, spent


def _at(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


async def _injections() -> list[Row]:
    every, pieces, clock, obedient = injections(), Pieces(), ManualClock(), Obedient()
    with tempfile.TemporaryDirectory() as folder:
        async with Database(f"sqlite:///{folder}/x.db", clock) as database, serving() as endpoint:
            await upgrade(database)
            endpoint.script = obedient
            settings = Llm(base_url=endpoint.url, model="scripted")
            model = LanguageModel(settings, database, clock, Redactor())
            world = build_world(database, clock, model=model, stream=pieces)
            wrong = await suffer(world, pieces, every)
            await model.aclose()
            found = await database.read(kept)
    words = f"{len(every)} injections in {len(CARRIERS)} carriers, {obedient.obeyed} obeyed"
    return [
        Row(
            "an obedient model: 0 runs, approvals, posts elsewhere",
            f"{sum(found.values())} ({words})",
            not any(found.values()),
        ),
        Row("an obedient model: 0 made-up choices, addresses, figures", str(len(wrong)), not wrong),
    ]


async def _secrets(seed: int) -> list[Row]:
    every, mine = secrets(seed), own(seed)
    for number, one in enumerate(mine[1:]):
        os.environ[f"BENCH_{number}_TOKEN"] = one
    held = [form for one in [*mine[1:], mine[0] * 5] for form in forms(one)]
    lines = [one.line for one in every] + [f"it says {form} there" for form in held]
    rows, least, own_open = [], 100.0, 0
    try:
        async with _opened(auth=Auth(secret=SecretStr(mine[0] * 5))) as (services, folder):
            for name, sink in SINKS.items():
                out = await sink(services, lines, folder)
                open_ = [one.kind for one in every if shows(out, one.core)]
                own_open += sum(shows(out, form) for form in held)
                share = 100 * (1 - len(open_) / len(every))
                rows.append(Row(f"of them: {name}", f"{share:.1f} %"))
                least = min(least, share)
    finally:
        for number in range(len(mine) - 1):
            del os.environ[f"BENCH_{number}_TOKEN"]
    words = f"{own_open} of {len(held)} forms in {len(SINKS)} places"
    beside = f"{len(every)} secrets of known shapes"
    hidden = at_least(f"secrets hidden, at the worst of {len(SINKS)} places", 98.0, least, "%", beside, 1)
    return [hidden, *rows, Row("own secrets shown: 0", words, own_open == 0)]


def _cost(seed: int) -> list[Row]:
    redact, lines = Redactor(own(seed)), negatives(seed)
    touched = [one for one in lines if redact(one) != one]
    spent = []
    for _ in range(20):
        began = time.thread_time()
        for one in lines:
            redact(one)
        spent.append((time.thread_time() - began) / len(lines))
    share = 100 * len(touched) / len(lines)
    return [
        at_most("counter-examples touched", 2.0, share, "%", f"{len(touched)} of {len(lines)}", 1),
        Row(
            "redaction, CPU a line",
            f"{1e6 * min(spent):.1f} µs ({sum(map(len, lines)) // len(lines)} characters)",
        ),
    ]
