from __future__ import annotations

import pytest

from graph.llm.aloud import MOST_WORDS, Aloud, visible_lines
from graph.llm.errors import ModelFailed
from graph.llm.said import Line
from graph.llm.tracer import Tracer, Untraceable
from tests.graph.llm.conftest import MakeModel
from tests.support.llm_server import LlmServer, Says
from tests.support.pieces import Pieces

ASK = [Line("user", "why?")]


@pytest.fixture
async def aloud(make_model: MakeModel, pieces: Pieces) -> Aloud:
    tracer = Tracer(["billing"])
    tracer.learn("the error rate is 4.2 %")
    return Aloud(make_model().talk("req_1", "maria"), pieces, tracer)


async def test_words_are_shown_while_they_are_said(aloud: Aloud, endpoint: LlmServer, pieces: Pieces) -> None:
    endpoint.says(Says(["The error ", "rate is ", "4.2 %."]))
    said = await aloud.say("investigate", ASK, (), 100)
    assert said.text == pieces.shown["req_1"] == "The error rate is 4.2 %."


async def test_a_word_that_cannot_be_traced_is_never_shown_and_the_rest_is_taken_back(
    aloud: Aloud, endpoint: LlmServer, pieces: Pieces
) -> None:
    endpoint.says(Says(["The error rate is ", "77.7 % ", "of all."]))
    with pytest.raises(Untraceable):
        await aloud.say("investigate", ASK, (), 100)
    assert pieces.shown["req_1"] == "The error rate is "
    aloud.withdraw()
    assert pieces.shown == {} and pieces.withdrawn == 1
    aloud.withdraw()
    assert pieces.withdrawn == 1


async def test_a_cut_stream_leaves_what_was_shown_to_be_taken_back(
    aloud: Aloud, endpoint: LlmServer, pieces: Pieces
) -> None:
    endpoint.says(Says(["The error rate ", "is "], cut=True))
    with pytest.raises(ModelFailed):
        await aloud.say("investigate", ASK, (), 100)
    aloud.withdraw()
    assert pieces.shown == {}


async def test_it_is_not_listened_to_for_ever(aloud: Aloud, endpoint: LlmServer) -> None:
    endpoint.says(Says(["very "] * MOST_WORDS))
    with pytest.raises(Untraceable, match="so many words"):
        await aloud.say("investigate", ASK, (), 100)


def test_hidden_characters_are_not_shown() -> None:
    assert visible_lines("a\u202eb\u200bc\x1b[2J ") == "abc[2J "
    assert visible_lines(" two\n\nlines") == " two lines"
    assert visible_lines("\u200b") == ""
