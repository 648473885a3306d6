"""The past of the company: incidents that show, and nothing that shows without one."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest

from insight.facts import Alert
from integrations.demo.alerts import CALM, EVERY, LOOKS, MONITORS, Monitor
from integrations.demo.company import Company
from integrations.demo.effects import RAMP
from integrations.demo.events import MemoryEvents
from integrations.demo.faults import start_fault
from integrations.demo.history import DAY
from integrations.demo.noise import Floats
from integrations.demo.past import CALM as CALM_DAYS
from integrations.demo.provider import DemoProvider
from integrations.demo.world import World
from tests.support.clock import ManualClock
from tests.support.fleet import TUESDAY, company, people

START = TUESDAY - 90 * DAY


async def founded(seed: int = 1) -> Company:
    one = company(ManualClock(TUESDAY), seed)
    await one.found(TUESDAY)
    return one


async def alerts(one: Company, start: float = START, end: float = TUESDAY) -> tuple[Alert, ...]:
    return await DemoProvider(one).past(start, end)


def beyond(one: Company, alert: Alert, times: Floats) -> list[bool]:
    """Whether the alert's metric is over its limit at those instants, by the telemetry alone."""
    monitor: Monitor = next(monitor for monitor in MONITORS if monitor.name == alert.name)
    key = (alert.service, alert.environment)
    limit = monitor.limit
    if monitor.relative:
        usual = getattr(one.telemetry.profile(key), monitor.metric) * (2.1 if monitor.stat == "p95" else 1.0)
        limit *= usual
    values = one.telemetry.values(key, monitor.metric, monitor.stat, times)
    found: list[bool] = (values < limit if monitor.below else values > limit).tolist()
    return found


def spans(world: World) -> list[tuple[float, float]]:
    """From when to when something of the past was wrong."""
    changes = {(c.service, c.after): c.at for c in world.changes(START, TUESDAY)}
    bad = [
        (start, end)
        for service, _ in world.releases.bad
        for start, end, _ in world.releases.bad_spans(service, "production")
        if end is not None
    ]
    assert all(key in changes for key in world.releases.bad)
    degraded = {(one.start, one.end) for one in world.degradations if one.end is not None}
    others = {(one.start, one.end) for one in world.troubles.all if one.end is not None}
    return sorted(set(bad) | degraded | others)


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_a_few_incidents_a_month_each_over_and_the_last_days_calm(seed: int) -> None:
    found = spans(await (await founded(seed)).world())
    assert 9 <= len(found) <= 12
    assert all(START < start < end <= TUESDAY - CALM_DAYS for start, end in found)
    assert all(400 < end - start < 5000 for start, end in found)


@pytest.mark.parametrize("seed", [1, 2])
async def test_every_alert_lies_where_the_telemetry_crosses_its_limit(seed: int) -> None:
    one = await founded(seed)
    found = await alerts(one)
    assert len(found) > 30
    assert len({alert.id for alert in found}) == len(found)
    assert [alert.started_at for alert in found] == sorted(alert.started_at for alert in found)
    for alert in found:
        assert alert.ended_at is not None
        first = alert.started_at - EVERY * np.arange(LOOKS)
        after = alert.ended_at - EVERY * np.arange(CALM)
        assert all(beyond(one, alert, first)), alert
        assert not any(beyond(one, alert, after)), alert


@pytest.mark.parametrize("seed", [1, 2])
async def test_every_incident_had_an_alert_and_no_alert_was_without_one(seed: int) -> None:
    one = await founded(seed)
    found, known = await alerts(one), spans(await one.world())
    for start, end in known:
        assert any(start < alert.started_at < end for alert in found), (start, end)
    for alert in found:
        assert alert.ended_at is not None
        assert any(
            start < alert.started_at and alert.ended_at < end + RAMP + (CALM + 2) * EVERY
            for start, end in known
        ), alert


async def test_the_past_has_many_kinds_of_trouble_and_none_of_them_goes_on() -> None:
    kinds: set[str] = set()
    for seed in range(1, 9):
        world = await (await founded(seed)).world()
        kinds |= {trouble.name for trouble in world.troubles.all}
        kinds |= {"bad-release"} if world.releases.bad else set()
        kinds |= {"degradation"} if world.degradations else set()
        assert world.running_faults(TUESDAY) == set()
    assert len(kinds) >= 7


async def test_a_change_that_made_a_trouble_of_the_past_was_taken_back() -> None:
    for seed in range(1, 9):
        world = await (await founded(seed)).world()
        changes = world.changes(START, TUESDAY, "production")
        assert len({change.id for change in changes}) == len(changes)
        for trouble in world.troubles.all:
            if made := trouble.data.get("change"):
                took_back = (trouble.service, made["after"], made["before"], trouble.end, made["kind"])
                assert took_back in [
                    (one.service, one.before, one.after, one.at, one.kind) for one in changes
                ]


async def test_a_bad_release_of_the_past_was_rolled_back_by_somebody_of_the_team_in_working_hours() -> None:
    one = await founded()
    world = await one.world()
    changes = world.changes(START, TUESDAY, "production")
    assert len({change.id for change in changes}) == len(changes)
    for service, version in world.releases.bad:
        (bad,) = [change for change in changes if (change.service, change.after) == (service, version)]
        (back,) = [change for change in changes if (change.service, change.before) == (service, version)]
        assert back.after == bad.before and back.summary.startswith(f"Roll {service} back")
        assert datetime.fromtimestamp(bad.at, UTC).weekday() < 5
        team = one.catalogue.services[service].owner
        for who in (bad.by, back.by):
            person = people().get(who)
            assert person is not None and team in person.teams
        assert version not in world.releases.ran(service, "production", TUESDAY)[:1]
        assert world.releases.previous(service, "production", TUESDAY) != version


async def test_the_past_follows_from_the_seed_and_the_founding_alone() -> None:
    first = await alerts(await founded())
    assert first == await alerts(await founded())
    assert first != await alerts(await founded(2))
    later = await founded()
    await start_fault(later, "bad-release", TUESDAY)
    clock = later.clock
    assert isinstance(clock, ManualClock)
    clock.advance(600)
    assert await alerts(later, START + 600) == tuple(a for a in first if a.started_at >= START + 600)
    half = START + 45 * DAY
    assert await alerts(later, START + 600, half) == tuple(
        a for a in first if START + 600 <= a.started_at < half
    )


async def test_a_company_is_founded_once_and_one_with_a_log_not_at_all() -> None:
    events = MemoryEvents()
    one = company(ManualClock(TUESDAY), events=events)
    for at in (TUESDAY, TUESDAY + 60):
        await one.found(at)
    assert [event.kind for event in events.log] == ["founded"]
    old = company(ManualClock(TUESDAY))
    await start_fault(old, "bad-release", TUESDAY)
    await old.found(TUESDAY)
    assert (await old.world()).founded is None


async def test_a_second_founding_at_the_same_moment_changes_nothing() -> None:
    one, two = await founded(), await founded()
    await two.append("founded", TUESDAY + 5, {})
    for each in (one, two):
        await start_fault(each, "bad-release", TUESDAY)
    changes = [(await each.world()).changes(START, TUESDAY + 60) for each in (one, two)]
    assert changes[0] == changes[1]
    key = ("rag-api", "production")
    assert one.effects.of(key) == two.effects.of(key)
    assert (await two.world()).told == (await one.world()).told == 1


async def test_what_a_fault_does_is_the_same_with_a_past_and_without() -> None:
    with_past, without = await founded(), company(ManualClock(TUESDAY))
    for each in (with_past, without):
        await start_fault(each, "bad-release", TUESDAY)
        await start_fault(each, "provider-outage", TUESDAY + 60)
    times = TUESDAY - 7200 + np.arange(0.0, 14_400.0, 30.0)
    for service in ("rag-api", "llm-gateway"):
        values = [
            each.telemetry.values((service, "production"), "latency", "p95", times)
            for each in (with_past, without)
        ]
        assert np.array_equal(values[0], values[1])
