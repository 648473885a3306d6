"""Monitors over the telemetry."""

from __future__ import annotations

from insight.facts import Alert
from integrations.demo.alerts import EVERY, LOOKS, MONITORS, firing
from integrations.demo.company import Company
from integrations.demo.faults import start_fault, stop_fault
from tests.support.clock import ManualClock
from tests.support.fleet import TUESDAY, company


def fires(one: Company, service: str, now: float, environment: str = "production") -> list[Alert]:
    key = (service, environment)
    return firing(one.telemetry, key, one.effects.of(key), now)


async def test_an_alert_fires_after_its_looks_in_a_row_keeps_its_id_and_ends() -> None:
    one = company(ManualClock(TUESDAY))
    await start_fault(one, "bad-release", TUESDAY)
    assert fires(one, "rag-api", TUESDAY + 30) == []
    first = fires(one, "rag-api", TUESDAY + 180)
    assert {alert.name for alert in first} == {"HighErrorRate", "HighLatency", "LowEvalScore"}
    later = fires(one, "rag-api", TUESDAY + 7200)
    assert {(a.id, a.started_at) for a in later} == {(a.id, a.started_at) for a in first}
    assert all(TUESDAY + LOOKS * EVERY <= alert.started_at <= TUESDAY + 150 for alert in first)
    await stop_fault(one, "bad-release", TUESDAY + 7200)
    assert fires(one, "rag-api", TUESDAY + 7200 + 180) == []


async def test_production_is_critical_and_the_rest_a_warning() -> None:
    one = company(ManualClock(TUESDAY))
    await start_fault(one, "provider-outage", TUESDAY)
    (production,) = [a for a in fires(one, "llm-gateway", TUESDAY + 300) if a.name == "HighErrorRate"]
    (staging,) = [a for a in fires(one, "llm-gateway", TUESDAY + 300, "staging") if a.name == "HighErrorRate"]
    assert (production.severity, staging.severity) == ("critical", "warning")
    assert production.summary.startswith("error_rate mean of llm-gateway is ")
    assert production.summary.endswith("above 4.5 %")


def test_calm_services_stay_far_from_every_limit() -> None:
    """What lets the monitors skip a service without trouble."""
    for seed in range(4):
        one = company(ManualClock(TUESDAY), seed=seed)
        for service in one.catalogue.services:
            key = (service, "production")
            profile = one.telemetry.profile(key)
            for monitor in MONITORS:
                if monitor.metric in one.telemetry.metrics(service) and monitor.relative:
                    usual = getattr(profile, monitor.metric) * (2.1 if monitor.stat == "p95" else 1.0)
                    busiest = usual * (0.9 + 0.1 * 1.34)
                    room = abs(usual * monitor.limit - (usual if monitor.below else busiest))
                    assert room > 6 * usual * (0.006 if monitor.below else 0.025)
            assert profile.error_rate * (1 + 6 * 0.12) < 0.045
            assert fires(one, service, TUESDAY) == []
