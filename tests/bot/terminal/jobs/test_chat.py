from __future__ import annotations

import json
import sqlite3

from bot.terminal.chat import chat
from tests.bot.terminal.house import House, call


def test_json_has_the_approval_and_the_run_in_full(house: House) -> None:
    body = json.loads(call(house, chat, "--json", "roll back").stdout)
    assert body["approval"]["status"] == "pending" and body["run"]["status"] == "waiting"
    assert body["intent"]["id"] == "deploy.rollback"


def test_the_card_is_shown_from_the_ledger(house: House) -> None:
    words = call(house, chat, "roll back").stdout
    assert "What will change" in words and "v2 → v1" in words


def test_what_was_shown_is_not_sent_again(house: House) -> None:
    call(house, chat, "hello")
    with sqlite3.connect(house.url.removeprefix("sqlite:///")) as raw:
        rows = raw.execute("SELECT status FROM outbox").fetchall()
    raw.close()
    assert rows == [("sent",)]


def test_a_failure_of_ours_is_an_answer_with_an_error_id(house: House) -> None:
    words = call(house, chat, "fail").stdout
    assert "err_" in words and "secret words" not in words


def test_an_unknown_person_is_told_who_there_is(house: House) -> None:
    result = call(house, chat, "--as", "bob", "hello")
    assert result.exit_code == 1 and "priya" in result.stderr
