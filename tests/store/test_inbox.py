"""Each event once; one at a time in a lane, in order; nothing lost with the process that held it."""

from __future__ import annotations

import asyncio
import json
import random
import sys
from collections import Counter
from functools import partial
from itertools import pairwise
from pathlib import Path

from sqlalchemy import Connection, text

from store import inbox
from store.engine import Database
from store.inbox import Received
from store.records import Inbox
from tests.support.ledger import NOW

CLAIMER = Path(__file__).parent.parent / "support" / "claimer.py"


async def receive(
    database: Database, event: str, lane: str | None = "chat", owner: str | None = None, now: float = NOW
) -> Received:
    return await database.write(
        lambda conn: inbox.receive(
            conn,
            source="rest",
            event_id=event,
            kind="message",
            lane=lane,
            payload={"text": event},
            now=now,
            owner=owner,
        )
    )


async def claim(database: Database, owner: str = "b", now: float = NOW) -> str | None:
    row = await database.write(lambda conn: inbox.claim_next(conn, owner=owner, now=now))
    return None if row is None else row.event_id


async def finish(database: Database, received: Received, owner: str = "a") -> bool:
    return await database.write(lambda conn: inbox.finish(conn, received.id, owner, NOW))


async def status(database: Database, received: Received) -> Inbox:
    row = await database.read(lambda conn: inbox.get(conn, received.id))
    assert row is not None
    return row


async def test_a_repeat_is_dropped_by_its_id(database: Database) -> None:
    first = await receive(database, "e1", owner="a")
    again = await receive(database, "e1", owner="a", now=NOW + 9)
    assert first == Received(first.id, fresh=True, claimed=True)
    assert again == Received(first.id, fresh=False, claimed=False)


async def test_the_same_event_id_of_another_source_is_another_event(database: Database) -> None:
    await receive(database, "e1")
    other = await database.write(
        lambda conn: inbox.receive(
            conn, source="slack", event_id="e1", kind="message", lane=None, payload={}, now=NOW
        )
    )
    assert other.fresh


async def test_who_receives_claims_at_once_unless_the_lane_is_taken(database: Database) -> None:
    first = await receive(database, "e1", owner="a")
    second = await receive(database, "e2", owner="a")
    elsewhere = await receive(database, "e3", lane="other", owner="a")
    assert (first.claimed, second.claimed, elsewhere.claimed) == (True, False, True)
    row = await status(database, first)
    assert (row.status, row.owner, row.lease_until, row.attempts) == ("claimed", "a", NOW + 30, 1)


async def test_a_lane_is_in_order_and_one_at_a_time(database: Database) -> None:
    first = await receive(database, "e1")
    await receive(database, "e2")
    await receive(database, "e3", lane="other")
    assert [await claim(database), await claim(database), await claim(database)] == ["e1", "e3", None]
    assert await finish(database, first, "b")
    assert await claim(database) == "e2"


async def test_what_has_no_lane_waits_for_nobody(database: Database) -> None:
    for event in ("e1", "e2"):
        await receive(database, event, lane=None)
    assert [await claim(database), await claim(database)] == ["e1", "e2"]


async def test_a_lease_that_ran_out_is_taken_over_and_the_old_owner_cannot_finish(database: Database) -> None:
    received = await receive(database, "e1", owner="a")
    assert await claim(database, now=NOW + 30) is None
    assert await claim(database, now=NOW + 31) == "e1"
    assert not await finish(database, received, "a")
    assert not await database.write(lambda conn: inbox.fail(conn, received.id, "a", "late", NOW))
    assert not await database.write(lambda conn: inbox.retry_later(conn, received.id, "a"))
    assert (await status(database, received)).attempts == 2
    assert await finish(database, received, "b")


async def test_a_renewed_lease_is_not_taken_over(database: Database) -> None:
    received = await receive(database, "e1", owner="a")
    assert await database.write(lambda conn: inbox.renew(conn, [received.id], "a", NOW + 90)) == 1
    assert await database.write(lambda conn: inbox.renew(conn, [received.id], "b", NOW + 900)) == 0
    assert await claim(database, now=NOW + 60) is None
    assert await claim(database, now=NOW + 91) == "e1"


async def test_a_dead_workers_rows_are_free_at_once(database: Database) -> None:
    await receive(database, "e1", owner="a")
    await receive(database, "e2", lane="other", owner="c")
    assert await database.write(lambda conn: inbox.release_owner(conn, "a")) == 1
    assert [await claim(database), await claim(database)] == ["e1", None]


async def test_a_row_given_back_keeps_its_turn(database: Database) -> None:
    first = await receive(database, "e1", owner="a")
    await receive(database, "e2")
    assert await database.write(lambda conn: inbox.retry_later(conn, first.id, "a"))
    assert [await claim(database), await claim(database)] == ["e1", None]


async def test_a_failed_row_says_why_and_lets_its_lane_go_on(database: Database) -> None:
    first = await receive(database, "e1", owner="a")
    await receive(database, "e2")
    assert await database.write(lambda conn: inbox.fail(conn, first.id, "a", "cannot be read", NOW + 1))
    row = await status(database, first)
    assert (row.status, row.error, row.ended_at) == ("failed", "cannot be read", NOW + 1)
    assert await claim(database) == "e2"


async def test_a_later_row_that_was_claimed_first_does_not_lock_its_lane_for_ever(database: Database) -> None:
    """Two processes that receive at the same moment may claim in the other order; then one of them dies."""
    await receive(database, "e1")
    await receive(database, "e2", lane="apart", owner="dead")
    await database.write(lambda conn: conn.execute(text("UPDATE inbox SET lane = 'chat'")))
    assert await claim(database) is None
    assert [await claim(database, now=NOW + 31), await claim(database, now=NOW + 31)] == ["e2", None]


async def test_waiting_counts_what_nobody_took_and_prune_forgets_only_what_is_done(
    database: Database,
) -> None:
    first = await receive(database, "e1", owner="a")
    await receive(database, "e2")
    assert await database.read(inbox.waiting) == 1
    await finish(database, first)
    assert await database.write(lambda conn: inbox.prune(conn, NOW)) == 0
    assert await database.write(lambda conn: inbox.prune(conn, NOW + 1)) == 1
    assert await database.read(lambda conn: inbox.get(conn, first.id)) is None
    assert await claim(database) == "e2"


async def test_control_characters_and_huge_texts_are_kept_or_shown_as_unknown(database: Database) -> None:
    event = "nul \x00 half \ud83d bell \x07 ok \U0001f600 " + "x" * 100_000
    received = await receive(database, event, lane=event[:40])
    row = await status(database, received)
    assert row.event_id == event.replace("\x00", "\ufffd").replace("\ud83d", "\ufffd")
    assert row.payload["text"] == event
    assert not (await receive(database, event)).fresh


async def test_finding_the_next_row_does_not_read_the_finished_ones(sqlite_database: Database) -> None:
    def steps(conn: Connection) -> int:
        ticks = 0

        def tick() -> int:
            nonlocal ticks
            ticks += 1
            return 0

        raw = conn.connection.dbapi_connection
        assert raw is not None
        raw.set_progress_handler(tick, 10)
        inbox.claim_next(conn, owner="b", now=NOW)
        raw.set_progress_handler(None, 0)
        return ticks

    before = await sqlite_database.write(steps)
    for number in range(300):
        received = await receive(sqlite_database, f"e{number}", lane="chat", owner="a")
        await finish(sqlite_database, received)
    assert await sqlite_database.write(steps) <= before + 5


async def test_many_at_once_are_received_once_and_handled_once_in_order(database: Database) -> None:
    """Two databases on one address race as two processes do: both receive everything, both handle."""
    events = [(f"lane{number % 7}", f"lane{number % 7}.{number:03}") for number in range(140)]
    handled: list[tuple[str, str]] = []
    async with Database(database.url) as other:

        async def handle(one: Database, owner: str) -> None:
            idle = 0
            while idle < 5:
                row = await one.write(lambda conn: inbox.claim_next(conn, owner=owner, now=NOW))
                if row is None:
                    idle += 1
                    await asyncio.sleep(0)
                    continue
                idle = 0
                handled.append((row.lane or "", row.event_id))
                assert await one.write(partial(inbox.finish, id=row.id, owner=owner, now=NOW))

        got = [
            await asyncio.gather(*(receive(one, event, lane) for one in (database, other)))
            for lane, event in events
        ]
        assert all(sum(one.fresh for one in pair) == 1 for pair in got)
        await asyncio.gather(
            *(handle(one, owner) for one, owner in ((database, "a"), (other, "b"), (other, "c")))
        )
    assert Counter(event for _, event in handled) == Counter(event for _, event in events)
    for lane in {lane for lane, _ in events}:
        mine = [event for found, event in handled if found == lane]
        assert mine == sorted(mine)


async def test_claiming_on_receipt_races_safely(database: Database) -> None:
    """Many receive into one lane from two sides at once, each wanting to claim: at most one holds the lane."""
    async with Database(database.url) as other:
        sides = [database, other]
        for turn in range(10):
            got = await asyncio.gather(
                *(
                    receive(random.choice(sides), f"e{turn}.{number}", lane=f"lane{turn}", owner=f"o{number}")
                    for number in range(8)
                )
            )
            assert all(one.fresh for one in got)
            assert sum(one.claimed for one in got) == 1


async def test_two_processes_handle_each_row_once_and_in_order(database: Database) -> None:
    lanes = 12
    for number in range(120):
        await receive(database, f"{number:04}", lane=f"lane{number % lanes}")
    workers = [
        await asyncio.create_subprocess_exec(
            sys.executable, str(CLAIMER), database.url, owner, str(NOW), stdout=asyncio.subprocess.PIPE
        )
        for owner in ("p1", "p2")
    ]
    said = [(await worker.communicate())[0] for worker in workers]
    assert [worker.returncode for worker in workers] == [0, 0]
    rows = [json.loads(line) for part in said for line in part.splitlines()]
    assert {row["owner"] for row in rows} == {"p1", "p2"}
    assert Counter(row["event"] for row in rows) == Counter(f"{number:04}" for number in range(120))
    for lane in range(lanes):
        mine = sorted((row for row in rows if row["lane"] == f"lane{lane}"), key=lambda row: row["event"])
        for before, after in pairwise(mine):
            assert before["finished"] <= after["claimed"]


async def test_what_a_conversation_waits_for_is_told_oldest_first(database: Database) -> None:
    first = await receive(database, "e1", owner="a")
    await receive(database, "e2")
    await receive(database, "e3", lane="other")
    found = await database.read(lambda conn: inbox.unfinished(conn, "chat"))
    assert [(one.event_id, one.status) for one in found] == [("e1", "claimed"), ("e2", "new")]
    await finish(database, first)
    assert [one.event_id for one in await database.read(lambda conn: inbox.unfinished(conn, "chat"))] == [
        "e2"
    ]
