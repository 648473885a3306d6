"""Posts go out from here: stored first, then sent by the process that can reach the place."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol, runtime_checkable

from sqlalchemy import Connection

from config.clock import Clock
from config.errors import CopilotError
from integrations.errors import IntegrationError
from store import outbox as rows
from store.engine import Database, StoreError
from store.records import Outgoing

log = logging.getLogger(__name__)
LEASE = 30.0
#: seconds in which a platform must have answered
PATIENCE = 10.0


def is_read_there(place: str) -> bool:
    """Whether people of that place fetch what is posted (REST), so that nobody sends it."""
    return place.startswith("rest:")


class Sender(Protocol):
    """How a face puts a post in front of people.

    `send` returns the platform's name of the message; a post with `ref` is an edit of that message. Raises SlowDown
    (nothing was shown, come back later), an IntegrationError whose `happened` is None (nobody knows whether it was
    shown), any other CopilotError when nothing was shown. A sender may also be Paced, and one that Looks.
    """

    async def send(self, post: Outgoing) -> str: ...


@runtime_checkable
class Paced(Protocol):
    """A sender whose platform wants `pace` seconds between two posts to one place."""

    pace: float


@runtime_checkable
class Looks(Protocol):
    """A sender that can see whether a post is there, by the key it gave the platform with it."""

    async def find(self, post: Outgoing) -> Shown | None:
        """Raises CopilotError."""
        ...


@dataclass(frozen=True, slots=True)
class Shown:
    """A message that is there: the platform's name of it, and which revision it shows."""

    ref: str
    revision: int


class SlowDown(CopilotError):
    """The platform takes nothing for this place for `retry_after` seconds (HTTP 429); nothing was shown."""

    status = 429
    title = "Too many posts"

    def __init__(self, retry_after: float) -> None:
        super().__init__(f"The platform wants a pause of {retry_after:g} s; the post is sent after it.")
        self.retry_after = retry_after


class Outbox:
    """Delivers what is stored for the places this process can reach; implements the Posts port.

    A place that nobody sends to (`rest:…`) is read, not sent.
    """

    def __init__(
        self, database: Database, wall: Clock, owner: str, poll: float = 0.5, most_attempts: int = 8
    ) -> None:
        self._database, self._wall, self._owner = database, wall, owner
        self._poll, self._most = poll, most_attempts
        self._senders: dict[str, Sender] = {}
        self._resting: dict[str, float] = {}
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def post(self, key: str, place: str, body: Mapping[str, Any]) -> None:
        """Store a post: the same key and place never shows twice."""
        now = self._wall.now()
        await self._database.write(
            lambda conn: rows.put(
                conn, key=key, place=place, kind="post", body=body, now=now, read_there=is_read_there(place)
            )
        )
        self.nudge()

    def nudge(self) -> None:
        self._wake.set()

    def attach(self, prefix: str, sender: Sender) -> None:
        """From now on this process sends to `prefix` and places within it (`slack`, `terminal:c1`)."""
        self._senders[prefix] = sender
        if self._task is None:
            self._task = asyncio.create_task(self._deliver(), name="outbox")
        self.nudge()

    async def detach(self, prefix: str) -> None:
        self._senders.pop(prefix, None)
        if not self._senders:
            await self.stop()

    async def stop(self) -> None:
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _deliver(self) -> None:
        while True:
            self._wake.clear()
            try:
                claimed = await self._claim()
            except StoreError as err:
                log.warning("outbox: %s", err)
                claimed = []
            await self._send_all(claimed)
            if not claimed:
                try:
                    async with asyncio.timeout(self._pause()):
                        await self._wake.wait()
                except TimeoutError:
                    continue

    async def _claim(self) -> list[Outgoing]:
        now = self._wall.now()
        prefixes = tuple(self._senders)
        if not await self._database.read(lambda conn: rows.any_due(conn, faces=prefixes, now=now)):
            return []
        return await self._database.write(
            lambda conn: rows.claim(conn, faces=prefixes, owner=self._owner, now=now, lease=LEASE)
        )

    async def _send_all(self, posts: list[Outgoing]) -> None:
        """To each place in order, to all places at once."""
        places: dict[str, list[Outgoing]] = {}
        for post in posts:
            places.setdefault(post.place, []).append(post)

        async def in_order(of_place: list[Outgoing]) -> None:
            for post in of_place:
                await self._send(post)

        await asyncio.gather(*(in_order(of_place) for of_place in places.values()))

    async def _send(self, post: Outgoing) -> None:
        """A result that cannot be stored leaves the row claimed: when its lease is over it is looked for first."""
        now, rest = self._wall.now(), self._resting.get(post.place, 0.0)
        try:
            if now < rest or now > (post.lease_until or now) - PATIENCE:
                await self._later(post, max(now, rest))
                return
            await self._try(self._sender(post.place), post)
        except StoreError as err:
            log.warning("outbox: %s", err)

    async def _try(self, sender: Sender, post: Outgoing) -> None:
        """Raises StoreError."""
        if isinstance(sender, Paced):
            self._rest(post.place, sender.pace)
        try:
            async with asyncio.timeout(PATIENCE):
                ref = await _show(sender, post)
        except SlowDown as err:
            self._rest(post.place, err.retry_after)
            await self._later(post, self._resting[post.place])
        except TimeoutError:
            await self._failed(post, f"The platform did not answer within {PATIENCE:g} s.", unsure=True)
        except CopilotError as err:
            unsure = isinstance(err, IntegrationError) and err.happened is None
            await self._failed(post, str(err), unsure=unsure)
        else:
            now = self._wall.now()
            await self._database.write(
                lambda conn: rows.sent(
                    conn, key=post.key, place=post.place, revision=post.revision, ref=ref, now=now
                )
            )

    def _sender(self, place: str) -> Sender:
        return next(
            one for prefix, one in self._senders.items() if place == prefix or place.startswith(f"{prefix}:")
        )

    def _rest(self, place: str, seconds: float) -> None:
        now = self._wall.now()
        self._resting = {name: until for name, until in self._resting.items() if until > now}
        self._resting[place] = now + seconds

    def _pause(self) -> float:
        """Seconds until there may be something to send again."""
        now = self._wall.now()
        return max(0.001, min([self._poll, *(until - now for until in self._resting.values())]))

    async def _later(self, post: Outgoing, not_before: float) -> None:
        await self._database.write(
            lambda conn: rows.later(conn, key=post.key, place=post.place, not_before=not_before)
        )

    async def _failed(self, post: Outgoing, why: str, *, unsure: bool) -> None:
        later = self._wall.now() + min(60.0, 2.0**post.attempts)

        def work(conn: Connection) -> None:
            if post.attempts >= self._most:
                rows.dead(conn, key=post.key, place=post.place, error=why)
            else:
                rows.again(conn, key=post.key, place=post.place, not_before=later, error=why, unsure=unsure)

        await self._database.write(work)


async def _show(sender: Sender, post: Outgoing) -> str:
    """The platform's name of the message; one that an earlier try may have shown is looked for first."""
    if post.unsure and post.ref is None and isinstance(sender, Looks):
        shown = await sender.find(post)
        if shown is not None and shown.revision >= post.revision:
            return shown.ref
        if shown is not None:
            post = replace(post, ref=shown.ref)
    return await sender.send(post)
