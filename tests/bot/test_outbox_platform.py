"""The outbox against a platform that limits, loses answers and resets connections: each post is shown once."""

from __future__ import annotations

import asyncio
import random

import pytest

from bot.outbox import LEASE, Outbox
from integrations.errors import Refused, Unavailable
from store import outbox as rows
from store.engine import Database
from store.records import Outgoing
from tests.support.clock import ManualClock
from tests.support.resetting import Platform, served, until_sent


async def test_a_connection_that_is_reset_after_the_post_shows_it_once_500_times(
    database: Database, clock: ManualClock
) -> None:
    draw = random.Random(7)
    how = ["reset after", "reset after", "reset before", "limit", ""]
    platform = Platform(lambda number: draw.choice(how))
    box = Outbox(database, clock, "w1", poll=0.01, most_attempts=50)
    for number in range(500):
        await box.post(f"k{number}", f"slack:c{number % 40}", {"text": f"post {number}"})
    async with served(platform) as face:
        box.attach("slack", face)
        await until_sent(database, clock, box, step=5.0)
        await box.stop()
    assert sorted(key for key, _, _ in platform.messages) == sorted(f"k{number}" for number in range(500))
    assert platform.looks > 100


async def test_429_is_obeyed_for_its_place_alone_and_is_no_attempt(
    sqlite_database: Database, clock: ManualClock
) -> None:
    platform = Platform(lambda number: "limit" if number == 1 else "")
    box = Outbox(sqlite_database, clock, "w1", poll=0.01)
    await box.post("k1", "slack:c1", {"text": "one"})
    async with served(platform) as face:
        box.attach("slack", face)
        while platform.requests < 1:
            await asyncio.sleep(0.005)
        await box.post("k2", "slack:c2", {"text": "two"})
        while len(platform.messages) < 1:
            await asyncio.sleep(0.005)
        clock.advance(6.5)
        await asyncio.sleep(0.05)
        assert [key for key, _, _ in platform.messages] == ["k2"]
        clock.advance(0.6)
        await until_sent(sqlite_database, clock, box)
        await box.stop()
    row = await sqlite_database.read(lambda conn: rows.get(conn, "k1"))
    assert row is not None and (row.status, row.attempts) == ("sent", 1)


async def test_posts_to_one_place_keep_its_pace(sqlite_database: Database, clock: ManualClock) -> None:
    platform = Platform()
    box = Outbox(sqlite_database, clock, "w1", poll=0.01)
    for number in range(4):
        await box.post(f"k{number}", "slack:c1", {"text": "x"})
    await box.post("elsewhere", "slack:c2", {"text": "x"})
    async with served(platform) as face:
        face.pace = 1.0
        box.attach("slack", face)
        for shown in (2, 3, 4, 5):
            async with asyncio.timeout(10):
                while len(platform.messages) < shown:
                    await asyncio.sleep(0.005)
            await asyncio.sleep(0.03)
            assert len(platform.messages) == shown
            clock.advance(1.01)
        await box.stop()
    keys = [key for key, _, _ in platform.messages if key != "elsewhere"]
    assert keys == ["k0", "k1", "k2", "k3"]


async def test_a_newer_revision_edits_what_a_lost_answer_hid(
    sqlite_database: Database, clock: ManualClock
) -> None:
    platform = Platform(lambda number: "reset after" if number == 1 else "")
    box = Outbox(sqlite_database, clock, "w1", poll=0.01)
    await box.post("card", "slack:c1", {"text": "old"})
    async with served(platform) as face:
        box.attach("slack", face)
        while True:
            row = await sqlite_database.read(lambda conn: rows.get(conn, "card"))
            if row is not None and row.unsure and row.status == "new":
                break
            await asyncio.sleep(0.005)
        newer = {"key": "card", "place": "slack:c1", "kind": "post", "body": {"text": "new"}, "revision": 2}
        await sqlite_database.write(lambda conn: rows.put(conn, now=clock.now(), **newer))  # type: ignore[arg-type]
        await until_sent(sqlite_database, clock, box)
        await box.stop()
    assert platform.messages == [("card", "new", 2)]


async def test_a_post_that_a_dead_sender_had_claimed_is_looked_for(
    database: Database, clock: ManualClock
) -> None:
    platform = Platform()
    box = Outbox(database, clock, "w2", poll=0.01)
    await box.post("k1", "slack:c1", {"text": "one"})
    await database.write(lambda conn: rows.claim(conn, faces=["slack"], owner="w1", now=clock.now()))
    platform.messages.append(("k1", "one", 1))
    clock.advance(LEASE + 1)
    async with served(platform) as face:
        box.attach("slack", face)
        await until_sent(database, clock, box)
        await box.stop()
    assert (platform.requests, platform.looks, len(platform.messages)) == (0, 1, 1)


@pytest.mark.parametrize(("error", "unsure"), [(Refused("No."), False), (Unavailable("Dark."), True)])
async def test_only_what_may_have_been_shown_is_looked_for(
    sqlite_database: Database, clock: ManualClock, error: Exception, unsure: bool
) -> None:
    class Broken:
        async def send(self, post: Outgoing) -> str:
            raise error

    box = Outbox(sqlite_database, clock, "w1", poll=0.01)
    await box.post("k1", "slack:c1", {"text": "one"})
    box.attach("slack", Broken())
    async with asyncio.timeout(10):
        while (row := await sqlite_database.read(lambda conn: rows.get(conn, "k1"))) and not row.error:
            await asyncio.sleep(0.005)
    await box.stop()
    assert row is not None and (row.unsure, row.attempts) == (unsure, 1)
