from __future__ import annotations

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from bot.clean import clean, one_line


def test_plain_words_stay_as_they_are() -> None:
    assert clean("p95 is 2.4 s → slow, 东京 é") == "p95 is 2.4 s → slow, 东京 é"


def test_line_breaks_stay_and_tabs_become_spaces() -> None:
    assert clean("a\r\nb\tc") == "a\nb   c"


def test_what_moves_the_cursor_or_turns_the_text_is_written_out() -> None:
    assert clean("\x1b[31m\u202e\u2066\u200b\r\U000e0041") == "\\x1b[31m\\u202e\\u2066\\u200b\\x0d\\U000e0041"


def test_one_line_has_no_line_break() -> None:
    assert one_line("a\n  b\x00") == "a b\\x00"


@given(st.text())
def test_nothing_that_comes_out_is_a_control_character(words: str) -> None:
    kinds = {unicodedata.category(char) for char in clean(words) if char != "\n"}
    assert not kinds & {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}
