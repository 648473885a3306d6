"""The demo company through the ports."""

from __future__ import annotations

import pytest

from insight.facts import MetricSeries
from integrations.demo.company import Company
from integrations.demo.faults import start_fault, stop_fault
from integrations.demo.provider import DemoProvider
from integrations.errors import Absent, Refused
from tests.support.clock import ManualClock
from tests.support.fleet import TUESDAY, company


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(TUESDAY)


@pytest.fixture
def one(clock: ManualClock) -> Company:
    return company(clock)


@pytest.fixture
def see(one: Company) -> DemoProvider:
    return DemoProvider(one)


async def test_a_series_has_its_points_unit_and_query_and_never_the_future(see: DemoProvider) -> None:
    series = await see.series("rag-api", "production", "latency", "p95", TUESDAY - 600, TUESDAY + 600, 60.0)
    assert [point.at for point in series.points] == [TUESDAY - 600 + 60 * n for n in range(10)]
    assert (series.unit, series.step) == ("ms", 60.0)
    assert series.query == 'p95(latency{service="rag-api",environment="production"})[600s:60s]'
    ahead = await see.series("rag-api", "production", "latency", "p95", TUESDAY + 1, TUESDAY + 600, 60.0)
    assert ahead.points == ()


async def test_a_sum_is_counted_in_what_it_sums(see: DemoProvider) -> None:
    rate = await see.series("rag-api", "production", "throughput", "mean", TUESDAY - 600, TUESDAY, 60.0)
    total = await see.series("rag-api", "production", "throughput", "sum", TUESDAY - 600, TUESDAY, 60.0)
    assert total.unit == "requests"
    assert total.points[0].value == pytest.approx(60 * rate.points[0].value, rel=1e-4)


async def test_too_many_points_are_refused(see: DemoProvider) -> None:
    for step in (0.01, 0.0):
        with pytest.raises(Refused, match="at most 20000 points"):
            await see.series("rag-api", "production", "latency", "p95", TUESDAY - 90_000, TUESDAY, step)


async def test_the_same_question_after_an_event_gets_the_new_answer(
    see: DemoProvider, one: Company, clock: ManualClock
) -> None:
    async def ask() -> MetricSeries:
        return await see.series("rag-api", "production", "error_rate", "mean", TUESDAY - 300, TUESDAY, 30.0)

    before = await ask()
    assert await ask() is before
    await start_fault(one, "bad-release", TUESDAY - 300)
    assert (await ask()).points[-1].value > before.points[-1].value + 0.05


async def test_failed_requests_come_by_code_most_first(
    see: DemoProvider, one: Company, clock: ManualClock
) -> None:
    await start_fault(one, "bad-release", clock.now())
    clock.advance(600)
    errors = await see.errors("rag-api", "production", TUESDAY, TUESDAY + 900)
    assert errors[0].code == "500"
    assert [one.count for one in errors] == sorted((one.count for one in errors), reverse=True)
    assert await see.errors("rag-api", "production", TUESDAY + 900, TUESDAY + 900) == ()


async def test_lines_are_searched_whatever_the_case_newest_last_and_limited(see: DemoProvider) -> None:
    lines = await see.search("rag-api", "production", TUESDAY - 3600, TUESDAY, "/V1/ANSWER", 5)
    assert len(lines) == 5
    assert all("/v1/answer" in line.text for line in lines)
    assert [line.at for line in lines] == sorted(line.at for line in lines)
    assert await see.search("rag-api", "production", TUESDAY - 3600, TUESDAY, "nowhere to be found") == ()
    kept = await see.search("rag-api", "production", 0.0, TUESDAY, "", 100_000)
    assert kept[0].at >= TUESDAY - 86_400


async def test_what_runs_is_told_with_its_health(see: DemoProvider, one: Company, clock: ManualClock) -> None:
    good = await see.release("rag-api", "production")
    assert good.healthy
    await start_fault(one, "bad-release", clock.now())
    clock.advance(300)
    bad = await see.release("rag-api", "production")
    assert not bad.healthy and bad.previous == good.current and bad.since == TUESDAY + 15
    (change,) = await see.changes(TUESDAY - 1, TUESDAY + 600, "production")
    assert (change.before, change.after) == (good.current, bad.current)


async def test_alerts_of_the_company_come_oldest_first(
    see: DemoProvider, one: Company, clock: ManualClock
) -> None:
    assert await see.firing() == ()
    await start_fault(one, "bad-release", clock.now())
    clock.advance(600)
    alerts = await see.firing()
    assert alerts[0].service == "rag-api"
    assert {alert.environment for alert in alerts} == {"production"}
    assert [a.started_at for a in alerts] == sorted(a.started_at for a in alerts)


async def test_a_status_page_goes_from_degraded_to_outage_to_resolved(
    see: DemoProvider, one: Company, clock: ManualClock
) -> None:
    assert {status.state for status in await see.status()} == {"operational"}
    await start_fault(one, "provider-outage", clock.now())
    clock.advance(20)
    assert (await see.status())[0].state == "degraded"
    clock.advance(100)
    sick = (await see.status())[0]
    assert (sick.provider, sick.state, sick.since, sick.used_by) == (
        "openai",
        "outage",
        TUESDAY,
        ("llm-gateway",),
    )
    await stop_fault(one, "provider-outage", clock.now())
    well = (await see.status())[0]
    assert (well.state, well.since) == ("operational", TUESDAY + 120)


async def test_what_is_not_there_is_told(see: DemoProvider, one: Company) -> None:
    with pytest.raises(Absent, match="no service 'nope'"):
        await see.release("nope", "production")
    with pytest.raises(Absent, match="no environment 'moon'"):
        await see.changes(0.0, TUESDAY, "moon")
    with pytest.raises(Absent, match=r"no incident 'INC-9'. There are: none yet"):
        await see.incident("INC-9")


async def test_an_incident_is_found_however_its_number_is_written(see: DemoProvider, one: Company) -> None:
    data = {"service": "rag-api", "environment": "production", "title": "slow", "severity": "sev2"}
    await one.append("incident.opened", TUESDAY, data)
    assert (await see.incident("inc-101")).title == "slow"
    assert (await one.world()).cases.find("101").id == "INC-101"
    assert [incident.id for incident in await see.open_incidents()] == ["INC-101"]
