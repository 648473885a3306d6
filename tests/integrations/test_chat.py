from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from integrations.actions import Context
from integrations.chat import Post, chat_actions
from integrations.errors import Refused


class Board:
    """Posts kept by key and place."""

    def __init__(self) -> None:
        self.posts: dict[tuple[str, str], Mapping[str, Any]] = {}

    async def post(self, key: str, place: str, body: Mapping[str, Any]) -> None:
        self.posts.setdefault((key, place), body)


def context(place: str = "rest:ses_1") -> Context:
    return Context("run_1", "tell", "run_1:tell", "maria", "staging", place, 0.0)


async def test_a_post_goes_where_the_run_was_asked_for() -> None:
    board = Board()
    (action,) = chat_actions(board)
    await action.run(context(), Post(text="done"))
    assert board.posts["run_1:tell", "rest:ses_1"]["text"] == "done"


async def test_a_post_goes_elsewhere_when_told_so() -> None:
    board = Board()
    (action,) = chat_actions(board)
    output = await action.run(context(), Post(text="done", to="slack:C1"))
    assert output.model_dump() == {"place": "slack:C1"}
    assert list(board.posts) == [("run_1:tell", "slack:C1")]


async def test_the_same_step_posts_once_however_often_it_runs() -> None:
    board = Board()
    (action,) = chat_actions(board)
    for _ in range(3):
        await action.run(context(), Post(text="done"))
    assert len(board.posts) == 1
    assert action.idempotent
    assert action.effect == "record"


async def test_a_place_without_a_conversation_is_refused() -> None:
    (action,) = chat_actions(Board())
    with pytest.raises(Refused, match="face:conversation"):
        await action.run(context("nowhere"), Post(text="done"))
