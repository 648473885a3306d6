"""Named values that outlive the process."""

from __future__ import annotations

from store import runtime
from store.engine import Database


async def test_a_value_is_there_until_it_is_overwritten(database: Database) -> None:
    assert await database.read(lambda conn: runtime.get(conn, "mode")) is None
    await database.write(lambda conn: runtime.put(conn, "mode", "observe"))
    await database.write(lambda conn: runtime.put(conn, "mode", "act"))
    assert await database.read(lambda conn: runtime.get(conn, "mode")) == "act"
