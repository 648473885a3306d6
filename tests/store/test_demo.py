"""The demo fleet's events: appended, numbered in the order of the commits."""

from __future__ import annotations

import asyncio
from functools import partial

from store import demo
from store.demo import DemoEvent
from store.engine import Database
from tests.support.ledger import NOW


async def test_events_are_read_on_from_a_number(database: Database) -> None:
    seqs = [
        await database.write(lambda conn: demo.append(conn, "fault.started", NOW, {"x": [1]}))
        for _ in range(3)
    ]
    assert seqs == [1, 2, 3]
    assert await database.read(lambda conn: demo.events(conn, 2)) == [
        DemoEvent(3, "fault.started", NOW, {"x": [1]})
    ]
    assert len(await database.read(demo.events)) == 3


async def test_a_reader_that_goes_on_from_the_last_number_misses_nothing(database: Database) -> None:
    seen: list[int] = []

    async def read_on() -> None:
        while len(seen) < 120:
            work = partial(demo.events, after=seen[-1] if seen else 0)
            seen.extend([event.seq for event in await database.read(work)])

    async with Database(database.url) as other:
        works = [
            side.write(lambda conn: demo.append(conn, "change", NOW, {}))
            for _ in range(60)
            for side in (database, other)
        ]
        async with asyncio.timeout(20):
            await asyncio.gather(read_on(), *works)
    assert seen == sorted(set(seen))
