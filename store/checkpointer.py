"""Where the graph's waiting threads are kept: their own disposable file or schema, outside the migrations.

Losing it loses nothing: the ledger says what was decided, and the graph goes on from there.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver

from store.errors import StoreError


@contextlib.asynccontextmanager
async def sqlite_saver(path: Path) -> AsyncIterator[BaseCheckpointSaver[str]]:
    """A saver on the file `path`; a file that is no database is set aside as `*.broken` and made anew.

    Raises StoreError when the file cannot be written.
    """
    _set_aside_if_broken(path)
    async with AsyncSqliteSaver.from_conn_string(str(path)) as saver:
        try:
            await saver.setup()
            await saver.conn.execute("PRAGMA busy_timeout=5000")
        except sqlite3.Error as err:
            raise StoreError(
                f"{path} cannot be written ({err}). Free some space or mend its rights."
            ) from err
        yield saver


def _set_aside_if_broken(path: Path) -> None:
    if not path.exists():
        return
    try:
        with contextlib.closing(sqlite3.connect(path)) as connection:
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except sqlite3.DatabaseError:
        path.replace(path.with_suffix(".broken"))
