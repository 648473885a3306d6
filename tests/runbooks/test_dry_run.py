"""A dry run cannot leak: nothing goes out, for every runbook of the library and every action there is."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from typing import Any

import pytest
from sqlalchemy import Connection, func, select

from integrations.actions import Action, Actions, Context, Inputs, Output
from integrations.registry import INTEGRATIONS
from runbooks.dispatcher import InProcessDispatcher
from runbooks.loader import Library
from runbooks.plan import RunRequest
from runbooks.proposals import Proposal
from runbooks.service import Runbooks
from store.engine import Database
from store.tables import metadata
from tests.runbooks.samples import ACTIONS, GATEWAY, RECORDING, RUNBOOKS, UNPREPARED
from tests.runbooks.test_dispatcher import until_over
from tests.runbooks.test_library import LIBRARY as FOLDER
from tests.runbooks.test_library import Company
from tests.runbooks.world import MARIA, Rig, book
from tests.support.clock import ManualClock

#: what a run itself writes; every other table stands for the world outside: the demo fleet, posts to people
OWN = {"runs", "steps", "audit", "audit_head", "inbox", "workers"}
HEAD = """
version: 1
name: one-{place}
description: Use one action.
owner: platform
inputs:
  service: {{type: service, required: true}}
  environment: {{type: environment, required: true}}
steps:
  - {{id: now, uses: deployments.status, with: {{service: llm-gateway}}}}
  - {{id: routes, uses: routing.status, with: {{service: llm-gateway}}}}
  - id: act
    uses: {action}
    with: {inputs}
"""


@dataclasses.dataclass
class Wire:
    """Every call of a write's or record's own code."""

    calls: list[str] = dataclasses.field(default_factory=list)

    def watch(self, action: Action) -> Action:
        if action.effect == "read":
            return action

        async def run(context: Context, inputs: Inputs) -> Output:
            self.calls.append(action.name)
            return await action.run(context, inputs)

        return dataclasses.replace(action, run=run)


@pytest.fixture
async def company(sqlite_database: Database, clock: ManualClock) -> Company:
    company = Company(sqlite_database, clock)
    company.over_demo()
    await company.broken("bad-release")
    return company


def watched(company: Company, texts: list[str]) -> Wire:
    """Everything anew over actions that are watched; `texts` are more runbooks."""
    wire = Wire()
    company.actions = Actions({name: wire.watch(one) for name, one in company.actions.by_name.items()})
    more = {one.id: one for one in (book(text, company.actions) for text in texts)}
    company.library = Library({**company.library.by_id, **more})
    planner = type(company.planner)(company.library, company.actions, company.catalogue, company.clock)
    company.runbooks = Runbooks(
        company.database, planner, company.policy, company.approvals, company.people, company.clock, "act"
    )
    company.engine = company.engine_on(company.database)
    return wire


async def outside(rig: Rig) -> dict[str, int]:
    """How many rows each table holds that a run does not write itself."""

    def count(conn: Connection) -> dict[str, int]:
        tables = [table for table in metadata.sorted_tables if table.name not in OWN]
        return {one.name: conn.execute(select(func.count()).select_from(one)).scalar_one() for one in tables}

    return await rig.database.read(count)


async def inputs_of(company: Company, runbook: str) -> dict[str, Any]:
    """The sample inputs, with a build that can be released where one is wanted."""
    given = RUNBOOKS.get(runbook, GATEWAY)
    if "{build}" not in given.values():
        return given
    action = company.actions.by_name["canary.status"]
    context = Context("r", "s", "k", "maria", "production", "x:y", company.clock.now())
    state: Any = await action.run(context, action.inputs.model_validate({"service": given["service"]}))
    return {**given, "version": state.builds[0]}


async def ask(
    company: Company, runbook: str, inputs: Mapping[str, Any], *, dry_run: bool = False
) -> Proposal:
    company.requests += 1
    request = RunRequest(runbook, inputs, "maria", "rest:ses_1", f"req_{company.requests}", dry_run=dry_run)
    return await company.runbooks.propose(request, MARIA)


async def dry(company: Company, runbook: str) -> str:
    inputs = await inputs_of(company, runbook)
    proposal = await ask(company, runbook, inputs, dry_run=True)
    assert proposal.run is not None, proposal.verdict.reason
    worker = InProcessDispatcher(
        company.engine, company.database, company.clock, "one", company.approvals, poll=0.01
    )
    await worker.start()
    try:
        run = await until_over(company, proposal.run.id)
    finally:
        await worker.stop()
    assert run.status == "succeeded", run.error
    return run.id


@pytest.mark.parametrize("runbook", RUNBOOKS)
async def test_a_dry_run_of_a_library_runbook_sends_nothing(company: Company, runbook: str) -> None:
    assert runbook in company.library.by_id
    wire, before = watched(company, []), await outside(company)
    run_id = await dry(company, runbook)
    assert wire.calls == []
    assert await outside(company) == before
    statuses = await company.statuses(run_id)
    actions = company.actions.by_name
    acting = [step for step in company.library.get(runbook).steps if actions[step.spec.uses].effect != "read"]
    assert {statuses[step.id] for step in acting} == {"skipped"}
    plan = (await company.run(run_id)).plan
    changes = [step["change"] for step in plan["steps"] if step["change"] is not None]
    assert all(one["before"] != one["after"] for one in changes[:1])
    assert bool(changes) is (runbook not in UNPREPARED | RECORDING)


def test_the_library_has_no_runbook_that_is_not_tried() -> None:
    assert sorted(path.stem for path in FOLDER.glob("*.yaml") if not path.stem.endswith(".test")) == sorted(
        RUNBOOKS
    )


@pytest.mark.parametrize("place, name", list(enumerate(ACTIONS)))
async def test_a_dry_run_of_an_action_sends_nothing(company: Company, place: int, name: str) -> None:
    text = HEAD.format(place=place, action=name, inputs=json.dumps(ACTIONS[name]))
    wire, before = watched(company, [text]), await outside(company)
    run_id = await dry(company, f"one-{place}")
    action = company.actions.by_name[name]
    assert wire.calls == []
    assert await outside(company) == before
    assert (await company.statuses(run_id))["act"] == ("done" if action.effect == "read" else "skipped")
    plan = (await company.run(run_id)).plan["steps"][-1]
    assert (plan["change"] is not None) == (action.plan is not None)


async def test_every_action_of_every_integration_is_tried(company: Company) -> None:
    assert [one.name for one in INTEGRATIONS] == ["demo"], "add the new integration's actions to ACTIONS"
    assert set(company.actions.by_name) == set(ACTIONS)


async def test_the_same_run_for_real_is_seen_on_the_wire(company: Company) -> None:
    wire, before = watched(company, []), await outside(company)
    run_id = await company.queued("restart-service", service="llm-gateway", environment="staging")
    await company.work()
    assert (await company.run(run_id)).status in ("succeeded", "rolled_back", "failed")
    assert wire.calls == ["services.restart", "chat.post"]
    assert (await outside(company))["demo_events"] > before["demo_events"]


async def test_asking_for_a_plan_sends_nothing_either(company: Company) -> None:
    wire, before = watched(company, []), await outside(company)
    for runbook in RUNBOOKS:
        await ask(company, runbook, await inputs_of(company, runbook))
    assert wire.calls == []
    after = await outside(company)
    asked = set(RUNBOOKS) - RECORDING - UNPREPARED
    assert after.pop("approvals") == before.pop("approvals") + len(asked)
    assert after == before
