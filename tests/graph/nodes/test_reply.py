from __future__ import annotations

import pytest

from graph import cards
from graph.intents.model import Answer
from graph.nodes.reply import with_footer
from runbooks.halt import Halt
from tests.graph.world import World


@pytest.mark.parametrize(("mode", "word"), [("demo", "DEMO"), ("observe", "observe"), ("propose", "propose")])
def test_the_mode_is_said_once_in_text_and_card(mode: str, word: str) -> None:
    answer = with_footer(Answer("Hello.", (cards.text("Hello."),)), mode)
    assert answer.text.count(word) == 1
    assert answer.blocks[0]["text"] == answer.text
    assert with_footer(Answer("x", (cards.error("a", "b"),)), mode).blocks[-1]["type"] == "text"


def test_in_act_mode_nothing_is_added() -> None:
    answer = Answer("Hello.", (cards.text("Hello."),))
    assert with_footer(answer, "act") is answer


def test_that_everything_is_stopped_is_said_in_every_mode() -> None:
    answer = with_footer(Answer("Hello.", (cards.text("Hello."),)), "act", Halt("maria", 1.0, "smoke"))
    assert "Everything is stopped by maria: smoke." in answer.text
    assert answer.blocks[0]["text"] == answer.text
    both = with_footer(Answer("Hello."), "demo", Halt("maria", 1.0))
    assert "DEMO" in both.text and "stopped" in both.text


async def test_what_was_taken_from_before_is_said_with_the_answer(world: World) -> None:
    await world.say("p95 latency of billing in staging")
    reply = (await world.say("show me the error rate over the last hour please")).reply
    assert "(Taken from before: billing, staging.)" in reply.text
    assert reply.blocks[-1]["text"] == "Taken from before: billing, staging."
