from __future__ import annotations

from graph.nodes.execute import Execute
from tests.graph.world import World


async def test_an_approved_run_is_submitted_whatever_the_state_says(world: World) -> None:
    reply = (await world.say("roll back rag-api in production")).reply
    assert reply.approval is not None
    assert reply.run is not None
    node = Execute(world.tools)
    assert await node({"approval_id": reply.approval["id"]}) == {"outcome": "pending"}
    assert world.dispatcher.submitted == []
    await world.say(f"approve {reply.approval['id']}", as_="sam")
    assert await node({"approval_id": reply.approval["id"]}) == {"outcome": "approved"}
    assert world.dispatcher.submitted == [reply.run["id"]]


async def test_an_approval_that_is_gone_is_said(world: World) -> None:
    assert await Execute(world.tools)({"approval_id": "apr_none"}) == {"outcome": "gone"}
