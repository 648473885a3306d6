from __future__ import annotations

from graph.message import Message
from graph.nodes.classify import Classify
from graph.state import State
from tests.graph.world import World


async def classified(world: World, text: str, as_: str = "maria") -> State:
    message = Message("r", text, as_, world.tools.people.get(as_), "terminal:c", "c", world.clock.now())
    state: State = {"kind": "message", "request_id": "r", "message": message, "turns": []}
    return {**state, **(await Classify(world.tools)(state))}  # type: ignore[typeddict-item]


async def test_a_clear_request_becomes_an_ask_with_its_slots(world: World) -> None:
    state = await classified(world, "p99 latency of rag-api in staging")
    assert "answer" not in state
    slots = state["ask"].slots
    assert (slots.service, slots.environment, slots.metric, slots.stat) == (
        "rag-api",
        "staging",
        "latency",
        "p99",
    )


async def test_a_slot_of_the_wrong_kind_is_left_out(world: World) -> None:
    state = await classified(world, "total latency of rag-api")
    assert state["ask"].slots.stat == "sum"


async def test_what_is_missing_is_asked(world: World) -> None:
    state = await classified(world, "roll back rag-api")
    assert state["answer"].pending is not None
    assert state["answer"].pending["missing"] == "environment"
    assert "ask" not in state


async def test_a_role_is_checked_before_anything_is_asked(world: World) -> None:
    state = await classified(world, "roll back rag-api", as_="jonas")
    assert "you need the role operator" in state["answer"].text
