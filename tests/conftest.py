"""Fixtures of every room: a database, migrated and empty, on SQLite and on PostgreSQL."""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import OperationalError

from store.audit import START
from store.engine import Database, make_engine
from store.migrate import run_upgrade
from store.schema import metadata
from store.tables import audit_head
from tests.support.clock import ManualClock

SERVER = os.environ.get("TEST_POSTGRES_URL", "postgresql://postgres@127.0.0.1:5432/postgres")

#: a TRUNCATE makes new files for every table and index; with so few rows this is faster
EMPTY = "; ".join(
    [f"DELETE FROM {table.name}" for table in metadata.sorted_tables]
    + [f"ALTER SEQUENCE {name}_seq_seq RESTART" for name in ("inbox", "turns", "outbox", "demo_events")]
)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated, empty SQLite file to copy."""
    path = tmp_path_factory.mktemp("template") / "copilot.db"
    path.touch()
    engine = make_engine(make_url(f"sqlite:///{path}"))
    with engine.begin() as conn:
        run_upgrade(conn)
    engine.dispose()
    return path


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """The address of a migrated, empty SQLite file of this test."""
    return f"sqlite:///{shutil.copy(sqlite_template, tmp_path / 'copilot.db')}"


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[URL]:
    """A database of this test process on the server, dropped at the end. No server: skipped, but not in CI."""
    admin = make_url(SERVER).set(drivername="postgresql+psycopg")
    name = f"cp_test_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}_{os.getpid()}"
    engine = create_engine(admin, isolation_level="AUTOCOMMIT", connect_args={"connect_timeout": 3})
    try:
        with engine.connect() as conn:
            conn.execute(text(f"DROP DATABASE IF EXISTS {name}"))
            conn.execute(text(f"CREATE DATABASE {name}"))
    except OperationalError:
        engine.dispose()
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(f"no PostgreSQL at {admin.render_as_string()}; set TEST_POSTGRES_URL")
    yield admin.set(database=name)
    with engine.connect() as conn:
        conn.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    engine.dispose()


@pytest.fixture(scope="session")
def postgres_schema(postgres_server: URL) -> URL:
    """The same database, migrated."""
    engine = make_engine(postgres_server)
    with engine.begin() as conn:
        conn.execute(text(f"ALTER DATABASE {postgres_server.database} SET synchronous_commit = off"))
        run_upgrade(conn)
    engine.dispose()
    return postgres_server


@pytest.fixture
def postgres_url(postgres_schema: URL) -> str:
    """The address of a migrated PostgreSQL database, empty at the start of this test."""
    engine = make_engine(postgres_schema)
    with engine.begin() as conn:
        conn.exec_driver_sql(EMPTY)
        conn.execute(audit_head.insert().values(id=1, seq=0, hash=START))
    engine.dispose()
    return postgres_schema.render_as_string(hide_password=False)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """The address of a migrated, empty database of either kind, for tests that start processes."""
    url: str = request.getfixturevalue("sqlite_url" if request.param == "sqlite" else "postgres_url")
    return url


@pytest.fixture
async def database(database_url: str, clock: ManualClock) -> AsyncIterator[Database]:
    """A started database, migrated and empty: the test runs on SQLite and on PostgreSQL."""
    async with Database(database_url, clock) as started:
        yield started


@pytest.fixture
async def sqlite_database(sqlite_url: str, clock: ManualClock) -> AsyncIterator[Database]:
    """A started SQLite database, migrated and empty."""
    async with Database(sqlite_url, clock) as started:
        yield started


@pytest.fixture
async def postgres_database(postgres_url: str, clock: ManualClock) -> AsyncIterator[Database]:
    """A started PostgreSQL database, migrated and empty."""
    async with Database(postgres_url, clock) as started:
        yield started
