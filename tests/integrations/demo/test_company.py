"""The company: one state for readers and for those who act, in one process and in two."""

from __future__ import annotations

from integrations.demo.company import STALE, Company
from integrations.demo.events import MemoryEvents, StoredEvents
from integrations.demo.provider import DemoProvider
from store.engine import Database
from tests.support.clock import ManualClock
from tests.support.fleet import TUESDAY, catalogue, company, people

RESTART = {"service": "rag-api", "environment": "production", "effective_at": TUESDAY}


async def test_a_key_acts_once_and_the_log_shows_that_it_was_asked_for_twice() -> None:
    events = MemoryEvents()
    one = company(ManualClock(TUESDAY), events=events)
    await one.act("restart", "k", RESTART)
    world = await one.act("restart", "k", RESTART)
    assert len(world.restarts["rag-api", "production"]) == 1
    assert [(event.kind, event.data["key"]) for event in events.log] == [("restart", "k"), ("repeated", "k")]


async def test_a_reader_sees_the_act_of_another_process_after_a_moment_and_an_actor_at_once() -> None:
    events, wall = MemoryEvents(), ManualClock(0.0)
    here, there = (
        Company(events, ManualClock(TUESDAY), catalogue(), people(), 1, timer=wall.now) for _ in range(2)
    )
    assert (await here.seen()).seq == 0
    await there.act("restart", "k", RESTART)
    assert (await here.seen()).seq == 0
    wall.advance(2 * STALE)
    assert (await here.seen()).seq == 1
    await there.act("restart", "l", RESTART)
    assert (await here.world()).seq == 2


async def test_the_state_is_the_same_after_a_restart(sqlite_database: Database) -> None:
    clock = ManualClock(TUESDAY)
    first = company(clock, events=StoredEvents(sqlite_database))
    data = {
        "service": "rag-api",
        "environment": "production",
        "version": "9.9.9",
        "effective_at": TUESDAY + 20,
    }
    await first.act("deployment", "k", data)
    clock.advance(60)
    second = company(clock, events=StoredEvents(sqlite_database))
    assert (await DemoProvider(second).release("rag-api", "production")).current == "9.9.9"
    assert "k" in (await second.world()).acts
