"""Few named values that outlive the process: the mode, and what is chosen while it runs."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from sqlalchemy import Connection, delete, select

from store.dialect import upsert
from store.tables import runtime

#: who stopped all work, as JSON; empty or absent: nobody
STOPPED = "stopped"


@cache
def _put(dialect: str) -> Any:
    return upsert(dialect, runtime, ["key"])


def get(conn: Connection, key: str) -> str | None:
    return conn.execute(select(runtime.c.value).where(runtime.c.key == key)).scalar_one_or_none()


def put(conn: Connection, key: str, value: str) -> None:
    conn.execute(_put(conn.dialect.name), {"key": key, "value": value})


def every(conn: Connection, prefix: str) -> dict[str, str]:
    """The values whose key begins with `prefix`, by key."""
    wanted = select(runtime).where(runtime.c.key.startswith(prefix, autoescape=True))
    return {row.key: row.value for row in conn.execute(wanted)}


def drop(conn: Connection, keys: Sequence[str]) -> None:
    conn.execute(delete(runtime).where(runtime.c.key.in_(keys)))
