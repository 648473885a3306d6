"""One conversation of 1,000 messages: does a message cost the same at the end as at the beginning?"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path

from sqlalchemy import Engine, create_engine, text

from tests.bench.mix import READS, shuffled
from tests.bench.report import Options, Result, Row, at_most
from tests.bench.served import Served, place, running, token
from tests.bench.wire import Wire

MOST_BYTES = 2048
#: how much dearer the last two hundreds may be than the first two and still count as constant
CONSTANT = 1.15
_SIZES = """SELECT COALESCE(SUM(pg_total_relation_size(c.oid)), 0) FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
AND c.relkind = 'r'"""


@dataclass
class Mark:
    """CPU seconds and stored bytes after so many messages."""

    messages: int
    cpu: float
    stored: int


def run(options: Options) -> Result:
    """1,000 messages; 200 in the short form."""
    result = Result("conversation", "A long conversation", "python -m tests.bench --only conversation")
    messages = 200 if options.short else 1_000
    for kind in ("sqlite", "postgresql"):
        with place(kind) as (folder, url), running(folder, url) as server:
            asyncio.run(server.ready())
            marks = asyncio.run(_talk(server, messages, options.seed, _measure(kind, folder, url)))
        result.rows += _rows({"sqlite": "SQLite", "postgresql": "PostgreSQL"}[kind], marks)
    result.notes.append(
        f"The {len(READS)} texts of the mix that change nothing, in one session, one after the other; bytes are those "
        "of every file of the database after a checkpoint, or of every table with its indexes."
    )
    return result


async def _talk(server: Served, messages: int, seed: int, stored: Callable[[], int]) -> list[Mark]:
    wire, texts = Wire(server.port, token("maria")), cycle(shuffled(seed, READS))
    _, session = await wire.request("POST", "/api/v1/sessions", {})
    marks = [Mark(0, server.cpu, stored())]
    part = messages // 10
    for number in range(1, messages + 1):
        _, said = next(texts)
        status, answer = await wire.request(
            "POST", "/api/v1/messages", {"session_id": session["id"], "text": said}
        )
        assert status == 200, answer
        if number % part == 0:
            marks.append(Mark(number, server.cpu, stored()))
    wire.close()
    return marks


def _rows(name: str, marks: list[Mark]) -> list[Row]:
    first, last = (marks[0], marks[2]), (marks[-3], marks[-1])
    cpu = [1000 * (b.cpu - a.cpu) / (b.messages - a.messages) for a, b in (first, last)]
    size = [(b.stored - a.stored) / (b.messages - a.messages) for a, b in (first, last)]
    whole = (marks[-1].stored - marks[0].stored) / marks[-1].messages
    spans = f"messages 1-{first[1].messages} and {last[0].messages + 1}-{last[1].messages}"
    return [
        Row(
            f"{name}: CPU a message constant",
            f"{cpu[0]:.2f} ms, then {cpu[1]:.2f} ms ({spans}, one at a time)",
            cpu[1] <= CONSTANT * cpu[0],
        ),
        Row(
            f"{name}: stored bytes a message constant",
            f"{size[0]:.0f}, then {size[1]:.0f}",
            size[1] <= CONSTANT * max(size[0], whole),
        ),
        at_most(f"{name}: stored a message", MOST_BYTES, whole, "bytes", f"over {marks[-1].messages}", 0),
    ]


def _measure(kind: str, folder: Path, url: str) -> Callable[[], int]:
    if kind == "sqlite":
        return lambda: sum(_checkpointed(path) for path in (folder / "data").glob("*.db"))
    engine = create_engine(url)
    return lambda: _tables(engine)


def _checkpointed(path: Path) -> int:
    conn = sqlite3.connect(path, timeout=10)
    try:
        conn.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        return path.stat().st_size
    finally:
        conn.close()


def _tables(engine: Engine) -> int:
    with engine.connect() as conn:
        stored = int(conn.execute(text(_SIZES)).scalar_one())
    engine.dispose()
    return stored
