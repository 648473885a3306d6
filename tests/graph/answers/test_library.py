from __future__ import annotations

import pytest

from graph.answers.library import fits, wanted_words
from runbooks.loader import Library
from tests.graph.world import World


@pytest.mark.parametrize(
    "text", ["runbooks", "what runbooks can i run", "which playbooks are there", "list all runbooks"]
)
async def test_runbooks_are_listed_with_their_inputs(world: World, text: str) -> None:
    reply = (await world.say(text)).reply
    assert reply.reading.intent == "runbook.list"
    assert [row[0] for row in reply.blocks[1]["rows"]] == list(world.tools.library.by_id)
    assert "service, environment, to, max_error_rate" in reply.text


@pytest.mark.parametrize(
    ("text", "best"),
    [
        ("find a runbook for provider outages", "provider-failover"),
        ("which runbook covers a bad release", "rollback-service"),
        ("is there a runbook to bounce a service", "restart-service"),
        ("search runbooks about failover", "provider-failover"),
        ("which runbook should i use when openai is down", "provider-failover"),
    ],
)
async def test_the_runbook_that_fits_is_found(world: World, text: str, best: str) -> None:
    reply = (await world.say(text)).reply
    assert reply.reading.intent == "runbook.list"
    assert reply.blocks[1]["rows"][0][0] == best
    shown = (await world.say("1")).reply
    assert shown.text.startswith(f"{best}: ")


async def test_nothing_that_fits_is_said_with_what_there_is(world: World) -> None:
    reply = (await world.say("is there a runbook about quantum teleportation")).reply
    assert "No runbook is about 'quantum teleportation'" in reply.text
    assert "rollback-service" in reply.text


@pytest.mark.parametrize(
    "text",
    [
        "show me the steps of rollback-service",
        "what does rollback-service do",
        "explain the rollback-service runbook",
    ],
)
async def test_one_is_shown_step_by_step(world: World, text: str) -> None:
    reply = (await world.say(text)).reply
    book = world.tools.library.get("rollback-service")
    inputs, steps = (one for one in reply.blocks if one["type"] == "table")
    assert [row[0] for row in steps["rows"]] == [step.id for step in book.steps]
    assert [row[0] for row in inputs["rows"]] == list(book.model.inputs)
    assert "plan rollback-service service=… environment=…" in reply.text
    undo = next(row for row in steps["rows"] if row[0] == "rollback")
    assert undo[1:] == ["deployments.rollback", "result.value < inputs.max_error_rate", "deployments.release"]


async def test_an_empty_library_is_said(world: World) -> None:
    world.swap(library=Library({}))
    assert "The library is empty" in (await world.say("runbooks")).reply.text


def test_a_search_is_for_the_words_that_say_something() -> None:
    assert wanted_words("is there a runbook for the gpu memory?") == ["gpu", "memory"]
    assert wanted_words("what runbooks can i run") == []


def test_a_name_counts_more_than_a_step(world: World) -> None:
    books = world.tools.library.by_id
    assert fits(books["rollback-service"], ["rollback"]) > fits(books["release-service"], ["rollback"]) >= 0
    assert fits(books["restart-service"], ["nothing"]) == 0
