"""The migrations make exactly the tables of the code, on both databases, there and back."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, create_engine, inspect, make_url, text
from sqlalchemy.engine import URL

from store import approvals, migrate
from store.engine import Database
from store.errors import StoreError
from store.policy_tables import reviews
from store.schema import metadata
from store.tables import audit_head
from tests.support.ledger import NOW, an_approval, an_entry


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database without any table."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.db'}"
        return
    server: URL = request.getfixturevalue("postgres_server")
    admin = create_engine(make_url(server), isolation_level="AUTOCOMMIT")
    name = f"{server.database}_empty"
    with admin.connect() as conn:
        conn.execute(text(f"CREATE DATABASE {name}"))
    yield server.set(database=name).render_as_string(hide_password=False)
    with admin.connect() as conn:
        conn.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    admin.dispose()


def _tables(conn: Connection) -> set[str]:
    return set(inspect(conn).get_table_names())


def _differences(conn: Connection) -> list[object]:
    context = MigrationContext.configure(conn, opts={"target_metadata": metadata, "compare_type": True})
    return list(compare_metadata(context, metadata))


async def test_up_down_and_up_again_makes_the_tables_of_the_code(empty_url: str) -> None:
    async with Database(empty_url) as database:
        await migrate.upgrade(database)
        assert await database.write(_differences) == []
        await migrate.downgrade(database, "base")
        assert await database.read(_tables) == {"alembic_version"}
        await migrate.upgrade(database)
        assert await database.write(_differences) == []
        assert await database.read(migrate.current) == migrate.head()
        assert await database.read(lambda conn: conn.execute(audit_head.select()).one().seq) == 0
        assert await database.read(lambda conn: conn.execute(reviews.select()).all()) == []


async def test_each_step_goes_down_and_up_and_keeps_what_was_asked(empty_url: str) -> None:
    async with Database(empty_url) as database:
        await migrate.upgrade(database)
        await database.write(lambda conn: approvals.open_approval(conn, an_approval(), an_entry(), NOW))
        await migrate.downgrade(database, "0001")
        await migrate.upgrade(database)
        assert await database.read(lambda conn: approvals.get(conn, "apr_1")) == an_approval()


async def test_two_that_upgrade_at_once_take_turns(empty_url: str) -> None:
    async with Database(empty_url) as one, Database(empty_url) as other:
        await asyncio.gather(migrate.upgrade(one), migrate.upgrade(other))
        assert await other.read(migrate.current) == migrate.head()


async def test_a_database_without_a_schema_says_to_migrate(empty_url: str) -> None:
    async with Database(empty_url) as database:
        with pytest.raises(StoreError, match=r"no schema yet.*llm-copilot migrate"):
            await migrate.check(database)
        with pytest.raises(StoreError, match="llm-copilot migrate"):
            await database.read(lambda conn: conn.execute(audit_head.select()).all())
        await migrate.upgrade(database)
        await migrate.check(database)


async def test_a_schema_of_a_newer_version_is_left_alone(empty_url: str) -> None:
    async with Database(empty_url) as database:
        await migrate.upgrade(database)
        await database.write(
            lambda conn: conn.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        )
        with pytest.raises(StoreError, match=r"schema 9999.*this version wants"):
            await migrate.check(database)
        with pytest.raises(StoreError, match=r"9999.*newer"):
            await migrate.upgrade(database)
