from __future__ import annotations

import pytest

from bot.http.owners import SECONDS, Owners
from config.errors import NotFound
from store import sessions
from store.engine import Database
from store.records import Session
from tests.support.clock import ManualClock


async def test_a_session_is_its_persons_alone(database: Database, clock: ManualClock) -> None:
    await database.write(lambda conn: sessions.create(conn, Session("ses_1", "maria", clock.now())))
    owners = Owners(database, clock)
    await owners.check("ses_1", "maria")
    for session, person in (("ses_1", "priya"), ("ses_2", "maria"), ("\x00", "maria")):
        with pytest.raises(NotFound, match="You have no session"):
            await owners.check(session, person)


async def test_what_another_process_ended_is_noticed_after_a_few_seconds(
    sqlite_database: Database, clock: ManualClock
) -> None:
    await sqlite_database.write(lambda conn: sessions.create(conn, Session("ses_1", "maria", clock.now())))
    owners = Owners(sqlite_database, clock)
    await owners.check("ses_1", "maria")
    await sqlite_database.write(lambda conn: sessions.delete(conn, "ses_1"))
    await owners.check("ses_1", "maria")
    clock.advance(SECONDS + 1)
    with pytest.raises(NotFound):
        await owners.check("ses_1", "maria")


async def test_what_is_ended_here_is_forgotten_at_once(sqlite_database: Database, clock: ManualClock) -> None:
    await sqlite_database.write(lambda conn: sessions.create(conn, Session("ses_1", "maria", clock.now())))
    owners = Owners(sqlite_database, clock)
    await owners.check("ses_1", "maria")
    owners.forget("ses_1")
    await sqlite_database.write(lambda conn: sessions.delete(conn, "ses_1"))
    with pytest.raises(NotFound):
        await owners.check("ses_1", "maria")
