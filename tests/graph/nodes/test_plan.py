from __future__ import annotations

from graph.intents import BY_NAME
from graph.intents.model import Ask
from graph.message import Message, Reading
from graph.nodes.plan import Plan
from store import ledger
from tests.graph.world import World


def ask(world: World, **entities: str) -> Ask:
    message = Message("req_1", "x", "maria", world.tools.people.get("maria"), "terminal:c", "c", 0.0)
    slots = BY_NAME["deploy.rollback"].slots.model_validate(entities)
    return Ask(message, Reading("deploy.rollback", 1.0, "command", entities), slots)


async def test_planning_the_same_request_again_gives_the_same_run_and_approval(world: World) -> None:
    wanted = {"ask": ask(world, service="rag-api", environment="production")}
    first = (await Plan(world.tools)(wanted))["answer"]  # type: ignore[arg-type]
    again = (await Plan(world.tools)(wanted))["answer"]  # type: ignore[arg-type]
    assert first.approval["id"] == again.approval["id"]
    assert len(await world.database.read(lambda conn: ledger.list_runs(conn))) == 1


async def test_what_cannot_be_planned_is_answered_and_leaves_no_run(world: World) -> None:
    wanted = {"ask": ask(world, service="rag-api", environment="production", version="v0.0.1")}
    answer = (await Plan(world.tools)(wanted))["answer"]  # type: ignore[arg-type]
    assert answer.blocks[0]["type"] == "error"
    assert await world.database.read(lambda conn: ledger.list_runs(conn)) == []
