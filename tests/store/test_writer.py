"""Group commit: together when they wait together, alone when one of them fails."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from sqlalchemy import Connection, text

from config.errors import Conflict
from store import audit, runtime
from store.engine import Database
from store.errors import StoreError
from tests.support.ledger import NOW, an_entry

Work = Callable[[Connection], Any]


class Gate:
    """A work that holds the writer until it is opened, so that others queue up behind it."""

    def __init__(self) -> None:
        self.entered = threading.Event()
        self._open = threading.Event()

    def __call__(self, conn: Connection) -> None:
        self.entered.set()
        assert self._open.wait(10)

    def open(self) -> None:
        self._open.set()


async def behind(database: Database, *works: Work) -> list[object]:
    """Run `works` so that all wait at the same moment; returns results and errors in their order."""
    gate = Gate()
    first = asyncio.create_task(database.write(gate))
    await asyncio.to_thread(gate.entered.wait, 10)
    tasks = [asyncio.create_task(database.write(work)) for work in works]
    await asyncio.sleep(0)
    gate.open()
    await first
    return list(await asyncio.gather(*tasks, return_exceptions=True))


def put(key: str, value: str = "v") -> Work:
    def work(conn: Connection) -> str:
        runtime.put(conn, key, value)
        return key

    return work


def refuse(conn: Connection) -> None:
    runtime.put(conn, "refused", "v")
    raise Conflict("no")


def count(conn: Connection) -> int:
    return int(conn.execute(text("SELECT count(*) FROM runtime")).scalar_one())


async def test_what_waits_together_is_committed_together(database: Database) -> None:
    before = database.writes_stats()
    assert await behind(database, *(put(f"k{n}") for n in range(50))) == [f"k{n}" for n in range(50)]
    after = database.writes_stats()
    assert (after.commits - before.commits, after.transactions - before.transactions) == (2, 51)
    assert await database.read(count) == 50


async def test_a_failure_reaches_only_its_caller(database: Database) -> None:
    results = await behind(database, put("a"), refuse, put("b"))
    assert results[0] == "a" and results[2] == "b"
    assert isinstance(results[1], Conflict)
    assert await database.read(count) == 2
    assert await database.read(lambda conn: runtime.get(conn, "refused")) is None


async def test_a_statement_the_database_refuses_reaches_only_its_caller(database: Database) -> None:
    def twice(conn: Connection) -> None:
        conn.execute(text("INSERT INTO runtime (key, value) VALUES ('one', 'x'), ('one', 'y')"))

    results = await behind(database, put("a"), twice, put("b"))
    assert results[0] == "a" and results[2] == "b"
    assert isinstance(results[1], StoreError) and "unique" in str(results[1]).lower()
    assert await database.read(count) == 2


async def test_a_cancelled_caller_does_not_break_the_batch(database: Database) -> None:
    gate = Gate()
    first = asyncio.create_task(database.write(gate))
    await asyncio.to_thread(gate.entered.wait, 10)
    tasks = [asyncio.create_task(database.write(put(f"k{n}"))) for n in range(3)]
    await asyncio.sleep(0)
    first.cancel()
    tasks[1].cancel()
    await asyncio.sleep(0)
    gate.open()
    results = await asyncio.gather(first, *tasks, return_exceptions=True)
    assert [type(one) for one in results] == [asyncio.CancelledError, str, asyncio.CancelledError, str]
    assert await database.read(count) == 2


async def test_close_finishes_what_is_queued(database_url: str) -> None:
    database = Database(database_url)
    await database.start()
    tasks = [asyncio.create_task(database.write(put(f"k{n}"))) for n in range(200)]
    await asyncio.sleep(0)
    await database.close()
    assert len(await asyncio.gather(*tasks)) == 200
    assert database.writes_stats().transactions == 201
    with pytest.raises(StoreError, match="closed"):
        await database.write(count)
    with pytest.raises(StoreError, match="closed"):
        await database.read(count)


async def test_no_update_is_lost_between_writers_that_read_first(database: Database) -> None:
    """TRAPS: with a deferred BEGIN, 400 reported successes left the counter at 148."""

    def add(conn: Connection) -> None:
        runtime.put(conn, "n", str(int(runtime.get(conn, "n") or 0) + 1))

    def locked(conn: Connection) -> None:
        if conn.dialect.name == "postgresql":
            conn.execute(text("SELECT value FROM runtime WHERE key = 'n' FOR UPDATE"))
        add(conn)

    await database.write(lambda conn: runtime.put(conn, "n", "0"))
    async with Database(database.url) as other, Database(database.url) as third:

        async def many(one: Database) -> None:
            for _ in range(50):
                await one.write(locked)

        await asyncio.gather(*(many(one) for one in (database, other, third, database)))
    assert await database.read(lambda conn: runtime.get(conn, "n")) == "200"


async def test_a_deadlock_between_two_processes_is_run_again(database: Database) -> None:
    """Two writers lock two rows in opposite order; PostgreSQL undoes one of them and it is tried again."""
    for key in ("x", "y"):
        await database.write(put(key, "0"))
    met = threading.Barrier(2)
    tries: Counter[str] = Counter()

    def both(first: str, second: str) -> Work:
        def work(conn: Connection) -> None:
            tries[first] += 1
            add_one(conn, first)
            if database.dialect == "postgresql" and tries[first] == 1:
                met.wait(10)
            add_one(conn, second)

        return work

    def add_one(conn: Connection, key: str) -> None:
        conn.execute(
            text("UPDATE runtime SET value = CAST(CAST(value AS INTEGER) + 1 AS TEXT) WHERE key = :k"),
            {"k": key},
        )

    async with Database(database.url) as other:
        await asyncio.gather(database.write(both("x", "y")), other.write(both("y", "x")))
    both_rows = [await database.read(partial(runtime.get, key=key)) for key in ("x", "y")]
    assert both_rows == ["2", "2"]
    assert sum(tries.values()) == (3 if database.dialect == "postgresql" else 2)


async def test_on_postgresql_a_batch_ends_with_the_work_that_locks_the_audit_head(database: Database) -> None:
    def audited(conn: Connection) -> int:
        return audit.append(conn, an_entry(), NOW).seq

    before = database.writes_stats().commits
    assert await behind(database, put("a"), audited, put("b"), put("c"), audited) == ["a", 1, "b", "c", 2]
    assert database.writes_stats().commits - before == (3 if database.dialect == "postgresql" else 2)


async def test_a_durable_write_asks_sqlite_for_a_full_sync_and_the_next_one_does_not(
    database: Database,
) -> None:
    def level(conn: Connection) -> int | None:
        if conn.dialect.name == "postgresql":
            return None
        return int(conn.exec_driver_sql("PRAGMA synchronous").scalar_one())

    found = [
        await database.write(level),
        await database.write(level, durable=True),
        await database.write(level),
    ]
    assert found == ([1, 2, 1] if database.dialect == "sqlite" else [None] * 3)
