"""What SQLite and PostgreSQL say differently."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import fields
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError

Insert = sqlite.Insert | postgresql.Insert


def insert(dialect: str, table: Table) -> Insert:
    """An insert that knows ON CONFLICT, for `conn.dialect.name`."""
    return postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)


def insert_new(dialect: str, table: Table, key: Sequence[str] | None = None) -> Any:
    """An insert, for `stored`, that does nothing when `key` (default: any unique key) is taken."""
    return insert(dialect, table).on_conflict_do_nothing(index_elements=key).returning(*table.primary_key)


def stored(conn: Connection, statement: Any, row: Mapping[str, Any]) -> bool:
    """Run an insert that returns what it wrote: whether it wrote the row."""
    return conn.execute(statement, row).first() is not None


def upsert(dialect: str, table: Table, key: Sequence[str]) -> Insert:
    """An insert that overwrites the other columns of the row that has `key`."""
    statement = insert(dialect, table)
    others = {column.name: statement.excluded[column.name] for column in table.c if column.name not in key}
    return statement.on_conflict_do_update(index_elements=key, set_=others)


def values(record: Any) -> dict[str, Any]:
    """The fields of a frozen record as column values."""
    return {one.name: getattr(record, one.name) for one in fields(record)}


def known(table: Table, columns: Mapping[str, Any], fixed: frozenset[str]) -> Mapping[str, Any]:
    """`columns` if all are columns of `table` that a caller may set; TypeError otherwise."""
    for name in columns:
        if name not in table.c or name in fixed:
            raise TypeError(f"{name} is not a column of {table.name} that can be set here")
    return columns


@contextmanager
def losing_is_fine(conn: Connection) -> Iterator[None]:
    """A unique index may refuse what is inside: then it is undone and the block ends quietly.

    On SQLite the writer is alone, so the check before the write holds and no savepoint is paid for.
    """
    if conn.dialect.name == "sqlite":
        yield
        return
    point = conn.begin_nested()
    try:
        yield
    except IntegrityError:
        point.rollback()
    else:
        point.commit()
