from __future__ import annotations

import pytest

from tests.graph.llm.conftest import MakeModel
from tests.graph.world import World
from tests.support.llm_server import LlmServer, Says
from tests.support.pieces import Pieces

QUESTION = "p99 latency of rag-api in staging"


@pytest.fixture
def wordy(asking: World, make_model: MakeModel) -> World:
    asking.swap(model=make_model(phrase=True))
    return asking


async def test_it_words_an_answer_and_the_cards_stay(
    wordy: World, world: World, endpoint: LlmServer, pieces: Pieces
) -> None:
    plain = (await world.say(QUESTION)).reply
    endpoint.says(Says(["Latency of rag-api ", "in staging is about the same as the day before."]))
    reply = (await wordy.say(QUESTION)).reply
    words = "Latency of rag-api in staging is about the same as the day before."
    assert reply.text.startswith(words) and pieces.shown[reply.request_id] == words
    assert [block["type"] for block in reply.blocks[1:]] == [block["type"] for block in plain.blocks]


async def test_a_figure_of_its_own_is_not_said(wordy: World, endpoint: LlmServer) -> None:
    endpoint.says(Says(["Latency of rag-api in staging is 9.99 s."]))
    reply = (await wordy.say(QUESTION)).reply
    assert "9.99 s." not in reply.text
    assert reply.text.startswith("Latency p99 of rag-api in staging:")
    assert (
        "named '9.99', which is in none of the facts that it was given; these are my own words" in reply.text
    )


async def test_it_is_not_asked_unless_it_is_wanted(asking: World, endpoint: LlmServer) -> None:
    await asking.say(QUESTION)
    assert endpoint.asked == []


async def test_words_that_need_no_facts_cost_nothing(wordy: World, endpoint: LlmServer) -> None:
    await wordy.say("help")
    await wordy.say("roll back rag-api in staging")
    assert endpoint.asked == []


async def test_silence_leaves_the_programs_words(wordy: World, endpoint: LlmServer) -> None:
    endpoint.says(Says())
    reply = (await wordy.say(QUESTION)).reply
    assert reply.text.startswith("Latency p99 of rag-api in staging:") and "said nothing" in reply.text
