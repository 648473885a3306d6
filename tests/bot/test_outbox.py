"""The outbox: stored first, sent once, tried again when nothing was shown."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from bot.outbox import Outbox
from config.clock import SystemClock
from integrations.errors import Unavailable
from store import outbox as rows
from store.engine import Database
from store.records import Outgoing

WALL = SystemClock()


@dataclass
class Screen:
    """Shows posts; the first `refuse` of them fail."""

    refuse: int = 0
    shown: list[tuple[str, str | None]] = field(default_factory=list)
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    async def send(self, post: Outgoing) -> str:
        if self.refuse:
            self.refuse -= 1
            self.changed.set()
            raise Unavailable("The screen is dark.")
        self.shown.append((str(post.body["text"]), post.ref))
        self.changed.set()
        return f"line {len(self.shown)}"


async def next_change(screen: Screen) -> None:
    await asyncio.wait_for(screen.changed.wait(), 10)
    screen.changed.clear()


async def test_a_post_is_sent_once_to_its_place_and_no_other(database: Database) -> None:
    outbox, screen = Outbox(database, WALL, "w1"), Screen()
    outbox.attach("terminal:c1", screen)
    await outbox.post("k1", "terminal:c1", {"text": "one"})
    await outbox.post("k1", "terminal:c1", {"text": "one, again"})
    await outbox.post("k1", "terminal:c12", {"text": "elsewhere"})
    await next_change(screen)
    await outbox.stop()
    assert screen.shown == [("one", None)]
    elsewhere = await database.read(lambda conn: rows.get(conn, "k1", "terminal:c12"))
    assert elsewhere is not None
    assert elsewhere.status == "new"


async def test_a_newer_revision_edits_what_was_shown(database: Database) -> None:
    outbox, screen = Outbox(database, WALL, "w1"), Screen()
    outbox.attach("terminal:c1", screen)
    await outbox.post("k1", "terminal:c1", {"text": "one"})
    await next_change(screen)
    async with asyncio.timeout(10):
        while True:
            row = await database.read(lambda conn: rows.get(conn, "k1", "terminal:c1"))
            if row is not None and row.status == "sent":
                break
            await asyncio.sleep(0.01)
    await database.write(
        lambda conn: rows.put(
            conn, key="k1", place="terminal:c1", kind="post", body={"text": "two"}, now=WALL.now(), revision=2
        )
    )
    outbox.nudge()
    await next_change(screen)
    await outbox.stop()
    assert screen.shown == [("one", None), ("two", "line 1")]


async def test_a_post_that_was_not_shown_is_tried_again_later(sqlite_database: Database) -> None:
    outbox, screen = Outbox(sqlite_database, WALL, "w1"), Screen(refuse=1)
    outbox.attach("terminal:c1", screen)
    await outbox.post("k1", "terminal:c1", {"text": "one"})
    await next_change(screen)
    await outbox.detach("terminal:c1")
    row = await sqlite_database.read(lambda conn: rows.get(conn, "k1"))
    assert row is not None
    assert (row.status, row.attempts) in {("new", 1), ("claimed", 1)}
