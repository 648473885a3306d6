"""The savers of waiting graph threads."""

from __future__ import annotations

from pathlib import Path

from store.checkpointer import sqlite_saver
from tests.support.waiting import wait_and_go_on


async def test_a_thread_waits_and_goes_on_in_sqlite(tmp_path: Path) -> None:
    async with sqlite_saver(tmp_path / "graph.db") as saver:
        assert (await wait_and_go_on(saver))["answer"] == "yes"


async def test_a_file_that_is_no_database_is_set_aside(tmp_path: Path) -> None:
    path = tmp_path / "graph.db"
    path.write_bytes(b"not a database, " * 300)
    async with sqlite_saver(path) as saver:
        assert (await wait_and_go_on(saver))["answer"] == "yes"
    assert path.with_suffix(".broken").exists()
