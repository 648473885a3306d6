"""Two `serve` processes on one PostgreSQL share 50 conversations: each message handled once, each one in order."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from random import Random

from sqlalchemy import Connection, create_engine, func, select

from store.engine import Database
from store.tables import inbox, outbox, turns
from tests.bench.mix import READS
from tests.bench.report import Options, Result, Row
from tests.bench.served import place, running, token
from tests.bench.wire import Lost, Wire

PATIENCE = 60.0


@dataclass
class Shared:
    """What came of it. `late` are conversations whose turns are not in the order sent."""

    sent: int = 0
    errors: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    by_worker: Counter[str] = field(default_factory=Counter)
    crossed: int = 0
    seconds: float = 0.0


def run(options: Options) -> Result:
    """50 conversations of 20 messages; 10 of 6 in the short form."""
    conversations, each = (10, 6) if options.short else (50, 20)
    found = asyncio.run(share(conversations, each, options.seed))
    result = Result("workers", "Two workers, one database", "python -m tests.bench --only workers")
    words = f"{len(found.wrong)} wrong, {len(found.errors)} errors of {found.sent}"
    result.rows = [
        Row("each handled once and in order, 0 errors", words, not found.wrong and not found.errors),
        Row("answered by each", ", ".join(str(number) for number in found.by_worker.values())),
        Row("handled by the worker that did not receive it", str(found.crossed)),
        Row("wall", f"{found.seconds:.1f} s"),
    ]  # fmt: skip
    result.notes = [
        f"{conversations} conversations, {each} messages each, sent to one worker or the other by seed "
        f"{options.seed}; the next message leaves when the one before it is stored, not when it is answered.",
        *found.wrong[:5],
        *found.errors[:5],
    ]
    return result


async def share(conversations: int, each: int, seed: int) -> Shared:
    """Two processes, that many conversations with so many messages each."""
    found = Shared()
    with contextlib.ExitStack() as stack:
        folder, url = stack.enter_context(place("postgresql"))
        servers = []
        for name in ("a", "b"):
            (folder / name / "data").mkdir(parents=True)
            servers.append(stack.enter_context(running(folder / name, url)))
            await servers[-1].ready()
        began = time.perf_counter()
        async with Database(url) as database, _stored(database) as stored:
            talks = [
                Talk([server.port for server in servers], number, seed, stored)
                for number in range(conversations)
            ]
            await asyncio.wait_for(
                asyncio.gather(*(talk.hold(each, found) for talk in talks)), PATIENCE + each
            )
        found.seconds = time.perf_counter() - began
        engine = create_engine(url)
        with engine.connect() as conn:
            _look(conn, talks, {server.port: f"-{server.process.pid}-" for server in servers}, found)
        engine.dispose()
    return found


class Stored:
    """How many messages of each conversation are in the inbox, looked up for all who wait."""

    def __init__(self) -> None:
        self.counts: dict[str, int] = {}
        self.changed = asyncio.Condition()

    async def at_least(self, lane: str, number: int) -> None:
        async with self.changed:
            await self.changed.wait_for(lambda: self.counts.get(lane, 0) >= number)


@contextlib.asynccontextmanager
async def _stored(database: Database) -> AsyncIterator[Stored]:
    stored = Stored()
    grouped = select(inbox.c.lane, func.count()).where(inbox.c.kind == "message").group_by(inbox.c.lane)

    async def look() -> None:
        while True:
            rows = await database.read(lambda conn: conn.execute(grouped).all())
            async with stored.changed:
                stored.counts = {row[0]: row[1] for row in rows}
                stored.changed.notify_all()
            await asyncio.sleep(0.02)

    task = asyncio.create_task(look())
    try:
        yield stored
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


class Talk:
    """One conversation: messages go to either worker, each as soon as the one before is stored."""

    def __init__(self, ports: list[int], number: int, seed: int, stored: Stored) -> None:
        self._draw, self._ports, self._stored = Random(f"{seed}:{number}"), ports, stored
        self._token = token("maria")
        self.session = ""
        self.texts: list[str] = []
        self.got: list[tuple[str, str, int]] = []

    async def hold(self, each: int, found: Shared) -> None:
        wire = Wire(self._draw.choice(self._ports), self._token)
        _, session = await wire.request("POST", "/api/v1/sessions", {})
        wire.close()
        self.session = session["id"]
        async with asyncio.TaskGroup() as tasks:
            for number in range(each):
                text = f"{self._draw.choice(READS)[1]} ({number})"
                self.texts.append(text)
                tasks.create_task(self._say(text, found))
                await self._stored.at_least(self.session, number + 1)

    async def _say(self, text: str, found: Shared) -> None:
        port = self._draw.choice(self._ports)
        wire = Wire(port, self._token)
        found.sent += 1
        try:
            body = {"session_id": self.session, "text": text}
            status, answer = await wire.request("POST", "/api/v1/messages", body)
        except Lost as err:
            status, answer = 0, {"detail": str(err)}
        wire.close()
        if status != 200 or answer["intent"]["id"] == "error":
            found.errors.append(f"{status} {text!r}: {str(answer)[:300]}")
        else:
            self.got.append((text, answer["request_id"], port))


def _look(conn: Connection, talks: list[Talk], workers: Mapping[int, str], found: Shared) -> None:
    said: dict[str, list[str]] = defaultdict(list)
    for row in conn.execute(select(turns.c.conversation, turns.c.text).order_by(turns.c.seq)):
        said[row.conversation].append(row.text)
    replies = Counter(conn.execute(select(outbox.c.key).where(outbox.c.kind == "reply")).scalars())
    rows = {row.id: row for row in conn.execute(select(inbox).where(inbox.c.kind == "message"))}
    for talk in talks:
        if said[talk.session] != talk.texts:
            found.wrong.append(f"{talk.session}: turns are {said[talk.session]}, sent were {talk.texts}")
        for text, request, port in talk.got:
            if replies[f"reply:{request}"] != 1:
                found.wrong.append(
                    f"{talk.session}: {text!r} was answered {replies[f'reply:{request}']} times"
                )
            found.crossed += workers[port] not in (rows[request].owner or "")
    for row in rows.values():
        if row.status != "done" or row.attempts != 1:
            found.wrong.append(f"{row.id} is {row.status} after {row.attempts} attempts")
        by = next((one for one in workers.values() if one in (row.owner or "")), "nobody")
        found.by_worker[by] += 1
