"""Few named values that outlive the process: the mode, and what is chosen while it runs."""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import Connection, select

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
