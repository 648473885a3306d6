from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from config.errors import Conflict, Forbidden, NotFound
from config.people import People
from runbooks.approvals import Approvals
from runbooks.policy import Policy
from runbooks.service import Proposal
from store import approvals, audit, inbox
from store.engine import Database
from store.records import Approval
from tests.runbooks.world import LENA, MARIA, PEOPLE, POLICY, PRIYA, SAM, Rig
from tests.support.clock import ManualClock

TWO = Policy.model_validate(
    POLICY.model_dump() | {"approvals": [rule.model_dump() | {"count": 2} for rule in POLICY.approvals[2:]]}
)


@pytest.fixture
def on_both(database: Database, clock: ManualClock) -> Rig:
    return Rig(database, clock)


async def asked(rig: Rig) -> tuple[Proposal, Approval]:
    proposal = await rig.propose(environment="production")
    assert proposal.approval is not None
    return proposal, proposal.approval


async def decided_rows(rig: Rig) -> list[dict[str, object]]:
    found = []
    while (
        row := await rig.database.write(lambda c: inbox.claim_next(c, owner="x", now=rig.clock.now()))
    ) is not None:
        found.append({"kind": row.kind, "event": row.event_id, "lane": row.lane, **row.payload})
    return found


async def test_an_approval_flips_with_its_audit_and_the_row_that_wakes_the_graph(on_both: Rig) -> None:
    proposal, approval = await asked(on_both)
    done = await on_both.approve(approval, PRIYA)
    assert (done.status, done.ended_at) == ("approved", on_both.clock.now())
    assert (await on_both.audited(approval.run_id))[-2:] == ["approval.decision", "approval.approved"]
    assert await decided_rows(on_both) == [
        {
            "kind": "decided",
            "event": f"decided:{approval.id}",
            "lane": None,
            "approval_id": approval.id,
            "run_id": approval.run_id,
            "request_id": "req_1",
        }
    ]
    assert proposal.run is not None
    assert (await on_both.run(proposal.run.id)).status == "waiting"


async def test_the_requester_may_not_approve_and_is_told_who_can(rig: Rig) -> None:
    _, approval = await asked(rig)
    with pytest.raises(Forbidden) as caught:
        await rig.approve(approval, MARIA)
    assert str(caught.value) == (
        "You asked for this change yourself, so somebody else must approve it. "
        "Who can: Lena Vogt, Priya Nair, Sam Okafor, Tomas Novak."
    )
    assert (await rig.approval(approval.id)).status == "pending"
    assert (await rig.audited(approval.run_id))[-1] == "approval.refused"


async def test_who_has_no_right_is_refused(rig: Rig) -> None:
    _, approval = await asked(rig)
    with pytest.raises(Forbidden, match=r"needs one person with the role approver.*Who can: Lena Vogt"):
        await rig.approve(approval, PEOPLE.by_id["diego"])


async def test_an_approval_of_another_plan_counts_for_nothing(rig: Rig) -> None:
    _, approval = await asked(rig)
    with pytest.raises(Conflict, match="The plan has changed since you saw it"):
        await rig.approve(replace(approval, plan_hash="0" * 64))
    assert (await rig.approval(approval.id)).status == "pending"


async def test_a_second_click_is_told_that_it_is_done_and_by_whom(on_both: Rig) -> None:
    _, approval = await asked(on_both)
    await on_both.approve(approval, PRIYA)
    for person in (PRIYA, SAM):
        with pytest.raises(Conflict, match="already approved, by priya"):
            await on_both.approve(approval, person)
    assert len(await decided_rows(on_both)) == 1


async def test_of_two_who_click_at_once_one_decides_and_the_other_hears_of_it(on_both: Rig) -> None:
    _, approval = await asked(on_both)
    ends = await asyncio.gather(
        *(on_both.approve(approval, person) for person in (PRIYA, SAM, LENA) * 3), return_exceptions=True
    )
    won = [one for one in ends if isinstance(one, Approval)]
    lost = [one for one in ends if isinstance(one, Conflict)]
    assert (len(won), len(lost)) == (1, 8)
    decisions = await on_both.database.read(lambda conn: approvals.decisions(conn, approval.id))
    assert len(decisions) == 1
    assert all(decisions[0].person in str(one) for one in lost)


async def test_approve_and_deny_at_once_have_one_winner(on_both: Rig) -> None:
    _, approval = await asked(on_both)

    async def say(decision: str, person_id: str) -> Approval:
        return await on_both.approvals.decide(
            approval.id,
            person=PEOPLE.by_id[person_id],
            decision="approve" if decision == "approve" else "deny",
            plan_hash=approval.plan_hash,
            via="rest",
        )

    ends = await asyncio.gather(say("approve", "priya"), say("deny", "sam"), return_exceptions=True)
    won = [one for one in ends if isinstance(one, Approval)]
    assert len(won) == 1
    assert (await on_both.approval(approval.id)).status == won[0].status
    assert len(await decided_rows(on_both)) == 1


async def test_two_wanted_are_two_persons_and_not_one_twice(database: Database, clock: ManualClock) -> None:
    rig = Rig(database, clock, policy=TWO)
    _, approval = await asked(rig)
    assert (await rig.approve(approval, PRIYA)).status == "pending"
    with pytest.raises(Conflict, match="You have already given your word"):
        await rig.approve(approval, PRIYA)
    assert (await rig.approve(approval, SAM)).status == "approved"


async def test_two_who_vote_at_the_same_moment_are_both_counted(
    database: Database, clock: ManualClock
) -> None:
    rig = Rig(database, clock, policy=TWO)
    _, approval = await asked(rig)
    await asyncio.gather(rig.approve(approval, PRIYA), rig.approve(approval, SAM))
    assert (await rig.approval(approval.id)).status == "approved"
    assert len(await decided_rows(rig)) == 1


async def test_a_denial_ends_the_run_with_the_reason(on_both: Rig) -> None:
    _, approval = await asked(on_both)
    denied = await on_both.approvals.decide(
        approval.id,
        person=SAM,
        decision="deny",
        plan_hash=approval.plan_hash,
        reason="not on a Friday",
        via="rest",
    )
    run = await on_both.run(approval.run_id)
    assert (denied.status, run.status) == ("denied", "cancelled")
    assert run.error == "The approval was denied by sam: not on a Friday."
    with pytest.raises(Conflict, match="already denied, by sam"):
        await on_both.approve(approval, PRIYA)
    assert [row["kind"] for row in await decided_rows(on_both)] == ["decided"]


async def test_the_requester_may_deny_and_withdraw_but_others_may_not_withdraw(rig: Rig) -> None:
    _, first = await asked(rig)
    await rig.approvals.decide(first.id, person=MARIA, decision="deny", plan_hash=first.plan_hash, via="rest")
    _, second = await asked(rig)
    with pytest.raises(Forbidden, match="Only maria or an admin"):
        await rig.approvals.withdraw(second.id, PRIYA)
    assert (await rig.approvals.withdraw(second.id, MARIA)).status == "withdrawn"
    with pytest.raises(Conflict, match="was withdrawn"):
        await rig.approve(second, PRIYA)
    assert (await rig.run(second.run_id)).status == "cancelled"


async def test_an_approval_expires_once_and_takes_its_run_along(on_both: Rig) -> None:
    _, approval = await asked(on_both)
    on_both.clock.advance(899)
    assert await on_both.approvals.expire_due() == 0
    on_both.clock.advance(1)
    assert await on_both.approvals.expire_due() == 1
    assert await on_both.approvals.expire_due() == 0
    assert (await on_both.approval(approval.id)).status == "expired"
    assert (await on_both.run(approval.run_id)).status == "cancelled"
    assert len(await decided_rows(on_both)) == 1


async def test_a_click_after_the_time_is_told_so_even_if_nobody_expired_it_yet(on_both: Rig) -> None:
    _, approval = await asked(on_both)
    on_both.clock.advance(900)
    with pytest.raises(Conflict, match=r"expired at \d\d:\d\d:\d\d UTC: nothing was run"):
        await on_both.approve(approval)
    assert (await on_both.approval(approval.id)).status == "expired"


async def test_an_unknown_approval_is_said(rig: Rig) -> None:
    with pytest.raises(NotFound, match="no approval 'apr_x'"):
        await rig.approvals.decide("apr_x", person=PRIYA, decision="approve", plan_hash="", via="rest")


async def test_who_pressed_the_act_as_switch_is_in_decision_and_audit(rig: Rig) -> None:
    _, approval = await asked(rig)
    await rig.approvals.decide(
        approval.id,
        person=PRIYA,
        decision="approve",
        plan_hash=approval.plan_hash,
        via="terminal",
        acting_as="maria",
    )
    (decision,) = await rig.database.read(lambda conn: approvals.decisions(conn, approval.id))
    assert (decision.person, decision.acting_as, decision.via) == ("priya", "maria", "terminal")


async def test_when_nobody_can_approve_the_words_say_so(
    sqlite_database: Database, clock: ManualClock
) -> None:
    few = People({name: PEOPLE.by_id[name] for name in ("maria", "priya")}, {})
    rig = Rig(sqlite_database, clock, people=few)
    proposal = await rig.propose(person=PRIYA, environment="production")
    with pytest.raises(Forbidden, match="Nobody can at present"):
        await rig.approve(proposal.approval, PRIYA)


async def test_the_graph_is_nudged_after_the_decision_is_stored(
    sqlite_database: Database, clock: ManualClock
) -> None:
    rig, nudges = Rig(sqlite_database, clock), []
    rig.approvals = Approvals(sqlite_database, PEOPLE, POLICY, clock, lambda: nudges.append(1))
    _, approval = await asked(rig)
    await rig.approve(approval)
    assert nudges == [1]
    with pytest.raises(Conflict):
        await rig.approve(approval)
    assert nudges == [1]


STAGED = Policy.model_validate(
    POLICY.model_dump()
    | {
        "approvals": [
            rule.model_dump() | {"stages": [{"name": "security", "roles": ["approver"]}]}
            for rule in POLICY.approvals[2:]
        ]
    }
)


async def test_each_stage_is_another_persons_word(database: Database, clock: ManualClock) -> None:
    rig = Rig(database, clock, policy=STAGED)
    proposal, approval = await asked(rig)
    staged = await rig.approve(approval, PRIYA)
    assert (staged.status, staged.stage) == ("pending", 1)
    with pytest.raises(Forbidden, match="You approved an earlier stage"):
        await rig.approve(approval, PRIYA)
    assert (await rig.approve(approval, SAM)).status == "approved"
    assert proposal.run is not None
    await rig.submit(proposal.run.id)
    await rig.work()
    assert (await rig.run(proposal.run.id)).status == "succeeded"


async def test_a_team_of_one_is_written_into_every_audit_row(
    sqlite_database: Database, clock: ManualClock
) -> None:
    policy = Policy.model_validate(POLICY.model_dump() | {"single_operator": True})
    async with Database(sqlite_database.url, clock, stamp=policy.stamp()) as database:
        rig = Rig(database, clock, policy=policy)
        proposal = await rig.propose(person=PRIYA, environment="production")
        await rig.approve(proposal.approval, PRIYA)
        assert proposal.run is not None
        await rig.submit(proposal.run.id)
        await rig.work()
        rows = await database.read(audit.rows)
        assert len(rows) > 8
        assert all(row.detail["single_operator"] is True for row in rows)
        assert (await database.read(audit.verify)).ok
