"""The database in trouble: clear words, nothing lost, and it goes on by itself once the trouble is over."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sqlalchemy import Connection, create_engine, make_url, text

from store import runtime
from store.engine import IDLE_SECONDS, Database, make_engine
from store.errors import StoreError
from store.tables import metadata


def put(conn: Connection) -> None:
    runtime.put(conn, "key", "value")


def get(conn: Connection) -> str | None:
    return runtime.get(conn, "key")


@pytest.mark.parametrize(
    "url", ["mysql://user:secret@host/db", "sqlite://", "sqlite:///:memory:", "nonsense", "oracle://x"]
)
def test_an_address_of_another_kind_is_refused_with_the_right_form(url: str) -> None:
    with pytest.raises(StoreError, match=r"sqlite:////absolute/path\.db or postgresql") as said:
        Database(url)
    assert "secret" not in str(said.value)


@pytest.mark.parametrize("start", ["postgresql", "postgres", "postgresql+psycopg"])
def test_the_usual_ways_to_write_a_postgresql_address_are_understood(start: str) -> None:
    database = Database(f"{start}://user:secret@host:5432/name")
    assert database.dialect == "postgresql"
    assert database.url == "postgresql+psycopg://user:secret@host:5432/name"
    assert "secret" not in database.shown_as


async def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/none/copilot.db")
    with pytest.raises(StoreError, match=r"none/copilot\.db cannot be opened.*folder"):
        await database.start()
    await database.close()


async def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    path = tmp_path / "copilot.db"
    path.write_bytes(b"a letter to a friend " * 200)
    with pytest.raises(StoreError, match=r"is not an SQLite database"):
        await Database(f"sqlite:///{path}").start()
    assert path.read_bytes().startswith(b"a letter")


async def test_a_path_with_odd_characters_is_opened_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "a b%20?#é" / "copilot.db"
    path.parent.mkdir()
    database = Database("sqlite:////" + str(path)[1:].replace("%", "%25").replace("?", "%3F"))
    async with database:
        await database.write(lambda conn: metadata.create_all(conn))
    assert database.path is not None and database.path.exists()


async def test_a_server_that_is_not_there_is_named_without_the_password() -> None:
    database = Database("postgresql://user:secret@127.0.0.1:9/name")
    with pytest.raises(StoreError, match=r"user:\*\*\*@127\.0\.0\.1:9/name cannot be reached") as said:
        await database.start()
    assert "secret" not in str(said.value)


async def test_a_database_the_server_does_not_have_is_named(postgres_url: str) -> None:
    with pytest.raises(StoreError, match=r"_absent or its user is not on the server; create it"):
        await Database(postgres_url + "_absent").start()


async def test_before_the_start_it_says_that_it_is_closed(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/copilot.db")
    with pytest.raises(StoreError, match="closed"):
        await database.write(put)
    await database.close()
    await database.start()
    await database.start()
    await database.close()
    await database.close()


async def test_a_full_disk_is_said_and_writing_goes_on_once_there_is_room(sqlite_database: Database) -> None:
    def limit(conn: Connection, pages: int) -> None:
        conn.exec_driver_sql(f"PRAGMA max_page_count={pages}")

    def big(conn: Connection) -> None:
        limit(conn, 1)
        runtime.put(conn, "big", "x" * 200_000)

    def enough(conn: Connection) -> None:
        limit(conn, 1_000_000)
        runtime.put(conn, "big", "x" * 200_000)

    await sqlite_database.write(put)
    with pytest.raises(StoreError, match=r"the disk is full; free some space"):
        await sqlite_database.write(big)
    assert await sqlite_database.read(get) == "value"
    assert await sqlite_database.read(lambda conn: runtime.get(conn, "big")) is None
    await sqlite_database.write(enough)
    assert await sqlite_database.read(lambda conn: len(runtime.get(conn, "big") or "")) == 200_000


async def test_a_file_that_another_process_locks_is_said_and_then_used_again(sqlite_url: str) -> None:
    database = Database(sqlite_url, busy=0.2)
    await database.start()
    with contextlib.closing(sqlite3.connect(str(database.path), isolation_level=None)) as holder:
        holder.execute("BEGIN IMMEDIATE")
        works = [asyncio.create_task(database.write(put)) for _ in range(100)]
        for error in await asyncio.gather(*works, return_exceptions=True):
            assert isinstance(error, StoreError) and "is locked by another process" in str(error)
        assert await database.read(get) is None
        holder.execute("ROLLBACK")
    await database.write(put)
    assert await database.read(get) == "value"
    await database.close()


async def test_a_file_that_vanishes_is_missed_and_used_again_when_it_is_back(
    sqlite_database: Database,
) -> None:
    path = sqlite_database.path
    assert path is not None
    await sqlite_database.write(put)
    path.rename(path.with_suffix(".away"))
    for _ in range(2):
        with pytest.raises(StoreError, match=r"moved or deleted|cannot be opened"):
            await sqlite_database.write(put)
        with pytest.raises(StoreError, match=r"moved or deleted|cannot be opened"):
            await sqlite_database.read(get)
    assert not path.exists()
    path.with_suffix(".away").rename(path)
    await sqlite_database.write(put)
    assert await sqlite_database.read(get) == "value"


async def test_a_read_cannot_write(database: Database) -> None:
    with pytest.raises(StoreError):
        await database.read(put)
    assert await database.read(get) is None


async def test_a_read_sees_one_moment(database: Database) -> None:
    """A second writer commits between two statements of a read: the read does not see it."""
    seen: list[str | None] = []
    loop = asyncio.get_running_loop()

    def twice(conn: Connection) -> None:
        seen.append(get(conn))
        asyncio.run_coroutine_threadsafe(database.write(put), loop).result(10)
        seen.append(get(conn))

    await database.read(twice)
    assert seen == [None, None]
    assert await database.read(get) == "value"


async def test_a_connection_the_server_dropped_is_made_anew(postgres_database: Database) -> None:
    others = text(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    await postgres_database.write(put)
    assert await postgres_database.read(get) == "value"
    engine = create_engine(postgres_database.url)
    with engine.begin() as conn:
        conn.execute(others)
    engine.dispose()
    assert await postgres_database.read(get) == "value"
    await postgres_database.write(lambda conn: runtime.put(conn, "key", "again"))
    assert await postgres_database.read(get) == "again"


async def test_a_process_that_is_held_up_in_a_transaction_does_not_hold_its_locks(
    postgres_url: str, postgres_database: Database
) -> None:
    for reads in (False, True):
        engine = make_engine(make_url(postgres_url), reads=reads)
        with engine.connect() as conn:
            shown = conn.exec_driver_sql("SHOW idle_in_transaction_session_timeout").scalar_one()
        engine.dispose()
        assert shown == f"{IDLE_SECONDS}s"
    tries: list[int] = []

    def held_up(conn: Connection) -> int:
        runtime.put(conn, "mine", "yes")
        if not tries:
            tries.append(1)
            conn.exec_driver_sql("SET idle_in_transaction_session_timeout = '100ms'")
            time.sleep(0.3)
        runtime.put(conn, "after", "yes")
        return len(tries)

    assert await postgres_database.write(held_up) == 1
    assert await postgres_database.read(lambda conn: runtime.get(conn, "after")) == "yes"


async def test_a_transaction_whose_commit_is_in_doubt_is_never_repeated(postgres_database: Database) -> None:
    engine = create_engine(postgres_database.url)
    ran: list[int] = []

    def cut_off(conn: Connection) -> None:
        put(conn)
        ran.append(int(conn.execute(text("SELECT pg_backend_pid()")).scalar_one()))
        with engine.begin() as admin:
            admin.execute(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": ran[-1]})

    with pytest.raises(StoreError, match="lost the connection"):
        await postgres_database.write(cut_off)
    engine.dispose()
    assert len(ran) == 1
    await postgres_database.write(put)
    assert await postgres_database.read(get) == "value"


def test_importing_the_store_opens_nothing_and_loads_no_migration_tool() -> None:
    code = "import sys, store.engine, store.ledger, store.inbox; assert 'alembic' not in sys.modules"
    folder = Path(__file__).parents[2]
    assert subprocess.run([sys.executable, "-c", code], cwd=folder).returncode == 0
