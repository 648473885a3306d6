"""Approve plan A and plan B can never run: every stored part is altered, and the run is void."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Connection, update

from config.people import People
from runbooks.compiler import digest
from runbooks.plan import Plan
from runbooks.policy import Policy
from store.engine import Database
from store.records import Run
from store.tables import approvals, decisions, runs
from tests.runbooks.test_plan import changed, leaves
from tests.runbooks.world import PEOPLE, POLICY, PRIYA, Rig
from tests.support.clock import ManualClock


async def approved(rig: Rig) -> Run:
    proposal = await rig.propose(environment="production")
    assert proposal.run is not None
    await rig.approve(proposal.approval, PRIYA)
    await rig.submit(proposal.run.id)
    return await rig.run(proposal.run.id)


async def put(rig: Rig, run: Run, **columns: Any) -> None:
    await rig.database.write(
        lambda conn: conn.execute(update(runs).where(runs.c.id == run.id).values(**columns))
    )


async def is_void(rig: Rig, run: Run) -> str:
    await rig.work()
    ended = await rig.run(run.id)
    assert ended.status == "cancelled"
    assert (rig.world.acts, rig.world.notes) == ([], {})
    return ended.error or ""


async def test_an_approved_run_as_it_was_approved_runs(rig: Rig) -> None:
    run = await approved(rig)
    await rig.work()
    assert (await rig.run(run.id)).status == "succeeded"


def other_inputs(run: Run) -> dict[str, Any]:
    return {"inputs": {**run.inputs, "service": "embeddings"}}


def other_definition(run: Run) -> dict[str, Any]:
    text = json.dumps(run.definition).replace("version.set", "version.wipe")
    return {"definition": json.loads(text)}


def other_definition_with_its_digest(run: Run) -> dict[str, Any]:
    found = other_definition(run)
    return found | {"digest": digest(found["definition"])}


def another_whole_plan(run: Run) -> dict[str, Any]:
    """Everything altered together, hash and all: only the approval still says what was approved."""
    found = other_definition_with_its_digest(run)
    plan = {**run.plan, "digest": found["digest"]}
    return found | {"plan": plan, "plan_hash": Plan.from_json(plan).hash}


@pytest.mark.parametrize(
    ("alter", "words"),
    [
        (other_inputs, "The run's inputs"),
        (other_definition, "The run's definition"),
        (other_definition_with_its_digest, "The run's runbook"),
        (another_whole_plan, "another plan"),
        (lambda run: {"environment": "staging"}, "The run's environment"),
        (lambda run: {"plan_hash": "0" * 64}, "The run's plan"),
        (lambda run: {"runbook": "other"}, "The run's runbook"),
        (lambda run: {"requester": "diego"}, "another plan"),
        (lambda run: {"requester": "nobody"}, "not among people"),
    ],
)  # fmt: skip
async def test_a_run_altered_after_its_approval_is_void(
    rig: Rig, alter: Callable[[Run], dict[str, Any]], words: str
) -> None:
    run = await approved(rig)
    await put(rig, run, **alter(run))
    assert words in await is_void(rig, run)


async def test_a_plan_altered_anywhere_is_void(rig: Rig) -> None:
    first = await approved(rig)
    places = [path for path in leaves(dict(first.plan)) if path != ("hash",)]
    assert len(places) > 40
    runs_ = [first] + [await approved(rig) for _ in places[1:]]
    for run, path in zip(runs_, places, strict=True):
        await put(rig, run, plan=changed(dict(run.plan), path))
    await rig.work()
    for run, path in zip(runs_, places, strict=True):
        assert (await rig.run(run.id)).status == "cancelled", path
    assert (rig.world.acts, rig.world.notes) == ([], {})


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"plan_hash": "0" * 64}, "for another plan"),
        ({"requester": "priya"}, "for another plan"),
        ({"status": "pending"}, "has no approval"),
        ({"status": "denied"}, "has no approval"),
    ],
)
async def test_an_approval_that_does_not_fit_the_run_is_none(
    rig: Rig, values: dict[str, Any], words: str
) -> None:
    run = await approved(rig)
    await rig.database.write(lambda conn: conn.execute(update(approvals).values(**values)))
    assert words in await is_void(rig, run)


async def test_an_approval_without_its_decisions_is_none(rig: Rig) -> None:
    run = await approved(rig)

    def forget(conn: Connection) -> None:
        conn.execute(decisions.delete())

    await rig.database.write(forget)
    assert "no longer has the right" in await is_void(rig, run)


@pytest.mark.parametrize(
    ("who", "words"), [("priya", "no longer has the right"), ("maria", "may not ask for a write")]
)
async def test_who_lost_a_right_since_does_not_count(
    sqlite_database: Database, clock: ManualClock, who: str, words: str
) -> None:
    rig = Rig(sqlite_database, clock)
    run = await approved(rig)
    weaker = PEOPLE.by_id[who].model_copy(update={"roles": frozenset({"viewer"})})
    rig.people = People({**PEOPLE.by_id, who: weaker}, PEOPLE.rota)
    rig.engine = rig.engine_on(sqlite_database)
    assert words in await is_void(rig, run)


async def test_a_policy_that_became_stricter_counts(sqlite_database: Database, clock: ManualClock) -> None:
    rig = Rig(sqlite_database, clock)
    run = await approved(rig)
    stricter = [rule.model_dump() | {"count": 2} for rule in POLICY.approvals[2:]]
    rig.policy = Policy.model_validate(POLICY.model_dump() | {"approvals": stricter})
    rig.engine = rig.engine_on(sqlite_database)
    assert "has become stricter" in await is_void(rig, run)


async def test_a_dry_run_of_somebody_who_left_is_not_run(
    sqlite_database: Database, clock: ManualClock
) -> None:
    rig = Rig(sqlite_database, clock)
    proposal = await rig.propose(dry_run=True)
    assert proposal.run is not None
    rig.people = People({"priya": PRIYA}, {})
    rig.engine = rig.engine_on(sqlite_database)
    assert "not among people" in await is_void(rig, replace(proposal.run))
