"""Gathering through the ports: in parallel, within a deadline, and honest about what did not come."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from config.errors import BadRequest
from insight.diagnosis import diagnose
from insight.facts import ErrorCount, MetricSeries, ProviderStatus, Stat
from integrations.demo.faults import start_fault
from integrations.errors import Unavailable
from integrations.evidence import STEP, gather_evidence
from integrations.ports import Metrics, Sources
from tests.support.clock import ManualClock
from tests.support.fleet import TUESDAY, company, sources


class Broken:
    """Providers that cannot be reached."""

    async def status(self) -> tuple[ProviderStatus, ...]:
        raise Unavailable("the status pages do not answer")


class Silent:
    """Metrics of which one never answers."""

    def __init__(self, behind: Metrics, metric: str) -> None:
        self._behind, self._metric = behind, metric

    async def series(
        self, service: str, environment: str, metric: str, stat: Stat, start: float, end: float, step: float
    ) -> MetricSeries:
        if metric == self._metric:
            await asyncio.Event().wait()
        return await self._behind.series(service, environment, metric, stat, start, end, step)

    async def errors(
        self, service: str, environment: str, start: float, end: float
    ) -> tuple[ErrorCount, ...]:
        return await self._behind.errors(service, environment, start, end)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(TUESDAY)


async def test_a_service_comes_with_everything_that_it_calls_and_a_baseline(clock: ManualClock) -> None:
    one = company(clock)
    found = await gather_evidence(sources(one), one.catalogue, "rag-api", "production", clock.now())
    assert found.focus == ("rag-api",) and found.service == "rag-api"
    seen = {series.service for series in found.series}
    assert seen == {"rag-api", *one.catalogue.dependencies("rag-api")} == set(found.dependencies)
    assert {(s.service, s.metric) for s in found.series} == {(s.service, s.metric) for s in found.baseline}
    assert {s.metric for s in found.series if s.service == "vector-db"} == {"error_rate", "latency"}
    assert found.missing == ()
    assert len(found.providers) == 3 and found.logs


async def test_instants_are_rounded_to_the_step_so_that_many_share_one_picture(clock: ManualClock) -> None:
    one = company(clock)
    ports = sources(one)
    first = await gather_evidence(ports, one.catalogue, "billing", "production", clock.now())
    clock.advance(STEP / 3)
    second = await gather_evidence(ports, one.catalogue, "billing", "production", clock.now())
    assert first.series == second.series


async def test_without_a_service_those_that_alert_are_looked_at_else_those_that_users_see(
    clock: ManualClock,
) -> None:
    one = company(clock)
    calm = await gather_evidence(sources(one), one.catalogue, None, "production", clock.now())
    assert calm.focus == one.catalogue.user_facing
    await start_fault(one, "bad-release", clock.now(), "billing")
    clock.advance(600)
    sick = await gather_evidence(sources(one), one.catalogue, None, "production", clock.now())
    assert sick.focus[0] == "billing"
    assert {alert.service for alert in sick.alerts} <= set(sick.dependencies)
    staging = await gather_evidence(sources(one), one.catalogue, None, "staging", clock.now())
    assert staging.focus == one.catalogue.user_facing


async def test_what_fails_or_is_late_is_missing_and_the_rest_is_there(clock: ManualClock) -> None:
    one = company(clock)
    ports = sources(one)
    assert ports.metrics is not None
    ports = replace(ports, metrics=Silent(ports.metrics, "latency"), providers=Broken(), logs=None)
    found = await gather_evidence(ports, one.catalogue, "checkout", "production", clock.now(), deadline=0.05)
    why = {one.what: one.why for one in found.missing}
    assert why["logs"] == "no logs back end is configured"
    assert why["the status of the model providers"] == "the status pages do not answer"
    assert why["latency of checkout"] == "no answer within 0.05 s"
    assert {series.metric for series in found.series if series.service == "checkout"} == {
        "error_rate",
        "throughput",
        "saturation",
        "cost",
    }


async def test_with_nothing_configured_everything_is_missing_and_the_verdict_is_unknown(
    clock: ManualClock,
) -> None:
    one = company(clock)
    found = await gather_evidence(Sources(), one.catalogue, "checkout", "production", clock.now())
    assert {gap.what for gap in found.missing} == {"metrics", "logs", "deployments", "alerts", "providers"}
    assert diagnose(found, clock.now()).verdict == "unknown"


async def test_a_service_or_environment_that_is_not_there_is_told(clock: ManualClock) -> None:
    one = company(clock)
    with pytest.raises(BadRequest, match=r"no service 'nope'. There are: payments-api"):
        await gather_evidence(sources(one), one.catalogue, "nope", "production", clock.now())
    with pytest.raises(BadRequest, match=r"no environment 'moon'. There are: production"):
        await gather_evidence(sources(one), one.catalogue, "billing", "moon", clock.now())


@pytest.mark.parametrize("asked", ["rag-api", "chat-frontend", None])
async def test_a_bad_release_is_found_whoever_complains(clock: ManualClock, asked: str | None) -> None:
    one = company(clock)
    await start_fault(one, "bad-release", clock.now())
    clock.advance(420)
    told = diagnose(
        await gather_evidence(sources(one), one.catalogue, asked, "production", clock.now()), clock.now()
    )
    assert (told.verdict, told.causes[0].kind, told.causes[0].service) == ("cause", "release", "rag-api")
