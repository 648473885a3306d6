from __future__ import annotations

from graph.intents.model import Answer
from graph.llm.refine import with_note
from tests.graph.world import World
from tests.support.llm_server import LlmServer, Says


def test_a_note_is_said_in_words_and_in_a_card() -> None:
    answer = with_note(Answer("It is slow."), "Nobody was asked.")
    assert answer.text == "It is slow. (Nobody was asked.)"
    assert answer.blocks == ({"type": "text", "text": "Nobody was asked."},)


async def test_somebody_unknown_has_no_part_in_it(asking: World, endpoint: LlmServer) -> None:
    endpoint.says(Says(["Words."]))
    await asking.say("why does rag-api fail in production?", as_=None)
    assert endpoint.asked == []
