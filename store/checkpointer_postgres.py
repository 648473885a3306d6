"""The graph's waiting threads on PostgreSQL; a module of its own because its packages are an extra."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import psycopg
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.checkpoint.postgres.aio import AsyncPostgresSaver
from psycopg.rows import dict_row
from psycopg_pool import AsyncConnectionPool

from store.errors import StoreError

SCHEMA = "graph"
_AGAIN = 0.1
_LOCK = (
    7_205_116_011  # any fixed number: two processes that start together set the schema up one after the other
)


async def _locked(lock: psycopg.AsyncConnection[Any]) -> None:
    """Ask again and again: who waits in the server holds a snapshot, for whose end the other's CREATE INDEX
    CONCURRENTLY would wait, and so both for ever."""
    while True:
        row = await (await lock.execute("SELECT pg_try_advisory_lock(%s)", [_LOCK])).fetchone()
        if row is not None and row[0]:
            return
        await asyncio.sleep(_AGAIN)


@contextlib.asynccontextmanager
async def postgres_saver(url: str) -> AsyncIterator[BaseCheckpointSaver[str]]:
    """A saver in the schema `graph` of the database that `url` (postgresql+psycopg://…) names.

    Raises StoreError when the database cannot be reached or refuses the schema.
    """
    plain = url.replace("postgresql+psycopg://", "postgresql://")
    try:
        opened = await psycopg.AsyncConnection.connect(plain, autocommit=True)
    except psycopg.Error as err:
        raise StoreError(
            f"The database of waiting threads cannot be reached ({err}). Check the server."
        ) from err
    async with opened as lock:
        await _locked(lock)
        await lock.execute(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}")
        options: dict[str, Any] = {
            "autocommit": True,
            "prepare_threshold": 0,
            "row_factory": dict_row,
            "options": f"-csearch_path={SCHEMA}",
        }
        pool: AsyncConnectionPool[Any] = AsyncConnectionPool(
            plain,
            min_size=1,
            max_size=4,
            kwargs=options,
            open=False,
            check=AsyncConnectionPool.check_connection,
        )
        async with contextlib.AsyncExitStack() as stack:
            await stack.enter_async_context(pool)
            saver = AsyncPostgresSaver(pool)
            await saver.setup()
            await lock.execute("SELECT pg_advisory_unlock(%s)", [_LOCK])
            yield saver
