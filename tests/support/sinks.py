"""Every place where words leave us or are kept: what came out of each after the same lines went in."""

from __future__ import annotations

import contextlib
import io
import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

from aiohttp.test_utils import TestClient, TestServer
from prompt_toolkit.history import FileHistory
from sqlalchemy import Connection, select

from bot.desk import Incoming
from bot.http.auth import issue
from bot.http.web import make_web
from bot.services import Services
from bot.terminal.context import complain, log_to
from bot.terminal.jobs import audit as audit_job
from bot.terminal.jobs.screen import Screen
from bot.terminal.jobs.talk import CleanHistory
from config.clock import Clock
from config.redaction import redact_logs
from config.settings import Llm, Settings
from graph.llm.model import LanguageModel
from store import audit
from store.engine import Database
from store.records import AuditEntry
from store.tables import inbox, outbox, steps, turns
from tests.graph.world import build_world, classifier
from tests.support.clock import ManualClock
from tests.support.hostile import Hostile
from tests.support.llm_server import Says, Tool
from tests.support.pieces import Pieces
from tests.support.scripted import Scripted
from tests.support.undecided import Scores

Sink = Callable[[Services, Sequence[str], Path], Awaitable[str]]


async def chat(services: Services, lines: Sequence[str], folder: Path) -> str:
    """What people type: the answers, and what is kept of it."""
    said = [
        await services.desk.ask(
            Incoming("terminal", f"s{n}", f"look: {line}", "maria", f"rest:c{n}", f"c{n}")
        )
        for n, line in enumerate(lines)
    ]
    return _flat(said)


async def ledger(services: Services, lines: Sequence[str], folder: Path) -> str:
    """After `chat`: every text of the tables."""

    def every(conn: Connection) -> list[Any]:
        tables = (inbox, turns, outbox, steps)
        return [list(row) for table in tables for row in conn.execute(select(table))]

    return _flat(await services.database.read(every))


async def posts(services: Services, lines: Sequence[str], folder: Path) -> str:
    """What a runbook posts."""
    for number, line in enumerate(lines):
        await services.outbox.post(
            f"p{number}", "rest:posts", {"text": line, "blocks": [{"type": "text", "text": line}]}
        )
    return await ledger(services, lines, folder)


async def log(services: Services, lines: Sequence[str], folder: Path) -> str:
    """The log file, with tracebacks."""
    log_to(folder)
    redact_logs(services.redact)
    writer = logging.getLogger("sinks")
    for line in lines:
        writer.info("upstream said %s", line)
        try:
            raise ValueError(line)
        except ValueError:
            writer.exception("failed")
    said = (folder / "copilot.log").read_text(encoding="utf-8")
    log_to(None)
    return said


async def audit_text(services: Services, lines: Sequence[str], folder: Path) -> str:
    def work(conn: Connection) -> None:
        for number, line in enumerate(lines):
            detail = {"reason": line, "deep": [{"said": line}]}
            audit.append(conn, AuditEntry("maria", "said", "test", f"t{number}", detail=detail), 1.0)

    await services.database.write(work)
    assert (await services.database.read(audit.verify)).ok
    return _flat(
        [row.detail for row in await services.database.read(lambda conn: audit.rows(conn, limit=5000))]
    )


async def export(services: Services, lines: Sequence[str], folder: Path) -> str:
    """After `audit_text`: `audit export`."""

    class Opened:
        def settings(self) -> Settings:
            return services.settings

        @contextlib.asynccontextmanager
        async def open(
            self,
            *,
            work: bool,
            chat: bool = True,
            clock: Clock | None = None,
            settings: Settings | None = None,
        ) -> AsyncIterator[Services]:
            yield services

    with contextlib.redirect_stdout(io.StringIO()) as out:
        await audit_job.exported(Opened(), run_id=None)
    return out.getvalue()


async def rest(services: Services, lines: Sequence[str], folder: Path) -> str:
    """Answers and problem documents that repeat what was sent."""
    now = services.wall.now()
    token = issue(services.token_key, "maria", services.people.by_id["maria"].roles, 600.0, now=now)
    said = []
    async with TestClient(TestServer(make_web(services))) as client:
        headers = {"Authorization": f"Bearer {token}"}
        async with client.post("/api/v1/sessions", json={}, headers=headers) as answer:
            session = (await answer.json())["id"]
        for some in _by(4, lines):
            line = "\n".join(some)
            body = {"session_id": session, "text": f"note {line}"}
            async with client.post("/api/v1/messages", json=body, headers=headers) as answer:
                said.append(await answer.text())
            body = {"runbook": line, "inputs": {"service": line}}
            async with client.post("/api/v1/workflows", json=body, headers=headers) as answer:
                said.append(await answer.text())
    return "\n".join(said)


async def terminal(services: Services, lines: Sequence[str], folder: Path) -> str:
    """Answers on the screen, errors on stderr, and the file of what was typed."""
    log_to(folder)
    redact_logs(services.redact)
    history = CleanHistory(folder / "history", services.redact)
    with contextlib.redirect_stdout(io.StringIO()) as out, contextlib.redirect_stderr(io.StringIO()) as err:
        screen = Screen(services, services.people.by_id["maria"])
        for line in lines:
            await screen.reply({"text": line, "blocks": [{"type": "code", "text": line, "language": "text"}]})
            complain(line, 1)
            history.store_string(line)
    assert isinstance(history, FileHistory)
    log_to(None)
    return out.getvalue() + err.getvalue() + (folder / "history").read_text(encoding="utf-8")


async def prompt(services: Services, lines: Sequence[str], folder: Path) -> str:
    """All that a language model is told: what people type, logs, notes, alerts."""
    clock = ManualClock()
    scripted = Scripted(_looking)
    settings = Llm(
        base_url="http://127.0.0.1:9/v1", model="m", daily_usd=1e6, daily_tokens=10**9, max_tokens=10**6
    )
    async with Database(f"sqlite:///{folder}/prompts.db", clock) as database:
        from store.migrate import upgrade

        await upgrade(database)
        model = LanguageModel(settings, database, clock, services.redact, lambda _: scripted)
        world = build_world(database, clock, model=model, stream=Pieces())
        for number, some in enumerate(_by(4, lines)):
            texts = dict(zip(("log", "note", "alert", "change"), some, strict=False))
            world.swap(sources=Hostile(clock.now(), texts).sources())
            await world.say("why does rag-api fail in production?", conversation=f"c{number}")
        world.swap(classifier=Scores(classifier()))
        for number, some in enumerate(_by(4, lines)):
            text = "mm " + "\n".join(some)
            assert len(text) < 4_000
            await world.say(text, conversation=f"d{number}")
        await model.aclose()
    return json.dumps(scripted.asked)


def _looking(body: dict[str, Any]) -> Says:
    if body["tools"] and body["tools"][0]["function"]["name"] == "choose":
        return Says(tools=[Tool("choose", {"request": "none"})])
    if body["messages"][-1]["role"] == "tool":
        return Says(["The release is the likely cause."])
    reads: tuple[tuple[str, dict[str, Any]], ...]
    reads = ("logs", {"service": "rag-api"}), ("incidents", {}), ("alerts", {}), ("changes", {})
    return Says(tools=[Tool(name, given) for name, given in reads])


SINKS: dict[str, Sink] = {
    "chat": chat,
    "ledger": ledger,
    "posts": posts,
    "log": log,
    "audit": audit_text,
    "export": export,
    "REST": rest,
    "terminal": terminal,
    "model prompt": prompt,
}


def shows(out: str, core: str) -> bool:
    """Whether `core` can be read in `out`, however lines were broken."""
    bare = "".join(core.split())
    return bare in "".join(out.split()) or json.dumps(bare)[1:-1] in "".join(out.split())


def _by(count: int, lines: Sequence[str]) -> list[Sequence[str]]:
    return [lines[at : at + count] for at in range(0, len(lines), count)]


def _flat(value: Any) -> str:
    return json.dumps(value, default=str)
