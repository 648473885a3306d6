from __future__ import annotations

from typing import Any

import pytest

from graph.understanding.feedback_commands import parse


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("that was right", {"verdict": "right"}),
        ("That was wrong.", {"verdict": "wrong"}),
        ("that was not right", {"verdict": "wrong"}),
        ("the diagnosis was correct", {"verdict": "right"}),
        ("that was right req_1k7", {"verdict": "right", "request_id": "req_1k7"}),
        (
            "that was wrong req_1k7 because it was the index",
            {"verdict": "wrong", "request_id": "req_1k7", "note": "it was the index"},
        ),
        ("that was wrong: the provider", {"verdict": "wrong", "note": "the provider"}),
    ],
)
def test_a_word_on_an_answer(text: str, found: dict[str, Any]) -> None:
    assert parse(text) == ("feedback.give", found)


def test_the_list_and_nothing_else() -> None:
    assert parse("Feedback") == ("feedback.list", {})
    assert parse("that was quick") is None
    assert parse("what was right") is None
