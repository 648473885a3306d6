"""The graph's waiting threads on PostgreSQL; a module of its own because its packages are an extra."""

from __future__ import annotations

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
_LOCK = (
    7_205_116_011  # any fixed number: two processes that start together set the schema up one after the other
)


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
        await lock.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
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
