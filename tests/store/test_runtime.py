"""Named values that outlive the process."""

from __future__ import annotations

from store import runtime
from store.engine import Database


async def test_a_value_is_there_until_it_is_overwritten(database: Database) -> None:
    assert await database.read(lambda conn: runtime.get(conn, "mode")) is None
    await database.write(lambda conn: runtime.put(conn, "mode", "observe"))
    await database.write(lambda conn: runtime.put(conn, "mode", "act"))
    assert await database.read(lambda conn: runtime.get(conn, "mode")) == "act"


async def test_values_are_found_by_how_their_key_begins_and_dropped(database: Database) -> None:
    for key in ("a.1", "a.2", "a_3", "b.1"):
        await database.write(lambda conn, key=key: runtime.put(conn, key, key))  # type: ignore[misc]
    assert await database.read(lambda conn: runtime.every(conn, "a.")) == {"a.1": "a.1", "a.2": "a.2"}
    await database.write(lambda conn: runtime.drop(conn, ["a.1", "nothing"]))
    assert set(await database.read(lambda conn: runtime.every(conn, ""))) == {"a.2", "a_3", "b.1"}
