from __future__ import annotations

import pytest

from graph.answers.talk import filled
from tests.graph.world import World


async def test_help_shows_what_this_person_may_ask(world: World) -> None:
    mine = (await world.say("help")).reply
    assert "roll back chat-frontend in production" in mine.text
    assert "You are Maria Alvarez (operator and viewer)." in mine.text
    theirs = (await world.say("what can you do", as_="jonas")).reply
    assert "roll back" not in theirs.text
    assert "show p95 latency of chat-frontend in production" in theirs.text
    assert [row[0] for row in theirs.blocks[2]["rows"] if row[0].startswith("run ")] == []


async def test_what_help_shows_is_understood_when_it_is_said(world: World) -> None:
    rows = (await world.say("help")).reply.blocks[1]["rows"]
    for say, _ in rows:
        if "ID" not in say:
            reply = (await world.say(say, conversation=f"new {say}")).reply
            assert reply.reading.intent != "oos", say
            assert "I do not know" not in reply.text, say


async def test_a_stranger_gets_help_and_how_to_be_added(world: World) -> None:
    assert "people.yaml" in (await world.say("help", as_=None)).reply.text
    assert "I do not know you yet (stranger)" in (await world.say("latency of rag-api", as_=None)).reply.text


async def test_an_unserved_request_is_refused_plainly_with_what_can_be_asked(world: World) -> None:
    reply = (await world.say("rotate the openai api key")).reply
    assert reply.text.startswith(
        "Rotating credentials: I cannot do that yet. What I can do for you: show p95"
    )


async def test_the_closest_thing_is_offered_as_a_command_with_the_names_that_were_said(world: World) -> None:
    reply = (await world.say("how did the ragas evaluation of rag-api in staging go")).reply
    assert reply.blocks[1]["options"][0]["say"] == "show eval score of rag-api in staging"
    assert "Eval score of rag-api in staging" in (await world.say("1")).reply.text


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("hi", "Hello, Maria."),
        ("thanks a lot", "You are welcome"),
        ("bye", "Goodbye"),
        ("who are you", "copilot"),
        ("ok", "All right."),
    ],
)
async def test_small_talk(world: World, text: str, words: str) -> None:
    assert words in (await world.say(text)).reply.text


async def test_names_of_this_company_are_filled_in(world: World) -> None:
    assert (
        filled(world.tools, "roll back {service} in {environment}") == "roll back chat-frontend in production"
    )
    assert filled(world.tools, "see {service}", service="billing") == "see billing"
