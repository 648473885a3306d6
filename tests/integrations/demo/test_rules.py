"""Alert rules as facts, and rules that people made, against the telemetry."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from insight.facts import Monitor
from integrations.demo.alerts import EVERY
from integrations.demo.faults import start_fault
from integrations.demo.rules import alerts_of, firing
from tests.support.clock import ManualClock
from tests.support.fleet import TUESDAY, company, sources

RULE = Monitor("mon-1", "Busy", "rag-api", "production", "throughput", "mean", True, 0.0, 60.0, "warning")


async def test_the_rules_the_company_has_are_those_its_alerts_come_from() -> None:
    one = company(ManualClock(TUESDAY))
    ports = sources(one)
    assert ports.alerts is not None
    found = await ports.alerts.monitors()
    assert len({each.id for each in found}) == len(found)
    assert {each.service for each in found} == set(one.catalogue.services)
    await start_fault(one, "bad-release", TUESDAY)
    assert isinstance(one.clock, ManualClock)
    one.clock.advance(600)
    for alert in await ports.alerts.firing():
        rule = next(
            each
            for each in found
            if (each.name, each.service, each.environment) == (alert.name, alert.service, alert.environment)
        )
        value = one.telemetry.values(
            (rule.service, rule.environment), rule.metric, rule.stat, np.array([TUESDAY + 600])
        )[0]
        assert bool(value > rule.threshold) is rule.above
        assert rule.severity == alert.severity


def test_a_rule_fires_once_the_metric_was_beyond_its_limit_for_long_enough() -> None:
    one = company(ManualClock(TUESDAY))
    made = TUESDAY - 600.0
    (alert,) = firing(RULE, made, one.telemetry, TUESDAY)
    assert alert.started_at == made and alert.ended_at is None and alert.name == "Busy"
    assert firing(RULE, TUESDAY + 15.0, one.telemetry, TUESDAY) == []
    assert firing(replace(RULE, threshold=1e9), made, one.telemetry, TUESDAY) == []
    assert firing(replace(RULE, threshold=1e9, above=False), made, one.telemetry, TUESDAY) != []


@pytest.mark.parametrize("seed", [1, 2])
async def test_an_alert_of_an_own_rule_lies_where_the_metric_crosses_the_limit(seed: int) -> None:
    one = company(ManualClock(TUESDAY), seed)
    key = ("rag-api", "production")
    usual = one.telemetry.values(key, "latency", "p95", TUESDAY + np.arange(0.0, 300.0, 15.0)).mean()
    await start_fault(one, "bad-release", TUESDAY)
    rule = replace(RULE, metric="latency", stat="p95", threshold=1.5 * usual, lasting=120.0)
    (alert,) = alerts_of(rule, TUESDAY - 3600.0, one.telemetry, TUESDAY, TUESDAY + 900, TUESDAY + 900)
    before = alert.started_at - EVERY * np.arange(8)
    assert (one.telemetry.values(key, "latency", "p95", before) > rule.threshold).all()
    assert one.telemetry.values(key, "latency", "p95", before - EVERY)[-1] <= rule.threshold


async def test_an_own_rule_is_listed_fires_and_is_remembered() -> None:
    one = company(ManualClock(TUESDAY))
    words = {name: getattr(RULE, name) for name in Monitor.__slots__ if name != "id"}
    await one.append("monitor.created", TUESDAY - 300, words)
    alerts = sources(one).alerts
    assert alerts is not None
    assert (await alerts.monitors())[-1] == RULE
    assert [each.name for each in await alerts.firing()] == ["Busy"]
    assert [each.name for each in await alerts.past(TUESDAY - 3600, TUESDAY)] == ["Busy"]
