"""What is said when thinking fails."""

from __future__ import annotations

import logging

import pytest

from bot.handling import MOST_ATTEMPTS, Handler
from bot.identity import Identity
from config.errors import Forbidden
from config.people import People
from store import ledger
from store.engine import Database, StoreError
from store.records import Inbox
from tests.support.ledger import NOW, a_run, an_entry
from tests.support.thinking import Echo

NOBODY = Identity(People(by_id={}, rota={}), "demo")


def row(attempts: int = 1, **more: object) -> Inbox:
    payload = {"text": "hello", "actor": "x", "place": "rest:c1", "conversation": "c1", "at": 1.0, **more}
    return Inbox("req_1", 1, "rest", "e1", "message", "c1", payload, "claimed", "w1", 9.0, attempts, 1.0)


async def test_an_error_of_ours_is_said_in_its_own_words(sqlite_database: Database) -> None:
    handler = Handler(sqlite_database, NOBODY, Echo(fail=Forbidden("Only approvers may. Ask priya.")))
    answer = await handler.answer(row())
    assert answer.reply is not None
    assert "Ask priya" in answer.reply.text
    assert answer.turn is not None


async def test_an_unexpected_error_gives_an_id_that_is_in_the_log(
    sqlite_database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    handler = Handler(sqlite_database, NOBODY, Echo(fail=ZeroDivisionError("secret detail")))
    with caplog.at_level(logging.ERROR):
        answer = await handler.answer(row())
    assert answer.reply is not None
    error_id = answer.reply.blocks[0]["error_id"]
    assert error_id in answer.reply.text
    assert error_id in caplog.text
    assert "secret detail" not in answer.reply.text


async def test_who_typed_a_secret_is_told_so_above_the_answer(sqlite_database: Database) -> None:
    answer = await Handler(sqlite_database, NOBODY, Echo()).answer(row(hidden=["GitHub token", "password"]))
    assert answer.reply is not None
    first, _, rest = answer.reply.text.partition("\n")
    assert "looks like a secret (GitHub token, password)" in first and "rotate it" in first
    assert rest == "heard hello" and answer.reply.blocks[0]["text"] == first


async def test_a_database_that_fails_leaves_the_row_for_later(sqlite_database: Database) -> None:
    handler = Handler(sqlite_database, NOBODY, Echo(fail=StoreError("The database is locked.")))
    with pytest.raises(StoreError):
        await handler.answer(row())


async def test_a_message_that_breaks_its_handlers_is_given_up_with_words(sqlite_database: Database) -> None:
    thinker = Echo()
    answer = await Handler(sqlite_database, NOBODY, thinker).answer(row(attempts=MOST_ATTEMPTS + 1))
    assert thinker.heard == []
    assert answer.reply is not None
    assert "given up" in answer.reply.text


async def test_who_is_told_that_it_is_given_up_is_told_what_stands(sqlite_database: Database) -> None:
    asked = a_run(status="waiting", request_id="req_1")
    await sqlite_database.write(lambda conn: ledger.create_run(conn, asked, [], an_entry(), NOW))
    answer = await Handler(sqlite_database, NOBODY, Echo()).answer(row(attempts=MOST_ATTEMPTS + 1))
    assert answer.reply is not None
    assert "run run_1 is waiting; `cancel run_1` takes it back" in answer.reply.text


async def test_a_decision_is_never_given_up(sqlite_database: Database) -> None:
    thinker = Echo()
    payload = {"approval_id": "apr_1", "run_id": "run_1", "request_id": "req_1"}
    decided = Inbox(
        "req_2", 2, "ledger", "decided:apr_1", "decided", None, payload, "claimed", "w1", 9.0, 99, 1.0
    )
    await Handler(sqlite_database, NOBODY, thinker).answer(decided)
    assert thinker.heard == ["decided apr_1"]
