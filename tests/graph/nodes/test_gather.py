from __future__ import annotations

from dataclasses import replace

import pytest

from config.errors import BadRequest
from graph.intents import BY_NAME
from graph.intents.model import Ask
from graph.message import Message, Reading
from graph.nodes.gather import Gather
from store.errors import StoreError
from tests.graph.world import World


class Failing:
    """A database that cannot be read."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    async def read(self, work: object) -> object:
        raise self.error


def ask(world: World, intent: str) -> Ask:
    message = Message("r", "x", "maria", world.tools.people.get("maria"), "terminal:c", "c", 0.0)
    return Ask(message, Reading(intent, 1.0, "command"), BY_NAME[intent].slots())


async def test_facts_are_gathered(world: World) -> None:
    state = await Gather(world.tools)({"ask": ask(world, "approval.list")})
    assert state == {"facts": []}


async def test_an_error_of_ours_becomes_the_answer(world: World) -> None:
    tools = replace(world.tools, database=Failing(BadRequest("That is not it.")))  # type: ignore[arg-type]
    state = await Gather(tools)({"ask": ask(world, "approval.list")})
    assert state["answer"].text == "That cannot be read: That is not it."


async def test_a_database_that_cannot_be_read_is_no_answer_so_that_the_message_stays(world: World) -> None:
    tools = replace(world.tools, database=Failing(StoreError("It is locked.")))  # type: ignore[arg-type]
    with pytest.raises(StoreError):
        await Gather(tools)({"ask": ask(world, "approval.list")})
