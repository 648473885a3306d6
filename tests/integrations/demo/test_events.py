"""The log, in memory and in the database: the same contract."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from integrations.demo.events import REPEATED, Events, MemoryEvents, StoredEvents
from store.engine import Database
from tests.support.clock import ManualClock


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
async def events(request: pytest.FixtureRequest) -> AsyncIterator[Events]:
    if request.param == "memory":
        yield MemoryEvents()
        return
    url = request.getfixturevalue("sqlite_url" if request.param == "sqlite" else "postgres_url")
    async with Database(url, ManualClock()) as database:
        yield StoredEvents(database)


async def test_events_come_back_in_order_with_what_was_put_in(events: Events) -> None:
    first = await events.append("config", 10.5, {"service": "a", "n": 1})
    second = await events.append("restart", 9.0, {"service": "b"})
    assert second.seq > first.seq
    assert [(e.seq, e.kind, e.at, dict(e.data)) for e in await events.events()] == [
        (first.seq, "config", 10.5, {"service": "a", "n": 1}),
        (second.seq, "restart", 9.0, {"service": "b"}),
    ]
    assert [event.seq for event in await events.events(after=first.seq)] == [second.seq]


async def test_a_key_that_came_after_what_the_writer_knew_is_stored_as_a_repeat(events: Events) -> None:
    await events.append("restart", 1.0, {"service": "a", "key": "k"})
    again = await events.append("restart", 2.0, {"service": "a", "key": "k"})
    assert again.kind == REPEATED
    assert [event.kind for event in await events.events()] == ["restart", REPEATED]
    assert dict((await events.events())[1].data) == {"key": "k", "kind": "restart"}


async def test_of_many_writers_at_once_with_one_key_one_acts(events: Events) -> None:
    await asyncio.gather(*(events.append("restart", 1.0, {"service": "a", "key": "k"}) for _ in range(8)))
    kinds = [event.kind for event in await events.events()]
    assert kinds.count("restart") == 1 and kinds.count(REPEATED) == 7
