from __future__ import annotations

import asyncio

import pytest

from config.errors import BadRequest, Conflict, Forbidden, NotFound
from config.people import Person
from runbooks.plan import RunRequest
from store import audit, ledger
from store.engine import Database
from tests.runbooks.world import MARIA, PEOPLE, PRIYA, SAM, Rig
from tests.support.clock import ManualClock

JONAS = PEOPLE.by_id["jonas"]


def request(**changes: object) -> RunRequest:
    columns: dict[str, object] = {
        "runbook": "rollback",
        "inputs": {"service": "rag-api", "environment": "production"},
        "requester": "maria",
        "place": "rest:ses_1",
        "request_id": "req_same",
    }
    return RunRequest(**(columns | changes))  # type: ignore[arg-type]


async def test_a_production_write_waits_with_its_plan_and_approval_in_one_transaction(rig: Rig) -> None:
    commits = rig.database.writes_stats().transactions
    proposal = await rig.propose(environment="production")
    assert rig.database.writes_stats().transactions == commits + 1
    assert proposal.run is not None
    assert proposal.approval is not None
    assert (proposal.run.status, proposal.approval.status) == ("waiting", "pending")
    assert proposal.approval.expires_at == rig.clock.now() + 900
    stored = await rig.run(proposal.run.id)
    assert stored.plan["hash"] == stored.plan_hash == proposal.approval.plan_hash == proposal.plan.hash
    assert [step.id for step in (await rig.steps(stored.id)).values()] == ["now", "back", "tell"]


async def test_a_request_asked_again_has_the_same_run_and_approval(
    database: Database, clock: ManualClock
) -> None:
    rig = Rig(database, clock)
    first = await rig.runbooks.propose(request(), MARIA)
    rig.world.versions["rag-api"].append("v3")
    again = await rig.runbooks.propose(request(), MARIA)
    assert first.run is not None
    assert first.approval is not None
    assert (again.run, again.approval, again.plan.hash) == (first.run, first.approval, first.plan.hash)


async def test_the_same_request_ten_times_at_once_is_one_run(database: Database, clock: ManualClock) -> None:
    rig = Rig(database, clock)
    found = await asyncio.gather(*(rig.runbooks.propose(request(), MARIA) for _ in range(10)))
    assert len({one.run.id for one in found if one.run}) == 1
    assert len({one.approval.id for one in found if one.approval}) == 1
    assert len(await rig.database.read(ledger.list_runs)) == 1
    assert (await rig.audited()).count("run.created") == 1


async def test_what_is_refused_has_no_run_but_an_audit_row(rig: Rig) -> None:
    proposal = await rig.propose(person=JONAS, environment="production")
    assert (proposal.verdict.kind, proposal.run, proposal.approval) == ("refuse", None, None)
    (row,) = await rig.database.read(audit.rows)
    assert (row.what, row.actor) == ("run.refused", "jonas")


async def test_somebody_without_any_role_does_not_even_cause_a_read(rig: Rig) -> None:
    with pytest.raises(Forbidden, match="may not ask for a read"):
        await rig.propose(person=Person(id="x", name="X"))
    assert rig.world.reads == 0


async def test_a_plan_that_cannot_be_made_leaves_nothing_behind(rig: Rig) -> None:
    with pytest.raises(BadRequest):
        await rig.propose(service="nothing")
    with pytest.raises(NotFound):
        await rig.propose("nothing")
    assert await rig.database.read(ledger.list_runs) == []


async def test_nothing_to_change_goes_at_once(sqlite_database: Database, clock: ManualClock) -> None:
    rig = Rig(sqlite_database, clock)
    rig.world.versions["rag-api"] = ["v1"]
    proposal = await rig.propose(environment="production")
    assert proposal.run is not None
    assert (proposal.verdict.kind, proposal.run.status, proposal.approval) == ("go", "queued", None)


async def test_a_dry_run_needs_no_more_than_a_viewer(rig: Rig) -> None:
    proposal = await rig.propose(person=JONAS, environment="production", dry_run=True)
    assert proposal.run is not None
    assert (proposal.run.status, proposal.run.dry_run, proposal.approval) == ("queued", True, None)


async def test_a_waiting_run_is_cancelled_with_its_approval(rig: Rig) -> None:
    proposal = await rig.propose(environment="production")
    assert proposal.run is not None
    assert proposal.approval is not None
    run = await rig.runbooks.cancel(proposal.run.id, MARIA)
    assert (run.status, (await rig.approval(proposal.approval.id)).status) == ("cancelled", "withdrawn")
    with pytest.raises(Conflict, match="The run is cancelled already"):
        await rig.runbooks.cancel(run.id, MARIA)


async def test_a_queued_run_is_cancelled_and_never_claimed(rig: Rig) -> None:
    run_id = await rig.queued()
    assert (await rig.runbooks.cancel(run_id, PRIYA)).status == "cancelled"
    assert await rig.claim() is None


async def test_only_who_asked_or_works_here_may_steer(rig: Rig) -> None:
    proposal = await rig.propose(environment="production")
    assert proposal.run is not None
    with pytest.raises(Forbidden, match="maria asked for this one"):
        await rig.runbooks.cancel(proposal.run.id, JONAS)
    with pytest.raises(NotFound):
        await rig.runbooks.cancel("run_x", MARIA)


async def test_only_what_runs_can_be_paused(rig: Rig) -> None:
    proposal = await rig.propose(environment="production")
    assert proposal.run is not None
    with pytest.raises(Conflict, match="only a running one can be paused"):
        await rig.runbooks.pause(proposal.run.id, MARIA)
    with pytest.raises(Conflict, match="only a paused one can be resumed"):
        await rig.runbooks.resume(proposal.run.id, SAM)


async def test_watchers_hear_of_each_change(rig: Rig) -> None:
    run_id = await rig.queued()
    await rig.work()
    assert rig.changes.count(run_id) >= 7
