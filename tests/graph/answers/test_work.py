from __future__ import annotations

import pytest

from graph.answers.work import footer
from runbooks.halt import Halt, halted
from tests.graph.world import World


async def test_everything_is_stopped_and_every_answer_says_so_until_it_is_lifted(world: World) -> None:
    reply = (await world.say("stop everything because the index is burning")).reply
    assert "Everything is stopped by maria: the index is burning." in reply.text
    assert reply.text.count("Everything is stopped") == 1
    halt = await world.database.read(halted)
    assert halt is not None
    for text in ("help", "status", "roll back rag-api in production"):
        reply = (await world.say(text)).reply
        assert footer(halt) in reply.text
        assert any(footer(halt) in str(block.get("text")) for block in reply.blocks)
    lifted = (await world.say("resume everything", as_="priya")).reply
    assert "Work goes on." in lifted.text
    assert "stopped" not in lifted.text
    assert world.dispatcher.nudges == 1
    assert "Everything is stopped" not in (await world.say("help")).reply.text


@pytest.mark.parametrize(
    ("text", "who", "words"),
    [("stop everything", "jonas", "role operator"), ("resume everything", "maria", "role approver")],
)
async def test_who_may_not_is_told_who_may(world: World, text: str, who: str, words: str) -> None:
    await world.say("stop everything" if text.startswith("resume") else "help")
    assert words in (await world.say(text, as_=who)).reply.text


async def test_lifting_nothing_is_said(world: World) -> None:
    assert "nothing to lift" in (await world.say("resume everything", as_="priya")).reply.text


def test_the_footer_names_who_and_the_way_out() -> None:
    assert footer(Halt("maria", 1.0)).endswith("lifts it: `resume everything`.")
