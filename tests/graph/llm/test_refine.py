from __future__ import annotations

from graph.intents.model import Answer
from graph.llm.refine import noted, with_note
from graph.message import Reading
from graph.understanding.entities import Extracted
from graph.understanding.reader import Understanding
from tests.graph.world import World
from tests.support.llm_server import LlmServer, Says


def test_a_note_is_said_in_words_and_in_a_card() -> None:
    answer = with_note(Answer("It is slow."), "Nobody was asked.")
    assert answer.text == "It is slow. (Nobody was asked.)"
    assert answer.blocks == ({"type": "text", "text": "Nobody was asked."},)


def test_only_a_question_back_carries_the_notes_of_its_reading() -> None:
    reading = Reading("metrics.query", 0.3, "classifier")
    unsure = Understanding(reading, "x", Extracted({}), "unsure", notes=("It failed.",))
    assert noted(Answer("Which?"), unsure).text == "Which? (It failed.)"
    sure = Understanding(reading, "x", Extracted({}), "", notes=("Taken from before.",))
    assert noted(Answer("Which?"), sure).text == "Which?"


async def test_somebody_unknown_has_no_part_in_it(asking: World, endpoint: LlmServer) -> None:
    endpoint.says(Says(["Words."]))
    await asking.say("why does rag-api fail in production?", as_=None)
    assert endpoint.asked == []
