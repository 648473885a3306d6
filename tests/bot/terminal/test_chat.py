from __future__ import annotations

from bot.terminal.chat import chat
from tests.bot.terminal.house import House, call


def test_words_are_joined_and_answered(house: House) -> None:
    result = call(house, chat, "hello", "there")
    assert result.exit_code == 0 and "maria said hello there" in result.stdout


def test_an_empty_text_is_wrong_use(house: House) -> None:
    assert call(house, chat, " ").exit_code == 2


def test_piped_lines_are_answered_one_after_the_other(house: House) -> None:
    result = call(house, chat, "--as", "priya", stdin="one\n\n  two  \n")
    assert [line.strip() for line in result.stdout.splitlines() if line.strip()] == [
        "priya said one",
        "priya said two",
    ]
