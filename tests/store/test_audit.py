"""The chain: whatever is edited, deleted, exchanged, added or cut off is found, and where."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from sqlalchemy import Connection, text

from store import audit
from store.audit import START, AuditCheck
from store.engine import Database
from store.records import AuditEntry, AuditRow
from store.tables import audit as audit_table
from tests.support.ledger import NOW, an_entry

ROWS = 12


async def fill(database: Database, rows: int = ROWS) -> None:
    def work(conn: Connection) -> None:
        for number in range(rows):
            run = "run_1" if number % 2 else None
            audit.append(
                conn, an_entry(f"event.{number}", run, number=number, text="é\x00"), NOW + number / 3
            )

    await database.write(work)


def sql(statement: str) -> Callable[[Connection], Any]:
    return lambda conn: conn.execute(text(statement))


def exchange(conn: Connection) -> None:
    """Let rows 4 and 5 change places, hashes and all."""
    for statement in (
        "UPDATE audit SET seq = 1000 WHERE seq = 4",
        "UPDATE audit SET seq = 4 WHERE seq = 5",
        "UPDATE audit SET seq = 5 WHERE seq = 1000",
    ):
        conn.execute(text(statement))


def rewrite(conn: Connection) -> None:
    """Change row 6 and give it a hash that fits: then the next row does not."""
    row = audit.rows(conn, after=5, limit=1)[0]
    columns = {name: getattr(row, name) for name in audit_table.c.keys()[:-2]} | {"actor": "mallory"}
    link = audit._link(row.prev_hash, columns)
    conn.execute(text("UPDATE audit SET actor = 'mallory', hash = :hash WHERE seq = 6"), {"hash": link})


async def test_each_row_names_the_hash_of_the_one_before(database: Database) -> None:
    await fill(database)
    rows = await database.read(audit.rows)
    assert [row.seq for row in rows] == list(range(1, ROWS + 1))
    assert rows[0].prev_hash == START
    assert [row.prev_hash for row in rows[1:]] == [row.hash for row in rows[:-1]]
    assert await database.read(audit.verify) == AuditCheck(True, ROWS, None, "12 rows, unbroken")


async def test_an_empty_chain_is_whole(database: Database) -> None:
    assert await database.read(audit.verify) == AuditCheck(True, 0, None, "0 rows, unbroken")


async def test_what_append_returns_is_what_is_read_later(database: Database) -> None:
    entry = AuditEntry(
        "maria \x00", "run.created", "run", "run_1", "run_1", "sam", {"b": [1, 2.0, None], "a": "\ud800"}
    )
    row = await database.write(lambda conn: audit.append(conn, entry, 5))
    assert isinstance(row, AuditRow)
    assert (row.actor, row.acting_as, row.at) == ("maria \ufffd", "sam", 5.0)
    assert await database.read(audit.rows) == [row]
    assert (await database.read(audit.verify)).ok


@pytest.mark.parametrize(
    ("harm", "broken_at", "why"),
    [
        (sql("UPDATE audit SET actor = 'mallory' WHERE seq = 3"), 3, "row 3 was changed"),
        (sql("UPDATE audit SET acting_as = 'sam' WHERE seq = 3"), 3, "row 3 was changed"),
        (sql("UPDATE audit SET what = 'x' WHERE seq = 1"), 1, "row 1 was changed"),
        (sql("UPDATE audit SET subject = 'x' WHERE seq = 3"), 3, "row 3 was changed"),
        (sql("UPDATE audit SET subject_id = 'x' WHERE seq = 3"), 3, "row 3 was changed"),
        (sql("UPDATE audit SET run_id = NULL WHERE seq = 4"), 4, "row 4 was changed"),
        (sql("UPDATE audit SET at = at + 1 WHERE seq = 12"), 12, "row 12 was changed"),
        (sql("UPDATE audit SET detail = '{\"number\": 7}' WHERE seq = 9"), 9, "row 9 was changed"),
        (rewrite, 7, "does not name the hash of the row before"),
        (sql("DELETE FROM audit WHERE seq = 1"), 1, "row 1 is missing"),
        (sql("DELETE FROM audit WHERE seq = 5"), 5, "row 5 is missing"),
        (sql("DELETE FROM audit WHERE seq > 10"), 11, "ends at row 10, its head says row 12"),
        (sql("DELETE FROM audit WHERE seq = 12"), 12, "ends at row 11, its head says row 12"),
        (sql("DELETE FROM audit"), 1, "ends at row 0, its head says row 12"),
        (sql("DELETE FROM audit_head"), 1, "head row is missing"),
        (sql("UPDATE audit_head SET seq = 11"), 12, "ends at row 12, its head says row 11"),
        (exchange, 4, "does not name the hash of the row before"),
    ],
)
async def test_a_harmed_chain_is_found_and_where(
    database: Database, harm: Callable[[Connection], Any], broken_at: int, why: str
) -> None:
    await fill(database)
    await database.write(harm)
    check = await database.read(audit.verify)
    assert (check.ok, check.broken_at) == (False, broken_at)
    assert why in check.why


async def test_a_row_copied_to_the_end_is_found(database: Database) -> None:
    await fill(database)
    columns = "at, actor, acting_as, what, subject, subject_id, run_id, detail, prev_hash, hash"
    await database.write(
        sql(f"INSERT INTO audit (seq, {columns}) SELECT 13, {columns} FROM audit WHERE seq = 12")
    )
    check = await database.read(audit.verify)
    assert (check.ok, check.broken_at) == (False, 13)


async def test_rows_come_in_pages_and_by_run(database: Database) -> None:
    await fill(database)
    pages = [await database.read(partial(audit.rows, after=after, limit=5)) for after in (0, 5, 10)]
    assert [row.seq for page in pages for row in page] == list(range(1, ROWS + 1))
    mine = await database.read(partial(audit.rows, run_id="run_1", after=3))
    assert [row.seq for row in mine] == [4, 6, 8, 10, 12]


async def test_a_chain_longer_than_one_part_is_verified_to_its_end(sqlite_database: Database) -> None:
    await fill(sqlite_database, 2_500)
    assert (await sqlite_database.read(audit.verify)).rows == 2_500
    await sqlite_database.write(sql("UPDATE audit SET actor = 'x' WHERE seq = 2001"))
    assert (await sqlite_database.read(audit.verify)).broken_at == 2_001


async def test_writers_on_two_sides_make_one_chain(database: Database) -> None:
    async with Database(database.url) as other:
        works = [
            side.write(lambda conn: audit.append(conn, an_entry(), NOW).seq)
            for _ in range(50)
            for side in (database, other)
        ]
        assert sorted(await asyncio.gather(*works)) == list(range(1, 101))
    assert await database.read(audit.verify) == AuditCheck(True, 100, None, "100 rows, unbroken")


async def test_a_transaction_that_fails_leaves_no_gap(database: Database) -> None:
    def fails(conn: Connection) -> None:
        audit.append(conn, an_entry(), NOW)
        raise ZeroDivisionError

    await fill(database, 2)
    with pytest.raises(ZeroDivisionError):
        await database.write(fails)
    await fill(database, 1)
    assert (await database.read(audit.verify)).rows == 3
