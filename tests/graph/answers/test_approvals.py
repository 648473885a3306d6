from __future__ import annotations

import pytest

from store import approvals
from tests.graph.world import World


async def asked(world: World, text: str = "roll back rag-api in production") -> str:
    reply = (await world.say(text)).reply
    assert reply.approval is not None
    return str(reply.approval["id"])


async def status(world: World, approval_id: str) -> str:
    found = await world.database.read(lambda conn: approvals.get(conn, approval_id))
    assert found is not None
    return found.status


async def test_an_approver_approves_by_id(world: World) -> None:
    one = await asked(world)
    reply = (await world.say(f"approve {one}", as_="sam")).reply
    assert reply.text.startswith("Approved: rollback-service in production runs now as run_")
    assert reply.approval is not None
    assert [decision["by"] for decision in reply.approval["decisions"]] == ["sam"]
    assert await status(world, one) == "approved"


async def test_the_requester_is_told_that_someone_else_must_approve(world: World) -> None:
    one = await asked(world)
    reply = (await world.say(f"approve {one}")).reply
    assert "somebody else must approve" in reply.text
    assert "Priya Nair" in reply.text
    assert await status(world, one) == "pending"


async def test_a_denial_keeps_its_reason(world: World) -> None:
    one = await asked(world)
    reply = (await world.say(f"deny {one} wrong version", as_="sam")).reply
    assert reply.text.startswith("Denied: rollback-service in production will not run.")
    assert reply.approval is not None
    assert reply.approval["decisions"][0]["reason"] == "wrong version"


async def test_the_requester_withdraws(world: World) -> None:
    one = await asked(world)
    await world.say(f"withdraw {one}")
    assert await status(world, one) == "withdrawn"


async def test_a_second_decision_is_told_who_was_first(world: World) -> None:
    one = await asked(world)
    await world.say(f"approve {one}", as_="sam")
    assert "already approved, by sam" in (await world.say(f"deny {one}", as_="priya")).reply.text


@pytest.mark.parametrize("text", ["yes", "approve", "ok go ahead", "approve it", "approve the rollback"])
async def test_words_without_an_id_decide_nothing(world: World, text: str) -> None:
    one = await asked(world)
    reply = (await world.say(text, as_="sam")).reply
    assert f"approve {one}" in reply.text
    assert "Nothing was decided." in reply.text
    assert await status(world, one) == "pending"


async def test_an_id_in_a_plain_sentence_decides(world: World) -> None:
    one = await asked(world)
    await world.say(f"i approve {one}", as_="sam")
    assert await status(world, one) == "approved"


@pytest.mark.parametrize(
    "text", ["don't approve {}", "who approved {}", "approve {} only if it is safe", "is {} approved yet"]
)
async def test_talk_about_an_approval_does_not_decide_it(world: World, text: str) -> None:
    one = await asked(world)
    await world.say(text.format(one), as_="sam")
    assert await status(world, one) == "pending"


async def test_a_wrong_id_is_answered_with_the_nearest(world: World) -> None:
    one = await asked(world)
    wrong = one[:-1] + ("0" if one[-1] != "0" else "1")
    reply = (await world.say(f"approve {wrong}", as_="sam")).reply
    assert f"There is no approval '{wrong}'. Did you mean {one}?" in reply.text
    assert await status(world, one) == "pending"


async def test_a_wrong_id_when_nothing_waits_is_said(world: World) -> None:
    assert "nothing waits for approval" in (await world.say("approve apr_1234567", as_="sam")).reply.text
    assert "Nothing waits for approval." in (await world.say("approve", as_="sam")).reply.text


async def test_the_list_says_what_waits_for_whom_and_how_long(world: World) -> None:
    one = await asked(world)
    reply = (await world.say("what is waiting for approval", as_="sam")).reply
    assert "1 waits for approval, 1 of them for you." in reply.text
    assert reply.blocks[1]["rows"][0][0] == one
    assert "15 min left" in reply.text
    assert "none of them for you" in (await world.say("pending approvals")).reply.text
    assert "Nothing waits for approval for billing." in (await world.say("approvals for billing")).reply.text


async def test_what_expired_is_not_listed(world: World) -> None:
    await asked(world)
    world.clock.advance(1000)
    assert "Nothing waits for approval." in (await world.say("approvals")).reply.text


async def test_one_approval_is_shown_by_its_id(world: World) -> None:
    one = await asked(world)
    assert "is pending" in (await world.say(f"is {one} approved yet", as_="sam")).reply.text
