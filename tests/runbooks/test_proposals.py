"""Editing the inputs of what waits: a new plan and a new question, the old one void with its votes."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from config.errors import BadRequest, Conflict, Forbidden, NotFound
from runbooks.policy import Policy
from runbooks.service import Proposal
from store import approvals
from store.engine import Database
from store.records import Approval
from tests.runbooks.test_approvals import TWO
from tests.runbooks.world import MARIA, PEOPLE, POLICY, PRIYA, SAM, Rig
from tests.support.clock import ManualClock


async def asked(rig: Rig) -> Approval:
    proposal = await rig.propose(environment="production")
    assert proposal.approval is not None
    return proposal.approval


async def edit(rig: Rig, approval: Approval, request_id: str = "req_edit", **changes: Any) -> Proposal:
    return await rig.runbooks.edit(approval.id, changes, MARIA, request_id=request_id)


async def test_edited_inputs_make_a_new_question_and_the_old_is_void_with_its_votes(
    database: Database, clock: ManualClock
) -> None:
    rig = Rig(database, clock, policy=TWO)
    old = await asked(rig)
    await rig.approve(old, PRIYA)
    new = (await edit(rig, old, limit=0.25)).approval
    assert new is not None
    assert (new.status, new.plan_hash != old.plan_hash) == ("pending", True)
    assert (await rig.approval(old.id)).status == "void"
    assert (await rig.run(old.run_id)).status == "cancelled"
    assert "maria, who edited the inputs" in ((await rig.run(old.run_id)).error or "")
    assert await rig.database.read(lambda conn: approvals.decisions(conn, new.id)) == []
    with pytest.raises(Conflict, match="is void"):
        await rig.approve(old, SAM)
    assert (await rig.approve(new, PRIYA)).status == "pending"
    assert (await rig.approve(new, SAM)).status == "approved"
    assert (await rig.run(new.run_id)).inputs["limit"] == 0.25


async def test_the_same_edit_twice_is_one(database: Database, clock: ManualClock) -> None:
    rig = Rig(database, clock)
    old = await asked(rig)
    first, again = await asyncio.gather(edit(rig, old, limit=0.25), edit(rig, old, limit=0.25))
    assert first.run is not None and again.run is not None
    assert first.run.id == again.run.id


async def test_an_edit_and_an_approval_at_once_have_one_winner(
    database: Database, clock: ManualClock
) -> None:
    for number in range(10):
        rig = Rig(database, clock)
        rig.requests = number * 10
        old = await asked(rig)
        ends = await asyncio.gather(
            edit(rig, old, f"req_edit_{number}", limit=0.25), rig.approve(old, PRIYA), return_exceptions=True
        )
        won = [one for one in ends if not isinstance(one, Conflict)]
        assert len(won) == 1, ends
        status = (await rig.approval(old.id)).status
        assert status == ("approved" if isinstance(won[0], Approval) else "void")


async def test_only_who_asked_may_edit(rig: Rig) -> None:
    old = await asked(rig)
    with pytest.raises(Forbidden, match="Only maria, who asked, can edit"):
        await rig.runbooks.edit(old.id, {"limit": 0.1}, PEOPLE.by_id["priya"], request_id="x")
    assert (await rig.approval(old.id)).status == "pending"


@pytest.mark.parametrize(
    ("changes", "words"),
    [({}, "stays as it is"), ({"limit": 7}, "limit"), ({"colour": "red"}, "colour"), ({"service": "x"}, "service")],
)  # fmt: skip
async def test_an_edit_that_makes_no_new_plan_leaves_the_question_as_it_is(
    rig: Rig, changes: dict[str, Any], words: str
) -> None:
    old = await asked(rig)
    with pytest.raises(BadRequest, match=words):
        await edit(rig, old, **changes)
    assert (await rig.approval(old.id)).status == "pending"


async def test_what_is_decided_over_or_unknown_cannot_be_edited(rig: Rig) -> None:
    old = await asked(rig)
    await rig.approve(old, PRIYA)
    with pytest.raises(Conflict, match="is approved; its inputs cannot be edited"):
        await edit(rig, old, limit=0.25)
    late = await asked(rig)
    rig.clock.advance(900)
    with pytest.raises(Conflict, match="is expired"):
        await edit(rig, late, limit=0.25)
    with pytest.raises(NotFound):
        await rig.runbooks.edit("apr_x", {}, MARIA, request_id="x")


async def test_where_the_policy_refuses_the_new_plan_the_old_question_stays(
    sqlite_database: Database, clock: ManualClock
) -> None:
    narrow = {"asking": [{"environments": ["production"], "owners": ["ml-platform"], "owner": True}]}
    rig = Rig(sqlite_database, clock, policy=Policy.model_validate(POLICY.model_dump() | narrow))
    old = await asked(rig)
    proposal = await edit(rig, old, service="embeddings")
    assert (proposal.verdict.kind, proposal.run) == ("refuse", None)
    assert (await rig.approval(old.id)).status == "pending"


async def test_an_edit_that_leaves_nothing_to_approve_goes(rig: Rig) -> None:
    rig.world.versions["embeddings"] = ["e1"]
    old = await asked(rig)
    proposal = await edit(rig, old, service="embeddings")
    assert proposal.run is not None
    assert (proposal.verdict.kind, proposal.run.status) == ("go", "queued")
    assert (await rig.approval(old.id)).status == "void"


async def test_a_request_keeps_its_reminder_and_rota(rig: Rig) -> None:
    old = await asked(rig)
    assert (old.remind, old.escalate_to, old.reminded) == (300, "rota:owner", 0)
