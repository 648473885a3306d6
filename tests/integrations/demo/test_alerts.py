"""Monitors over the telemetry."""

from __future__ import annotations

from insight.facts import Alert
from integrations.demo.alerts import CALM, EVERY, LOOKS, MONITORS, Monitors, in_order
from integrations.demo.company import Company
from integrations.demo.effects import RAMP
from integrations.demo.faults import start_fault, stop_fault
from tests.support.clock import ManualClock
from tests.support.fleet import TUESDAY, company


def fires(one: Company, service: str, now: float, environment: str = "production") -> list[Alert]:
    found = Monitors(one.telemetry, one.effects).firing(now)
    return [alert for alert in found if (alert.service, alert.environment) == (service, environment)]


def past(one: Company, start: float, end: float, look: float) -> tuple[Alert, ...]:
    see = Monitors(one.telemetry, one.effects)
    return tuple(
        sorted((alert for key in see.keys for alert in see.past(key, start, end, look)), key=in_order)
    )


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


async def test_looking_again_and_again_sees_what_a_first_look_sees() -> None:
    one = company(ManualClock(TUESDAY))
    await start_fault(one, "provider-outage", TUESDAY)
    steady = Monitors(one.telemetry, one.effects)
    for look in range(0, 1800, 15):
        fresh = company(ManualClock(TUESDAY))
        await start_fault(fresh, "provider-outage", TUESDAY)
        if look % 300 == 0:
            assert steady.firing(TUESDAY + look) == Monitors(fresh.telemetry, fresh.effects).firing(
                TUESDAY + look
            )
        else:
            steady.firing(TUESDAY + look)


async def test_a_restart_that_helps_for_a_minute_does_not_end_an_alert() -> None:
    one = company(ManualClock(TUESDAY))
    await start_fault(one, "bad-release", TUESDAY)
    restart = {"service": "rag-api", "environment": "production", "effective_at": TUESDAY + 600}
    await one.append("restart", TUESDAY + 590, restart)
    seen = {alert.id for look in range(300, 900, 15) for alert in fires(one, "rag-api", TUESDAY + look)}
    assert len(seen) == 3
    assert all(len(fires(one, "rag-api", TUESDAY + look)) == 3 for look in range(300, 900, 15))


async def test_an_alert_that_fired_is_told_afterwards_with_its_end() -> None:
    one = company(ManualClock(TUESDAY))
    await start_fault(one, "bad-release", TUESDAY)
    during = Monitors(one.telemetry, one.effects).firing(TUESDAY + 1800)
    open_then = past(one, TUESDAY, TUESDAY + 1800, TUESDAY + 1800)
    assert open_then == during and all(alert.ended_at is None for alert in during)
    await stop_fault(one, "bad-release", TUESDAY + 1800)
    see = Monitors(one.telemetry, one.effects)
    over = past(one, TUESDAY, TUESDAY + 7200, TUESDAY + 7200)
    assert {alert.id for alert in over} == {alert.id for alert in during}
    for alert in over:
        assert alert.ended_at is not None
        assert TUESDAY + 1800 < alert.ended_at <= TUESDAY + 1815 + RAMP + (CALM + 1) * EVERY
        assert alert.id in {found.id for found in see.firing(alert.ended_at - EVERY)}
        assert alert.id not in {found.id for found in see.firing(alert.ended_at)}
    assert past(one, TUESDAY + 3600, TUESDAY + 7200, TUESDAY + 7200) == ()


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
        assert Monitors(one.telemetry, one.effects).firing(TUESDAY) == ()
