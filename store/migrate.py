"""Brings a database to this version's schema, or back. Two processes that do it at once take turns."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from store.engine import Database
from store.errors import StoreError

_FOLDER = Path(__file__).parent / "migrations"
_LOCK = text("SELECT pg_advisory_xact_lock(7031401)")


def run_upgrade(conn: Connection, revision: str = "head") -> None:
    """Upgrade inside the caller's transaction. Raises StoreError when the schema is of a newer version."""
    _prepare(conn)
    command.upgrade(_config(conn), revision)


def run_downgrade(conn: Connection, revision: str) -> None:
    """Downgrade inside the caller's transaction; `base` is an empty database. Raises StoreError, as `run_upgrade`."""
    _prepare(conn)
    command.downgrade(_config(conn), revision)


async def upgrade(database: Database, revision: str = "head") -> None:
    """Upgrade in one transaction: it is done in full or not at all. Raises StoreError."""
    await database.write(lambda conn: run_upgrade(conn, revision), durable=True)


async def downgrade(database: Database, revision: str) -> None:
    """Downgrade in one transaction. What the older schema has no place for is lost."""
    await database.write(lambda conn: run_downgrade(conn, revision), durable=True)


async def check(database: Database) -> None:
    """Raises StoreError unless the schema is this version's."""
    found, wanted = await database.read(current), head()
    if found != wanted:
        age = "has no schema yet" if found is None else f"has schema {found}, this version wants {wanted}"
        raise StoreError(f"The database {database.shown_as} {age}; run `llm-copilot migrate`.")


def current(conn: Connection) -> str | None:
    """The revision of the database's schema; None before the first."""
    return MigrationContext.configure(conn).get_current_revision()


@cache
def head() -> str:
    """The revision that this version wants."""
    revision = _scripts().get_current_head()
    assert revision is not None
    return revision


def _prepare(conn: Connection) -> None:
    if conn.dialect.name == "postgresql":
        conn.execute(_LOCK)
    found = current(conn)
    if found is not None and found not in {script.revision for script in _scripts().walk_revisions()}:
        raise StoreError(
            f"The database has schema {found}, which this version does not know: it was made by a newer one. "
            "Start that version, or restore a backup."
        )


@cache
def _scripts() -> ScriptDirectory:
    return ScriptDirectory(str(_FOLDER))


def _config(conn: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    config.attributes["connection"] = conn
    return config
