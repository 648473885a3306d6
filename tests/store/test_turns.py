"""Turns: in the order they were said, each with its answer."""

from __future__ import annotations

from functools import partial

from store import outbox, turns
from store.engine import Database
from store.records import Turn
from tests.support.ledger import NOW


def a_turn(id: str, conversation: str = "ses_1", text: str = "why is it slow?", at: float = NOW) -> Turn:
    return Turn(
        id, conversation, "maria", text, "diagnose.explain", 0.93, "classifier", {"service": "rag-api"}, at
    )


async def say(database: Database, turn: Turn) -> bool:
    return await database.write(lambda conn: turns.append(conn, turn))


async def answer(database: Database, id: str, place: str = "rest:ses_1", text: str = "because") -> None:
    work = partial(outbox.put, key=f"reply:{id}", place=place, kind="reply", body={"text": text}, now=NOW)
    await database.write(work)


async def test_the_last_turns_come_oldest_first_also_within_one_instant(database: Database) -> None:
    for id in ("req_c", "req_a", "req_b"):
        assert await say(database, a_turn(id))
    await say(database, a_turn("req_d", "other"))
    found = await database.read(lambda conn: turns.last(conn, "ses_1", 2))
    assert found == [a_turn("req_a"), a_turn("req_b")]
    assert await database.read(lambda conn: turns.last(conn, "nobody", 2)) == []


async def test_a_request_has_one_turn(database: Database) -> None:
    assert await say(database, a_turn("req_a"))
    assert not await say(database, a_turn("req_a", text="again"))
    assert await database.read(lambda conn: turns.last(conn, "ses_1", 9)) == [a_turn("req_a")]


async def test_a_page_holds_each_turn_with_its_answer_and_goes_on_after_a_request(database: Database) -> None:
    for id in ("req_c", "req_a", "req_b"):
        await say(database, a_turn(id))
    await answer(database, "req_c")
    await answer(database, "req_b", text="first")
    await answer(database, "req_b", place="slack:C1", text="second")
    page = await database.read(lambda conn: turns.page(conn, "ses_1"))
    assert [(turn.request_id, body) for turn, body in page] == [
        ("req_c", {"text": "because"}),
        ("req_a", None),
        ("req_b", {"text": "first"}),
    ]
    rest = await database.read(lambda conn: turns.page(conn, "ses_1", limit=1, after="req_c"))
    assert [turn.request_id for turn, _ in rest] == ["req_a"]
    assert await database.read(lambda conn: turns.page(conn, "ses_1", after="req_b")) == []


async def test_what_a_database_cannot_hold_is_shown_as_unknown(database: Database) -> None:
    await say(database, a_turn("req_a", text="a\x00b\udfffc \U0001f600"))
    [found] = await database.read(lambda conn: turns.last(conn, "ses_1", 1))
    assert found.text == "a\ufffdb\ufffdc \U0001f600"


async def test_a_conversation_is_known_by_its_first_words(database: Database) -> None:
    for id, conversation, text in (("a", "one", "first"), ("b", "two", "hello"), ("c", "one", "second")):
        await say(database, a_turn(f"req_{id}", conversation, text))
    found = await database.read(lambda conn: turns.first_words(conn, ["one", "two", "three"]))
    assert found == {"one": "first", "two": "hello"}
    assert await database.read(lambda conn: turns.first_words(conn, [])) == {}


async def test_turns_are_found_by_their_requests(database: Database) -> None:
    for id in ("req_a", "req_b"):
        await say(database, a_turn(id))
    found = await database.read(lambda conn: turns.of_requests(conn, ["req_b", "req_x"]))
    assert found == {"req_b": a_turn("req_b")}
    assert await database.read(lambda conn: turns.of_requests(conn, [])) == {}
