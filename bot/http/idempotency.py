"""Idempotency-Key: a POST that is sent again gets the first one's answer, and is done once."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable

from bot.http.refusals import Unprocessable
from bot.http.route import Answer
from config.clock import Clock
from store import sessions
from store.canonical import canonical
from store.engine import Database


def fingerprint(path: str, body: object) -> str:
    """The same for the same path and the same body, however the body is written. 64 hex digits."""
    return hashlib.sha256(f"{path}\n{canonical(body)}".encode()).hexdigest()


def event_name(key: str, person: str, mark: str) -> str:
    """What a repeat is recognised by in the inbox and the ledger, should the first have ended halfway."""
    return "rest_" + hashlib.sha256(f"{person}\n{key}\n{mark}".encode()).hexdigest()[:24]


class Repeats:
    """Answers kept by person and key. Only what succeeded is kept: a refusal may be tried again."""

    def __init__(self, database: Database, wall: Clock) -> None:
        self._database, self._wall = database, wall
        self._running: dict[tuple[str, str], tuple[str, asyncio.Future[Answer]]] = {}

    async def once(
        self, key: str, person: str, path: str, mark: str, work: Callable[[], Awaitable[Answer]]
    ) -> Answer:
        """The kept answer, that of the same request still being worked on, or what `work` gives.

        Raises Unprocessable (422) when the key was used for another path or body.
        """
        while (running := self._running.get((person, key))) is not None:
            _same(key, mark, running[0])
            await asyncio.wait([running[1]])
        future: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._running[person, key] = mark, future
        try:
            return await self._kept(key, person, path, mark) or await self._do(key, person, path, mark, work)
        finally:
            del self._running[person, key]
            future.cancel()

    async def _kept(self, key: str, person: str, path: str, mark: str) -> Answer | None:
        kept = await self._database.read(lambda conn: sessions.recall(conn, key, person))
        if kept is None:
            return None
        _same(key, mark, kept.body_hash)
        return Answer(kept.answer["body"], status=kept.status)

    async def _do(
        self, key: str, person: str, path: str, mark: str, work: Callable[[], Awaitable[Answer]]
    ) -> Answer:
        answer = await work()
        now, kept = self._wall.now(), {"body": answer.body}
        await self._database.write(
            lambda conn: sessions.remember(conn, key, person, path, mark, answer.status, kept, now)
        )
        return answer


def _same(key: str, mark: str, first: str) -> None:
    if mark != first:
        raise Unprocessable(
            f"Idempotency-Key {key!r} was used for another request. Send a new key with a new request."
        )
