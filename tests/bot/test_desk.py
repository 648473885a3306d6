"""The desk: each message once, in order within a conversation, never lost."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from bot.desk import INBOX_KEPT, MOST_TEXT, Desk, Incoming
from bot.handling import Handler
from bot.identity import Identity
from config.clock import SystemClock
from config.errors import Busy
from config.people import People, Person
from store import inbox, outbox, turns
from store.engine import Database, StoreError
from tests.support.thinking import Echo

PEOPLE = People(by_id={"maria": Person(id="maria", name="Maria", roles=frozenset({"operator"}))}, rota={})
WALL = SystemClock()


def said(text: str, event: str | None = None, conversation: str = "c1") -> Incoming:
    return Incoming("rest", event or text, text, "maria", f"rest:{conversation}", conversation)


@asynccontextmanager
async def desk_of(
    database: Database, thinker: Echo, owner: str = "w1", most: int = 64, backlog: int = 1000
) -> AsyncIterator[Desk]:
    desk = Desk(database, WALL, WALL, owner, posted=lambda: None, most=most, backlog=backlog)
    desk.start(Handler(database, Identity(PEOPLE, "demo"), thinker))
    try:
        yield desk
    finally:
        await desk.stop(grace=0.0)


async def until(database: Database, request_id: str) -> str:
    """The stored answer of a request, as soon as it is there."""
    async with asyncio.timeout(10):
        while True:
            row = await database.read(lambda conn: outbox.get(conn, f"reply:{request_id}"))
            if row is not None:
                return str(row.body["text"])
            await asyncio.sleep(0.01)


async def test_a_message_is_answered_and_its_turn_kept(database: Database) -> None:
    async with desk_of(database, Echo()) as desk:
        body = await desk.ask(said("hello"))
    assert body["text"] == "heard hello"
    [turn] = await database.read(lambda conn: turns.last(conn, "c1", 5))
    assert turn.text == "hello"
    row = await database.read(lambda conn: inbox.get(conn, body["request_id"]))
    assert row is not None
    assert row.status == "done"


async def test_a_repeat_gets_the_first_answer_and_is_thought_about_once(database: Database) -> None:
    thinker = Echo()
    async with desk_of(database, thinker) as desk:
        first, second = await desk.ask(said("hello", "e1")), await desk.ask(said("hello again", "e1"))
    assert first["request_id"] == second["request_id"]
    assert thinker.heard == ["hello"]


async def test_messages_of_one_conversation_are_taken_in_order(database: Database) -> None:
    thinker = Echo()
    async with desk_of(database, thinker) as desk:
        bodies = await asyncio.gather(*(desk.ask(said(f"m{number}")) for number in range(12)))
    order = [int(text[1:]) for text in thinker.heard]
    by_request = sorted(range(12), key=lambda number: bodies[number]["request_id"])
    assert len(order) == len(set(order)) == 12
    assert sorted(order) == sorted(by_request)


async def test_a_decision_waits_behind_no_conversation(database: Database) -> None:
    thinker = Echo(gate=asyncio.Event())
    async with desk_of(database, thinker) as desk:
        slow = asyncio.ensure_future(desk.ask(said("something slow")))
        while not thinker.heard:
            await asyncio.sleep(0)
        urgent = asyncio.ensure_future(desk.ask(said("approve apr_1")))
        while len(thinker.heard) < 2:
            await asyncio.sleep(0)
        assert thinker.heard[1] == "approve apr_1"
        assert thinker.gate is not None
        thinker.gate.set()
        await asyncio.gather(slow, urgent)


async def test_another_worker_answers_what_a_dead_one_left(database: Database) -> None:
    row = await database.write(
        lambda conn: inbox.receive(
            conn, source="rest", event_id="e1", kind="message", lane="c1",
            payload={**said("left behind").payload(), "at": 1.0}, now=WALL.now() - 60, owner="dead", lease=30.0,
        )
    )  # fmt: skip
    async with desk_of(database, Echo(), owner="w2"):
        assert await until(database, row.id) == "heard left behind"


async def test_two_workers_share_the_conversations_and_answer_each_message_once(database: Database) -> None:
    one, two = Echo(), Echo()
    async with desk_of(database, one, "w1", most=2) as first, desk_of(database, two, "w2", most=2) as second:
        asked = [
            (first, second)[number % 2].ask(said(f"m{number}", conversation=f"c{number % 5}"))
            for number in range(40)
        ]
        bodies = await asyncio.gather(*asked)
    assert sorted(body["text"] for body in bodies) == sorted(f"heard m{number}" for number in range(40))
    assert len(one.heard) + len(two.heard) == 40


async def test_too_many_waiting_messages_are_refused_before_they_are_taken(sqlite_database: Database) -> None:
    desk = Desk(sqlite_database, WALL, WALL, "w1", posted=lambda: None, backlog=2)
    for number in range(2):
        await desk.submit(said(f"m{number}"))
    with pytest.raises(Busy, match="Nothing was taken"):
        await desk.submit(said("one too many"))
    assert await sqlite_database.read(inbox.waiting) == 2


async def test_a_late_answer_is_kept_and_the_asker_told_so(sqlite_database: Database) -> None:
    thinker = Echo(gate=asyncio.Event())
    async with desk_of(sqlite_database, thinker) as desk:
        with pytest.raises(Busy, match="is kept"):
            await desk.ask(said("hello"), patience=0.01)
        assert thinker.gate is not None
        thinker.gate.set()
        body = await desk.ask(said("hello"))
    assert body["text"] == "heard hello"
    assert thinker.heard == ["hello"]


async def test_a_huge_message_is_stored_cut(sqlite_database: Database) -> None:
    thinker = Echo()
    async with desk_of(sqlite_database, thinker) as desk:
        await desk.ask(said("x" * 100_000, "e1"))
    assert len(thinker.heard[0]) == MOST_TEXT


async def test_a_secret_is_neither_kept_nor_thought_about(sqlite_database: Database) -> None:
    thinker, token = Echo(), f"ghp_{'a1B2' * 9}"
    async with desk_of(sqlite_database, thinker) as desk:
        await desk.ask(said(f"is {token} good?"))
    assert thinker.heard == ["is [hidden: GitHub token] good?"]


async def test_the_end_of_a_run_is_told_where_it_was_asked_for(database: Database) -> None:
    thinker = Echo()
    async with desk_of(database, thinker) as desk:
        await database.write(
            lambda conn: inbox.receive(
                conn, source="ledger", event_id="ended:run_9:4", kind="ended", lane=None,
                payload={"run_id": "run_9", "request_id": "req_9"}, now=WALL.now(),
            )
        )  # fmt: skip
        desk.nudge()
        async with asyncio.timeout(10):
            while not thinker.heard:
                await asyncio.sleep(0.01)
    assert thinker.heard == ["ended run_9"]


class Wall(SystemClock):
    """The wall clock, `ahead` seconds ahead."""

    ahead = 0.0

    def now(self) -> float:
        return super().now() + self.ahead


async def test_what_was_handled_long_ago_is_forgotten(sqlite_database: Database) -> None:
    wall = Wall()
    desk = Desk(sqlite_database, wall, wall, "w1", posted=lambda: None)
    desk.start(Handler(sqlite_database, Identity(PEOPLE, "demo"), Echo()))
    old = (await desk.ask(said("long ago")))["request_id"]
    wall.ahead = INBOX_KEPT + 60.0
    desk.nudge()
    async with asyncio.timeout(10):
        while await sqlite_database.read(lambda conn: inbox.get(conn, old)) is not None:
            await asyncio.sleep(0.01)
    await desk.stop()
    assert await sqlite_database.read(lambda conn: turns.last(conn, "c1", 5))


async def test_a_row_whose_database_failed_is_taken_again_and_is_no_attempt(
    sqlite_database: Database,
) -> None:
    thinker = Echo(fail=StoreError("The database is locked."))
    async with desk_of(sqlite_database, thinker) as desk:
        with pytest.raises(StoreError):
            await desk.ask(said("hello"))
        thinker.fail = None
        body = await desk.ask(said("hello"))
        row = await sqlite_database.read(lambda conn: inbox.get(conn, body["request_id"]))
    assert body["text"] == "heard hello"
    assert row is not None
    assert row.attempts == 1
