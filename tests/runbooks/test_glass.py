"""Breaking glass: who may, what is written, what is checked at the claim, and the review that stays open."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import update

from config.errors import BadRequest, Conflict, Forbidden, NotFound
from config.people import People
from runbooks.policy import Policy
from store import audit, reviews
from store.engine import Database
from store.policy_tables import reviews as table
from store.records import Run
from tests.runbooks.test_windows import CHRISTMAS, FROZEN
from tests.runbooks.world import LENA, MARIA, PEOPLE, POLICY, PRIYA, ROLLBACK, SAM, Rig
from tests.support.clock import ManualClock

WHY = "checkout is down for everybody"


async def broken(rig: Rig) -> Run:
    proposal = await rig.break_glass(WHY)
    assert proposal.run is not None
    return proposal.run


async def test_a_named_role_runs_at_once_with_a_reason_and_an_open_review(
    database: Database, clock: ManualClock
) -> None:
    rig = Rig(database, clock)
    run = await broken(rig)
    assert (run.status, await rig.audited(run.id)) == ("queued", ["run.created", "run.break_glass"])
    row = (await rig.database.read(lambda conn: audit.rows(conn, run.id)))[-1]
    assert (row.actor, row.detail["reason"]) == ("lena", WHY)
    assert row.detail["without"] == "one person with the role approver other than the requester"
    await rig.work()
    assert (await rig.run(run.id)).status == "succeeded"
    (review,) = await rig.reviews.every()
    assert (review.run_id, review.person, review.reason, review.told) == (run.id, "lena", WHY, 0)


async def test_who_is_not_named_is_refused_and_that_is_written(rig: Rig) -> None:
    with pytest.raises(
        Forbidden, match="Priya Nair may not break glass for rollback; it needs the role incident"
    ):
        await rig.break_glass(WHY, PRIYA)
    assert await rig.audited() == ["run.refused"]
    assert await rig.claim() is None


@pytest.mark.parametrize("reason", ["", "   ", "now", "aaaaaaaaaaaaaaaa", ". . . . . . . . ."])
async def test_no_reason_no_run(rig: Rig, reason: str) -> None:
    with pytest.raises(BadRequest, match="Say why"):
        await rig.break_glass(reason)
    assert await rig.claim() is None


async def test_the_same_request_breaks_one_glass(database: Database, clock: ManualClock) -> None:
    rig = Rig(database, clock)
    first = await broken(rig)
    rig.requests = 0
    assert (await broken(rig)).id == first.id
    assert len(await rig.reviews.every()) == 1


async def test_it_goes_through_a_freeze_and_nothing_else_does(sqlite_database: Database) -> None:
    rig = Rig(sqlite_database, ManualClock(CHRISTMAS), policy=FROZEN)
    assert (await rig.propose(environment="production")).verdict.kind == "refuse"
    run = await broken(rig)
    await rig.work()
    assert (await rig.run(run.id)).status == "succeeded"


async def test_it_does_not_go_where_one_may_not_ask_or_nothing_is_executed(
    sqlite_database: Database, clock: ManualClock
) -> None:
    shut = Policy.model_validate(POLICY.model_dump() | {"asking": [{"places": ["slack"]}]})
    with pytest.raises(Forbidden, match="asked for in slack only"):
        await Rig(sqlite_database, clock, policy=shut).break_glass(WHY)
    for mode in ("observe", "propose"):
        with pytest.raises(Forbidden, match="nothing is executed"):
            await Rig(sqlite_database, clock, mode=mode).break_glass(WHY)


async def test_a_runbook_may_forbid_it(sqlite_database: Database, clock: ManualClock) -> None:
    text = ROLLBACK.replace("steps:", "approval: {break_glass: []}\nsteps:", 1)
    with pytest.raises(Forbidden, match="nobody may"):
        await Rig(sqlite_database, clock, books=(text,)).break_glass(WHY)


async def test_what_needs_nobody_breaks_nothing(rig: Rig) -> None:
    rig.world.versions["rag-api"] = ["v1"]
    proposal = await rig.break_glass(WHY)
    assert proposal.run is not None
    assert await rig.reviews.every() == []


@pytest.mark.parametrize("columns", [{"plan_hash": "0" * 64}, {"person": "priya"}, {"run_id": "run_other"}])
async def test_a_review_of_something_else_opens_no_door(rig: Rig, columns: dict[str, Any]) -> None:
    run = await broken(rig)
    await rig.database.write(lambda conn: conn.execute(update(table).values(**columns)))
    await rig.work()
    assert ((await rig.run(run.id)).status, rig.world.acts) == ("cancelled", [])


async def test_who_lost_the_role_before_the_claim_runs_nothing(rig: Rig) -> None:
    run = await broken(rig)
    weaker = LENA.model_copy(update={"roles": frozenset({"viewer", "operator", "approver"})})
    rig.people = People({**PEOPLE.by_id, "lena": weaker}, PEOPLE.rota)
    await rig.work(engine=rig.engine_on(rig.database))
    ended = await rig.run(run.id)
    assert (ended.status, rig.world.acts) == ("cancelled", [])
    assert "may not break glass" in (ended.error or "")


async def test_only_somebody_else_with_the_role_closes_the_review_and_once(rig: Rig) -> None:
    await broken(rig)
    (review,) = await rig.reviews.every()
    with pytest.raises(Forbidden, match=r"broke the glass yourself.*Who can: Jonas Lind, Priya Nair"):
        await rig.reviews.close(review.id, person=LENA, outcome="It was right to do so.")
    with pytest.raises(Forbidden, match="needs the role approver or auditor"):
        await rig.reviews.close(review.id, person=MARIA, outcome="It was right to do so.")
    with pytest.raises(BadRequest, match="at least 10"):
        await rig.reviews.close(review.id, person=SAM, outcome="ok")
    done = await rig.reviews.close(review.id, person=SAM, outcome="It was right to do so.")
    assert (done.closed_by, done.outcome) == ("sam", "It was right to do so.")
    with pytest.raises(Conflict, match="closed already"):
        await rig.reviews.close(review.id, person=PRIYA, outcome="It was right to do so.")
    with pytest.raises(NotFound):
        await rig.reviews.close("rev_x", person=SAM, outcome="It was right to do so.")
    assert (await rig.audited())[-1] == "review.closed"
    assert len(await rig.database.read(reviews.every)) == 1
    assert await rig.reviews.every() == []
