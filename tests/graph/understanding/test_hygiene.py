from __future__ import annotations

import pytest

from graph.understanding.hygiene import LONGEST, clean, visible, word_set


def test_control_direction_and_zero_width_characters_disappear() -> None:
    assert clean("roll\x00 ba\u200bck \u202erag-api\u202c\x1b[31m").text == "roll back rag-api[31m"


def test_lines_and_tabs_become_one_line() -> None:
    assert clean("  why is\n\trag-api   slow \r\n").text == "why is rag-api slow"


def test_curly_quotes_and_full_width_letters_are_plain() -> None:
    assert visible("what’s “ＲＡＧ”") == 'what\'s "RAG"'


def test_a_text_over_the_limit_is_said_to_be_too_long_and_is_cut() -> None:
    cleaned = clean("a" * (LONGEST + 1))
    assert cleaned.too_long
    assert cleaned.length == LONGEST + 1
    assert len(cleaned.text) <= LONGEST


def test_a_text_of_exactly_the_limit_is_read() -> None:
    assert not clean("a" * LONGEST).too_long


def test_a_mention_of_the_bot_is_not_part_of_what_is_asked() -> None:
    assert clean("<@U0123> help").text == "help"
    assert clean("@copilot, why is rag-api slow").text == "why is rag-api slow"


@pytest.mark.parametrize(
    "text",
    [
        "warum ist rag-api so langsam",
        "por qué está lento el servicio rag-api",
        "pourquoi est-ce que le service est lent",
        "пожалуйста откати rag-api",
        "rag-api を元に戻してください",
        "perché il servizio è lento",
        "waarom is het zo traag, laat zien",
    ],
)
def test_another_language_is_noticed(text: str) -> None:
    assert not clean(text).english


@pytest.mark.parametrize(
    "text",
    [
        "why is rag-api slow",
        "the pods die in production",
        "p99 rag-api 🚀",
        "¿why?",
        "",
        "latency — la la land",
        "sam is on it",
    ],
)
def test_english_is_not_taken_for_another_language(text: str) -> None:
    assert clean(text).english


def test_a_word_set_holds_each_word() -> None:
    assert word_set("a b\nc") == {"a", "b", "c"}
