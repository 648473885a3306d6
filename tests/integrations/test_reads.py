"""Read actions over the ports of the demo company."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from integrations.actions import Action
from integrations.demo.faults import start_fault
from integrations.errors import Absent, Unavailable
from integrations.hosting_reads import hosting_reads
from integrations.ports import Sources
from integrations.reads import read_actions
from tests.support.clock import ManualClock
from tests.support.fleet import TUESDAY, company, context, given, sources


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(TUESDAY)


def named(ports: Sources) -> dict[str, Action]:
    return {action.name: action for action in read_actions(ports)}


async def test_a_port_that_is_not_set_up_brings_no_action(clock: ManualClock) -> None:
    assert named(Sources()) == {}
    assert list(named(Sources(metrics=sources(company(clock)).metrics))) == ["metrics.query"]
    every = named(sources(company(clock)))
    hosting = {one.name for one in hosting_reads(sources(company(clock)))}
    assert set(every) == {"metrics.query", "alerts.firing", "deployments.status"} | hosting
    assert {action.effect for action in every.values()} == {"read"}


async def test_a_metric_is_the_mean_of_its_window_in_the_environment_of_the_run(clock: ManualClock) -> None:
    query = named(sources(company(clock)))["metrics.query"]
    value: Any = await query.run(context(clock), given(query, service="rag-api", metric="error_rate"))
    assert (value.environment, value.stat, value.unit, value.points) == ("production", "mean", "ratio", 24)
    assert 0.001 < value.value < 0.01
    staging: Any = await query.run(
        context(clock, environment="staging"), given(query, service="rag-api", metric="latency", window=600)
    )
    assert (staging.environment, staging.stat, staging.points) == ("staging", "p95", 60)
    assert "600s" in staging.query


async def test_a_window_without_points_is_said_with_the_query(clock: ManualClock) -> None:
    query = named(sources(company(clock)))["metrics.query"]
    ahead = context(ManualClock(TUESDAY + 3600))
    with pytest.raises(Unavailable, match=r"error_rate of rag-api .* no points in the last 120 s"):
        await query.run(ahead, given(query, service="rag-api", metric="error_rate"))


async def test_a_metric_or_service_that_is_not_there_is_told_with_those_that_are(clock: ManualClock) -> None:
    query = named(sources(company(clock)))["metrics.query"]
    with pytest.raises(Absent, match=r"checkout has no metric 'gpu'. It has: throughput"):
        await query.run(context(clock), given(query, service="checkout", metric="gpu"))
    with pytest.raises(Absent, match="no service 'nope'"):
        await query.run(context(clock), given(query, service="nope", metric="cpu"))
    with pytest.raises(ValidationError, match="window"):
        given(query, service="rag-api", metric="cpu", window=1)


async def test_firing_alerts_can_be_narrowed_to_a_service_and_an_environment(clock: ManualClock) -> None:
    one = company(clock)
    firing = named(sources(one))["alerts.firing"]
    nothing: Any = await firing.run(context(clock), given(firing))
    assert nothing.count == 0
    await start_fault(one, "bad-release", clock.now())
    clock.advance(600)
    everything: Any = await firing.run(context(clock), given(firing))
    own: Any = await firing.run(context(clock), given(firing, service="rag-api", environment="production"))
    assert everything.count > own.count >= 2
    assert {alert.service for alert in own.alerts} == {"rag-api"}


async def test_what_runs_comes_with_the_release_before(clock: ManualClock) -> None:
    status = named(sources(company(clock)))["deployments.status"]
    now: Any = await status.run(context(clock), given(status, service="rag-api"))
    assert now.current != now.previous and now.previous is not None
    assert now.healthy and now.replicas >= 2
