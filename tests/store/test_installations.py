"""Workspaces that installed the app, and states that hold once."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from sqlalchemy import Connection

from store import installations
from store.engine import Database
from store.installations import Installation

NOW = 1_800_000_000.0
ONE = Installation("T1", "Demo", None, "B1", "U1", "xoxb-1", "chat:write", "UADMIN", NOW)


def save(one: Installation, conn: Connection) -> None:
    installations.save(conn, one)


def begin(state: str, conn: Connection) -> None:
    installations.begin(conn, state, NOW + 600, NOW)


async def test_installing_again_replaces_and_removing_forgets(database: Database) -> None:
    again = replace(ONE, token="xoxb-2", installed_at=NOW + 5)
    for one in (ONE, again):
        await database.write(partial(save, one))
    assert await database.read(lambda conn: installations.get(conn, "T1")) == again
    assert await database.write(lambda conn: installations.remove(conn, "T1"))
    assert not await database.write(lambda conn: installations.remove(conn, "T1"))
    assert await database.read(lambda conn: installations.get(conn, "T1")) is None


async def test_a_state_holds_once_and_in_time(database: Database) -> None:
    for state in ("a", "b"):
        await database.write(partial(begin, state))
    finish = installations.finish
    assert await database.write(lambda conn: finish(conn, "a", NOW + 1))
    assert not await database.write(lambda conn: finish(conn, "a", NOW + 2))
    assert not await database.write(lambda conn: finish(conn, "b", NOW + 601))
    assert not await database.write(lambda conn: finish(conn, "never", NOW))
