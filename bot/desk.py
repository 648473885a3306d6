"""The desk: takes inbox rows one at a time per conversation, has them thought about, and stores the answer once."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from bot.handling import Answer, Handler
from bot.outbox import is_read_there
from config.clock import Clock
from config.errors import Busy, CopilotError
from config.redaction import Redactor
from graph.lookback import look_back
from graph.message import Before
from graph.understanding.commands import is_urgent
from store import inbox, outbox, sessions, turns
from store.engine import Database, StoreError
from store.records import Inbox

log = logging.getLogger(__name__)
LEASE = 30.0
RENEW = 10.0
POLL = 0.5
TIDY = 3600.0
INBOX_KEPT = 7 * 86400.0
ANSWERS_KEPT = 86400.0
MOST_TEXT = 4_200  # a little more than understanding reads, so that it can say a text was too long


@dataclass(frozen=True, slots=True)
class Incoming:
    """A message as a face verified it. `roles` are a token's, when they narrow the person's own."""

    source: str
    event_id: str
    text: str
    actor: str
    place: str
    conversation: str
    acting_as: str | None = None
    roles: tuple[str, ...] | None = None

    def payload(self) -> dict[str, Any]:
        full = {
            "text": self.text[:MOST_TEXT],
            "actor": self.actor,
            "place": self.place,
            "conversation": self.conversation,
            "acting_as": self.acting_as,
            "roles": list(self.roles) if self.roles is not None else None,
        }
        return {key: value for key, value in full.items() if value is not None}


class Desk:
    """`most` messages are thought about at once in this process; beyond `backlog` waiting ones it says busy.

    `reasons` say why nothing is answered yet.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        wall: Clock,
        owner: str,
        posted: Callable[[], None],
        reasons: Callable[[], Sequence[str]] = tuple,
        most: int = 64,
        backlog: int = 1000,
        redact: Redactor | None = None,
        over: Callable[[str], None] = lambda request_id: None,
    ) -> None:
        """`redact` hides what people should not have typed; `over` is told of each request that was handled."""
        self._redact, self._over = redact or Redactor(), over
        self._database, self._wall, self._owner = database, wall, owner
        self._clock, self._reasons = clock, reasons
        self._posted, self._most, self._backlog = posted, most, backlog
        self._handler: Handler | None = None
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._answers: dict[str, asyncio.Future[Mapping[str, Any]]] = {}
        self._unclaimed = 0
        self._wake = asyncio.Event()
        self._loop: asyncio.Task[None] | None = None
        self._renewed_at = 0.0
        self._tidied_at = wall.now()

    def start(self, handler: Handler) -> None:
        """Begin to think: from now on waiting rows are taken."""
        self._handler = handler
        self._loop = asyncio.create_task(self._take_turns(), name="desk")

    async def stop(self, grace: float = 5.0) -> None:
        """Take nothing more, let what is being thought about finish for `grace` seconds; the rest keeps its lease."""
        if self._loop is not None:
            self._loop.cancel()
            await asyncio.gather(self._loop, return_exceptions=True)
        if self._tasks:
            _, late = await asyncio.wait(self._tasks.values(), timeout=grace)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    def nudge(self) -> None:
        """There may be a new row: a decision was taken, a run ended."""
        self._wake.set()

    async def submit(self, incoming: Incoming) -> inbox.Received:
        """Store a message before it is acknowledged; a repeat of its event id is dropped here.

        Raises Busy when too many wait, StoreError when it could not be stored.
        """
        if self._unclaimed >= self._backlog:
            raise Busy(
                f"{self._unclaimed} messages are waiting here. Nothing was taken; try again in a few seconds."
            )
        lane = None if is_urgent(incoming.text) else incoming.conversation
        room = self._handler is not None and len(self._tasks) < self._most
        now = self._wall.now()
        payload = {**incoming.payload(), "at": self._clock.now()}
        if secret := self._redact.kinds(payload["text"]):
            payload |= {"text": self._redact(payload["text"]), "hidden": list(secret)}

        def work(conn: Connection) -> tuple[inbox.Received, Before | None]:
            row = inbox.receive(
                conn,
                source=incoming.source,
                event_id=incoming.event_id,
                kind="message",
                lane=lane,
                payload=payload,
                now=now,
                owner=self._owner if room else None,
                lease=LEASE,
            )
            return row, look_back(conn, incoming.conversation) if row.claimed else None

        got, before = await self._database.write(work)
        if got.claimed:
            self._begin(
                Inbox(
                    id=got.id, seq=0, source=incoming.source, event_id=incoming.event_id, kind="message", lane=lane,
                    payload=payload, status="claimed", owner=self._owner, lease_until=now + LEASE, attempts=1,
                    created_at=now,
                ),
                before,
            )  # fmt: skip
        elif got.fresh:
            self._unclaimed += 1
            self._wake.set()
        return got

    async def ask(self, incoming: Incoming, patience: float = 30.0) -> Mapping[str, Any]:
        """Store a message and wait for its answer (the body of graph.message.Reply). Raises as `submit`, `answer`."""
        return await self.answer(await self.submit(incoming), patience)

    async def answer(self, got: inbox.Received, patience: float = 30.0) -> Mapping[str, Any]:
        """Wait for the answer to what was submitted.

        Raises Busy after `patience` seconds: the message is kept and its answer comes to the conversation.
        """
        future = self._answers.setdefault(got.id, asyncio.get_running_loop().create_future())
        key = f"reply:{got.id}"
        try:
            async with asyncio.timeout(patience):
                while not future.done():
                    task = self._tasks.get(got.id)
                    here = task is not None and not task.done()
                    stored = None if here else await self._database.read(lambda conn: outbox.get(conn, key))
                    if stored is not None:
                        return stored.body
                    await asyncio.wait([future], timeout=None if here else POLL)
                return future.result()
        except TimeoutError as err:
            why = " ".join(self._reasons())
            raise Busy(
                f"Message {got.id} is kept and not answered yet; its answer comes to the conversation. {why}".strip()
            ) from err
        finally:
            self._answers.pop(got.id, None)

    async def _take_turns(self) -> None:
        while True:
            self._wake.clear()
            try:
                await self._renew()
                await self._tidy()
                took = await self._claim() if len(self._tasks) < self._most else False
            except StoreError as err:
                log.warning("desk: %s", err)
                took = False
            if not took:
                try:
                    async with asyncio.timeout(POLL):
                        await self._wake.wait()
                except TimeoutError:
                    continue

    async def _claim(self) -> bool:
        now = self._wall.now()
        waiting = await self._database.read(lambda conn: _look(conn, now))
        if waiting is not None:
            self._unclaimed = waiting
            return False
        row = await self._database.write(
            lambda conn: inbox.claim_next(conn, owner=self._owner, now=now, lease=LEASE)
        )
        if row is None:
            return False
        self._unclaimed = max(0, self._unclaimed - 1)
        self._begin(row)
        return True

    async def _renew(self) -> None:
        now = self._wall.now()
        if self._tasks and now - self._renewed_at >= RENEW:
            ids = list(self._tasks)
            await self._database.write(lambda conn: inbox.renew(conn, ids, self._owner, now + LEASE))
            self._renewed_at = now

    async def _tidy(self) -> None:
        """Forget handled rows and remembered answers that nobody can repeat any more."""
        now = self._wall.now()
        if now - self._tidied_at >= TIDY:
            self._tidied_at = now
            await self._database.write(lambda conn: _forget(conn, now))

    def _begin(self, row: Inbox, before: Before | None = None) -> None:
        task = asyncio.create_task(self._handle(row, before), name=f"handle {row.id}")
        self._tasks[row.id] = task
        task.add_done_callback(lambda _: self._done(row))

    def _done(self, row: Inbox) -> None:
        del self._tasks[row.id]
        self._over(row.id)
        if self._unclaimed or row.kind != "message":
            self._wake.set()

    async def _handle(self, row: Inbox, before: Before | None) -> None:
        assert self._handler is not None
        try:
            answer = await self._handler.answer(row, before)
        except StoreError as err:
            log.warning("request %s waits for the database: %s", row.id, err)
            await self._give_back(row.id, err)
            return
        body = answer.reply.body() if answer.reply is not None else None
        try:
            kept = await self._database.write(lambda conn: self._keep(conn, row, answer, body))
        except StoreError as err:
            log.warning("the answer of %s could not be stored: %s", row.id, err)
            await self._give_back(row.id, err)
            return
        future = self._answers.get(row.id)
        if kept and body is not None:
            self._posted()
            if future is not None and not future.done():
                future.set_result(body)

    async def _give_back(self, request_id: str, err: CopilotError) -> None:
        """The row is taken again as soon as the database answers; whoever waits for it is told now."""
        future = self._answers.get(request_id)
        if future is not None and not future.done():
            future.set_exception(err)
        try:
            await self._database.write(lambda conn: inbox.retry_later(conn, request_id, self._owner))
        except StoreError:
            log.warning("request %s is taken again when its lease is over", request_id)

    def _keep(self, conn: Connection, row: Inbox, answer: Answer, body: Mapping[str, Any] | None) -> bool:
        now = self._wall.now()
        if not inbox.finish(conn, row.id, self._owner, now):
            return False
        if answer.turn is not None:
            turns.append(conn, answer.turn)
        if body is not None:
            read_there = is_read_there(answer.place)
            outbox.put(
                conn,
                key=answer.key,
                place=answer.place,
                kind="reply",
                body=body,
                now=now,
                read_there=read_there,
            )
        return True


def _look(conn: Connection, now: float) -> int | None:
    """None: something can be claimed. Else how many wait for their conversation's turn."""
    return None if inbox.claimable(conn, now=now) else inbox.waiting(conn)


def _forget(conn: Connection, now: float) -> None:
    inbox.prune(conn, now - INBOX_KEPT)
    sessions.forget(conn, now - ANSWERS_KEPT)
