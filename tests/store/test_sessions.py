"""REST sessions and remembered answers."""

from __future__ import annotations

from functools import partial
from typing import Any

from store import sessions
from store.engine import Database
from store.records import Json, Session
from store.sessions import Remembered
from tests.support.ledger import NOW


async def remember(database: Database, person: str = "maria", answer: Json | None = None) -> bool:
    work: Any = partial(
        sessions.remember,
        key="k1",
        person=person,
        path="/api/v1/workflows",
        body_hash="abc",
        status=202,
        answer=answer or {"id": "run_1"},
        now=NOW,
    )
    return bool(await database.write(work))


async def test_a_session_is_there_until_it_is_deleted(database: Database) -> None:
    session = Session("ses_1", "maria", NOW)
    assert await database.write(lambda conn: sessions.create(conn, session)) == session
    assert await database.read(lambda conn: sessions.get(conn, "ses_1")) == session
    assert await database.write(lambda conn: sessions.delete(conn, "ses_1"))
    assert not await database.write(lambda conn: sessions.delete(conn, "ses_1"))
    assert await database.read(lambda conn: sessions.get(conn, "ses_1")) is None


async def test_the_first_answer_to_a_key_is_kept_for_its_person(database: Database) -> None:
    assert await remember(database)
    assert not await remember(database, answer={"id": "run_2"})
    assert await remember(database, person="sam", answer={"id": "run_3"})
    found = await database.read(lambda conn: sessions.recall(conn, "k1", "maria"))
    assert found == Remembered("k1", "maria", "/api/v1/workflows", "abc", 202, {"id": "run_1"}, NOW)
    assert await database.read(lambda conn: sessions.recall(conn, "k2", "maria")) is None


async def test_old_answers_are_forgotten(database: Database) -> None:
    await remember(database)
    assert await database.write(lambda conn: sessions.forget(conn, NOW)) == 0
    assert await database.write(lambda conn: sessions.forget(conn, NOW + 1)) == 1
    assert await database.read(lambda conn: sessions.recall(conn, "k1", "maria")) is None


async def test_a_persons_sessions_come_newest_first(database: Database) -> None:
    for number, person in enumerate(("maria", "priya", "maria", "maria")):
        session = Session(f"ses_{number}", person, NOW + number)
        await database.write(partial(sessions.create, session=session))
    found = await database.read(lambda conn: sessions.of_person(conn, "maria", 2))
    assert [one.id for one in found] == ["ses_3", "ses_2"]
    assert await database.read(lambda conn: sessions.of_person(conn, "sam")) == []
