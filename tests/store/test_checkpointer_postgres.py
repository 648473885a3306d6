"""The saver of waiting graph threads on PostgreSQL."""

from __future__ import annotations

from store.checkpointer_postgres import postgres_saver
from store.engine import Database
from tests.support.waiting import wait_and_go_on


async def test_a_thread_waits_and_goes_on_and_the_schema_is_made_once(postgres_database: Database) -> None:
    for _ in range(2):
        async with postgres_saver(postgres_database.url) as saver:
            assert (await wait_and_go_on(saver))["answer"] == "yes"
            await saver.adelete_thread("req_1")
