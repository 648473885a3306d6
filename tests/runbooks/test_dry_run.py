"""A dry run cannot leak: nothing goes out, for every runbook of the library and every action there is."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import pytest
from sqlalchemy import Connection, func, select

from integrations.actions import Action, Actions, Context, Inputs, Output
from integrations.demo import open_company
from integrations.registry import INTEGRATIONS
from runbooks.dispatcher import InProcessDispatcher
from runbooks.loader import Library
from runbooks.service import Runbooks
from store.engine import Database
from store.tables import metadata
from tests.runbooks.test_dispatcher import until_over
from tests.runbooks.test_library import LIBRARY as FOLDER
from tests.runbooks.test_library import Company
from tests.runbooks.world import MARIA, Rig, book
from tests.support.clock import ManualClock

#: what a run itself writes; every other table stands for the world outside: the demo fleet, posts to people
OWN = {"runs", "steps", "audit", "audit_head", "inbox", "workers"}
LIBRARY = ("provider-failover", "release-service", "restart-service", "rollback-service")
#: inputs that would really change something, for every action of every integration
SAMPLES: dict[str, dict[str, Any]] = {
    "deployments.rollback": {"service": "llm-gateway", "to": "${{ steps.now.output.previous }}"},
    "deployments.release": {"service": "llm-gateway", "version": "${{ steps.now.output.previous }}"},
    "services.restart": {"service": "llm-gateway"},
    "routing.status": {"service": "llm-gateway"},
    "routing.failover": {"service": "llm-gateway", "to": "${{ steps.routes.output.fallbacks[0] }}"},
    "metrics.query": {"service": "llm-gateway", "metric": "error_rate"},
    "alerts.firing": {},
    "deployments.status": {"service": "llm-gateway"},
    "chat.post": {"text": "hello"},
    "incidents.open": {"title": "Errors", "severity": "sev2", "service": "llm-gateway"},
    "incidents.acknowledge": {"incident": "INC-1"},
    "incidents.note": {"incident": "INC-1", "text": "hello"},
    "incidents.resolve": {"incident": "INC-1"},
    "incidents.escalate": {"incident": "INC-1", "to": "platform"},
    "incidents.update": {"incident": "INC-1", "severity": "sev1"},
    "alerts.silence": {"service": "llm-gateway", "duration": 600},
    "alerts.mute": {"service": "llm-gateway", "duration": 7200},
    "alerts.unsilence": {"silence": "sil-1"},
    "alerts.create": {"service": "llm-gateway", "metric": "latency", "threshold": 900},
    "alerts.delete": {"monitor": "mon-1"},
    "oncall.override": {"team": "platform", "person": "amara", "end": 4e9},
}
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


async def wanted(company: Company, runbook: str) -> dict[str, Any]:
    """Inputs that every runbook of the library can be planned with."""
    given: dict[str, Any] = {"service": "llm-gateway", "environment": "production"}
    if "version" in company.library.get(runbook).model.inputs:
        world = await open_company(company.deps).world()
        given["version"] = world.releases.builds("llm-gateway", company.clock.now())[0]
    return given


async def dry(company: Company, runbook: str) -> str:
    proposal = await company.propose(runbook, MARIA, dry_run=True, **await wanted(company, runbook))
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


@pytest.mark.parametrize("runbook", LIBRARY)
async def test_a_dry_run_of_a_library_runbook_sends_nothing(company: Company, runbook: str) -> None:
    assert runbook in company.library.by_id
    wire, before = watched(company, []), await outside(company)
    run_id = await dry(company, runbook)
    assert wire.calls == []
    assert await outside(company) == before
    statuses = await company.statuses(run_id)
    assert {statuses[step.id] for step in company.library.get(runbook).steps if step.spec.verify} == {
        "skipped"
    }


def test_the_library_has_no_runbook_that_is_not_tried() -> None:
    assert sorted(path.stem for path in FOLDER.glob("*.yaml") if not path.stem.endswith(".test")) == sorted(
        LIBRARY
    )


@pytest.mark.parametrize("place, name", list(enumerate(SAMPLES)))
async def test_a_dry_run_of_an_action_sends_nothing(company: Company, place: int, name: str) -> None:
    text = HEAD.format(place=place, action=name, inputs=json.dumps(SAMPLES[name]))
    wire, before = watched(company, [text]), await outside(company)
    run_id = await dry(company, f"one-{place}")
    action = company.actions.by_name[name]
    assert wire.calls == []
    assert await outside(company) == before
    assert (await company.statuses(run_id))["act"] == ("done" if action.effect == "read" else "skipped")
    plan = (await company.run(run_id)).plan["steps"][-1]
    assert (plan["change"] is not None) == (action.plan is not None)


async def test_every_action_of_every_integration_is_tried(company: Company) -> None:
    assert [one.name for one in INTEGRATIONS] == ["demo"], "add the new integration's actions to SAMPLES"
    assert set(company.actions.by_name) == set(SAMPLES)


async def test_the_same_run_for_real_is_seen_on_the_wire(company: Company) -> None:
    wire, before = watched(company, []), await outside(company)
    run_id = await company.queued("restart-service", service="llm-gateway", environment="staging")
    await company.work()
    assert (await company.run(run_id)).status in ("succeeded", "rolled_back", "failed")
    assert wire.calls == ["services.restart", "chat.post"]
    assert (await outside(company))["demo_events"] > before["demo_events"]


async def test_asking_for_a_plan_sends_nothing_either(company: Company) -> None:
    wire, before = watched(company, []), await outside(company)
    for runbook in LIBRARY:
        await company.propose(runbook, MARIA, **await wanted(company, runbook))
    assert wire.calls == []
    after = await outside(company)
    assert after.pop("approvals") == before.pop("approvals") + len(LIBRARY)
    assert after == before
