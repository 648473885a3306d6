"""The saver of waiting graph threads on PostgreSQL."""

from __future__ import annotations

import asyncio

from store.checkpointer_postgres import postgres_saver
from store.engine import Database
from tests.support.waiting import wait_and_go_on


async def test_a_thread_waits_and_goes_on_and_the_schema_is_made_once(postgres_database: Database) -> None:
    for _ in range(2):
        async with postgres_saver(postgres_database.url) as saver:
            assert (await wait_and_go_on(saver))["answer"] == "yes"
            await saver.adelete_thread("req_1")


async def test_several_that_start_at_once_set_the_schema_up_one_after_the_other(
    postgres_database: Database,
) -> None:
    await postgres_database.write(lambda conn: conn.exec_driver_sql("DROP SCHEMA IF EXISTS graph CASCADE"))

    async def opened() -> None:
        async with postgres_saver(postgres_database.url) as saver:
            await saver.adelete_thread("req_1")

    async with asyncio.timeout(60):
        await asyncio.gather(*(opened() for _ in range(4)))
