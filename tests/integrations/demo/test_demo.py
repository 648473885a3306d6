"""The declaration of the demo company: everything a real back end would bring."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import pytest

from config.errors import SettingsError
from integrations.demo import build, open_company
from integrations.demo.faults import start_fault
from integrations.demo.history import DAY
from integrations.ports import Sources
from integrations.registry import Deps
from store.engine import Database
from tests.support.clock import ManualClock
from tests.support.fleet import TUESDAY, catalogue, context, given, people


async def test_it_brings_every_port_and_its_actions_and_is_well(
    database: Database, clock: ManualClock
) -> None:
    provided = build({}, Deps(database, clock, catalogue(), people()))
    assert all(getattr(provided.sources, port.name) is not None for port in fields(Sources))
    assert len({action.name for action in provided.actions}) == len(provided.actions)
    assert (await provided.health()).words == "13 invented services, 0 events"
    assert provided.close is None


async def test_a_fault_started_elsewhere_is_seen_and_healed_through_the_database(
    database: Database, clock: ManualClock
) -> None:
    clock.set(TUESDAY)
    deps = Deps(database, clock, catalogue(), people())
    provided = build({}, deps)
    await start_fault(open_company(deps), "bad-release", clock.now())
    clock.advance(300)
    deployments = provided.sources.deployments
    assert deployments is not None
    bad = await deployments.release("rag-api", "production")
    assert not bad.healthy
    rollback = next(action for action in provided.actions if action.name == "deployments.rollback")
    done: Any = await rollback.run(context(clock), given(rollback, service="rag-api", to=bad.previous))
    clock.advance(120)
    good = await deployments.release("rag-api", "production")
    assert good.healthy and good.current == done.version == bad.previous


async def test_a_new_company_begins_in_an_incident_when_told_to_and_only_once(
    database: Database, clock: ManualClock
) -> None:
    clock.set(TUESDAY)
    deps = Deps(database, clock, catalogue(), people())
    calm, told = build({}, deps), build({"incident": True}, deps)
    assert calm.start is not None and told.start is not None and told.sources.alerts is not None
    await calm.start()
    assert await told.sources.alerts.firing() == ()
    past = await told.sources.alerts.past(TUESDAY - 90 * DAY, TUESDAY)
    assert past and all(alert.ended_at is not None for alert in past)
    await told.start()
    firing = await told.sources.alerts.firing()
    assert firing and all(alert.started_at < TUESDAY - 300 for alert in firing)
    clock.advance(60)
    again = build({"incident": True}, deps)
    assert again.start is not None
    await again.start()
    assert (await told.health()).words == "13 invented services, 1 events"


def test_an_unknown_setting_is_refused(sqlite_database: Database, clock: ManualClock) -> None:
    with pytest.raises(SettingsError, match=r"demo\.seed: the demo company has no such setting"):
        build({"seed": 3}, Deps(sqlite_database, clock, catalogue(), people()))
