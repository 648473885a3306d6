"""What the two databases say differently."""

from __future__ import annotations

import pytest
from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from store import runtime
from store.dialect import insert_new, known, losing_is_fine, stored, upsert
from store.engine import Database
from store.tables import runs
from store.tables import runtime as table


async def test_an_insert_says_whether_it_wrote(database: Database) -> None:
    def work(conn: Connection) -> list[object]:
        statement = insert_new(conn.dialect.name, table, ["key"])
        wrote = [stored(conn, statement, {"key": "k", "value": value}) for value in ("first", "second")]
        kept = runtime.get(conn, "k")
        conn.execute(upsert(conn.dialect.name, table, ["key"]), {"key": "k", "value": "third"})
        return [*wrote, kept, runtime.get(conn, "k")]

    assert await database.write(work) == [True, False, "first", "third"]


async def test_a_lost_race_is_undone_alone_and_its_transaction_goes_on(postgres_database: Database) -> None:
    def work(conn: Connection) -> bool:
        runtime.put(conn, "before", "v")
        reached = False
        with losing_is_fine(conn):
            runtime.put(conn, "inside", "v")
            conn.execute(table.insert().values(key="before", value="again"))
            reached = True
        runtime.put(conn, "after", "v")
        return reached

    assert not await postgres_database.write(work)
    keys = await postgres_database.read(
        lambda conn: [runtime.get(conn, k) for k in ("before", "inside", "after")]
    )
    assert keys == ["v", None, "v"]


async def test_on_sqlite_where_no_race_can_be_a_clash_is_an_error(sqlite_database: Database) -> None:
    seen: list[type] = []

    def work(conn: Connection) -> None:
        runtime.put(conn, "k", "v")
        try:
            with losing_is_fine(conn):
                conn.execute(table.insert().values(key="k", value="again"))
        except IntegrityError as err:
            seen.append(type(err))

    await sqlite_database.write(work)
    assert seen == [IntegrityError]


def test_only_columns_that_exist_and_are_free_may_be_set() -> None:
    assert known(runs, {"error": "x"}, frozenset({"id"})) == {"error": "x"}
    for name in ("id", "colour"):
        with pytest.raises(TypeError, match=f"{name} is not a column of runs that can be set here"):
            known(runs, {name: 1}, frozenset({"id"}))
