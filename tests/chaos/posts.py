"""Connections are reset after the platform handled a post, and senders die: each message is seen once, none is lost."""

from __future__ import annotations

from collections import Counter
from random import Random

from sqlalchemy import Connection, select

from bot.outbox import LEASE, Outbox
from store import outbox as rows
from store.engine import Database
from store.migrate import upgrade
from store.tables import outbox as table
from tests.bench.report import Row
from tests.bench.served import place
from tests.chaos.scenes import Scene, Tally
from tests.support.clock import ManualClock
from tests.support.resetting import Face, Platform, served, until_sent

#: posts that are made before the sender is left to send, and channels they go to
TOGETHER, CHANNELS = 50, 8
#: how a request to the platform goes
MISHAPS = ("reset after", "reset after", "reset before", "limit", "")


async def play(kind: str, seed: int, rounds: int) -> Tally:
    tally, draw = Tally(seed, kind), Random(seed)
    tried: Counter[str] = Counter()

    def mishap(number: int) -> str:
        how = draw.choice(MISHAPS)
        tried[how] += 1
        return how

    platform, clock = Platform(mishap), ManualClock()
    with place(kind) as (_, url):
        async with Database(url, clock) as database:
            await upgrade(database)
            async with served(platform) as face:
                while tried["reset after"] < rounds:
                    posts = tally.counts["posts"]
                    keys = [f"k{posts + number}" for number in range(TOGETHER)]
                    await _sent(database, clock, face, keys, draw, tally)
                    tally.counts["posts"] += TOGETHER
            tally.wrong += await database.read(lambda conn: _look(conn, platform, tally.counts["posts"]))
    tally.kills = rounds
    tally.counts.update({f"tried {how or 'well'}": number for how, number in tried.items()})
    tally.counts["looks"] = platform.looks
    return tally


async def _sent(
    database: Database, clock: ManualClock, face: Face, keys: list[str], draw: Random, tally: Tally
) -> None:
    """Post, revise some before they are out, kill the sender in the middle, and let another send what is left."""
    first = Outbox(database, clock, f"w{keys[0]}", poll=0.01, most_attempts=80)
    for key in keys:
        await first.post(key, f"slack:c{draw.randrange(CHANNELS)}", {"text": f"post {key}"})
    first.attach("slack", face)
    if draw.random() < 0.5:
        await _until(database, len(keys) // 2)
        tally.counts["senders ended in the middle"] += 1
    await first.stop()
    clock.advance(LEASE + 1)
    second = Outbox(database, clock, f"x{keys[0]}", poll=0.01, most_attempts=80)
    second.attach("slack", face)
    await until_sent(database, clock, second, step=5.0)
    await second.stop()


async def _until(database: Database, number: int) -> None:
    """Until so many posts have been tried."""

    def tried(conn: Connection) -> int:
        return len(conn.execute(select(table.c.key).where(table.c.attempts > 0)).all())

    start = await database.read(tried)
    while await database.read(tried) < start + number:
        pass


def _look(conn: Connection, platform: Platform, posts: int) -> list[str]:
    wrong, seen = [], Counter(key for key, _, _ in platform.messages)
    for number in range(posts):
        key = f"k{number}"
        row = rows.get(conn, key)
        if seen[key] != 1:
            wrong.append(f"post {key} is seen {seen[key]} times")
        if row is None or row.status != "sent":
            wrong.append(f"post {key} is {row and row.status} in the outbox")
    return wrong


def _rows(counts: Counter[str]) -> list[Row]:
    tries = ", ".join(f"{counts[key]} {key[6:]}" for key in sorted(counts) if key.startswith("tried "))
    return [
        Row("· requests to the platform", tries),
        Row("· looks whether a message is there before it is sent again", str(counts["looks"])),
        Row("· senders ended in the middle, another went on", str(counts["senders ended in the middle"])),
    ]


SCENE = Scene(
    name="posts",
    title="One message per fact",
    play=play,
    rounds=500,
    part=500,
    short=40,
    headline=lambda counts: (
        f"{counts['posts']} posts, {counts['tried reset after']} times the connection was reset after the platform "
        "handled one: seen twice or lost"
    ),
    rows=_rows,
    notes=("A platform on a loopback port that can be asked for a message by the key it was sent with.",),
    kinds=("sqlite", "postgresql"),
)
