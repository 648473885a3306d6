"""Faults: each with one remedy that heals within minutes, and others that do not."""

from __future__ import annotations

from typing import Any

import pytest

from config.errors import BadRequest, Conflict
from integrations.demo.actions import demo_actions
from integrations.demo.company import Company
from integrations.demo.faults import FAULTS, faults, start_fault, stop_fault
from integrations.demo.provider import DemoProvider
from integrations.errors import Absent
from tests.support.clock import ManualClock
from tests.support.fleet import TUESDAY, company, context, given


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(TUESDAY)


async def do(one: Company, clock: ManualClock, name: str, **inputs: Any) -> Any:
    action = next(action for action in demo_actions(one) if action.name == name)
    return await action.run(context(clock, key=f"{name}:{clock.now()}"), given(action, **inputs))


async def errors(one: Company, clock: ManualClock, service: str) -> float:
    """The error rate of the last half minute."""
    see = DemoProvider(one)
    series = await see.series(service, "production", "error_rate", "mean", clock.now() - 30, clock.now(), 5.0)
    return sum(point.value for point in series.points) / len(series.points)


def test_faults_are_listed_with_a_line_each() -> None:
    assert [name for name, _ in faults()] == ["bad-release", "provider-outage"]
    assert all(words and "\n" not in words for _, words in faults())
    assert len(FAULTS) == 2


async def test_a_bad_release_is_healed_by_a_rollback_alone(clock: ManualClock) -> None:
    one = company(clock)
    await start_fault(one, "bad-release", clock.now())
    clock.advance(300)
    assert await errors(one, clock, "rag-api") > 0.08
    await do(one, clock, "services.restart", service="rag-api")
    clock.advance(180)
    assert await errors(one, clock, "rag-api") > 0.08
    await do(one, clock, "routing.failover", service="llm-gateway", to="anthropic")
    clock.advance(180)
    assert await errors(one, clock, "rag-api") > 0.08
    release = await DemoProvider(one).release("rag-api", "production")
    await do(one, clock, "deployments.rollback", service="rag-api", to=release.previous)
    clock.advance(150)
    assert await errors(one, clock, "rag-api") < 0.01
    assert (await DemoProvider(one).release("rag-api", "production")).healthy


async def test_an_outage_is_healed_by_a_failover_alone(clock: ManualClock) -> None:
    one = company(clock)
    await start_fault(one, "provider-outage", clock.now())
    clock.advance(300)
    assert await errors(one, clock, "llm-gateway") > 0.2
    await do(one, clock, "services.restart", service="llm-gateway")
    release = await DemoProvider(one).release("llm-gateway", "production")
    await do(one, clock, "deployments.rollback", service="llm-gateway", to=release.previous)
    clock.advance(180)
    assert await errors(one, clock, "llm-gateway") > 0.2
    await do(one, clock, "routing.failover", service="llm-gateway", to="azure-openai")
    clock.advance(150)
    assert await errors(one, clock, "llm-gateway") < 0.01
    assert await errors(one, clock, "rag-api") < 0.01


async def test_releasing_the_bad_version_again_brings_the_trouble_back(clock: ManualClock) -> None:
    one = company(clock)
    await start_fault(one, "bad-release", clock.now())
    clock.advance(60)
    release = await DemoProvider(one).release("rag-api", "production")
    await do(one, clock, "deployments.rollback", service="rag-api", to=release.previous)
    clock.advance(200)
    await do(one, clock, "deployments.release", service="rag-api", version=release.current)
    clock.advance(200)
    assert await errors(one, clock, "rag-api") > 0.08


async def test_stopping_a_fault_mends_it(clock: ManualClock) -> None:
    one = company(clock)
    await start_fault(one, "bad-release", clock.now(), "checkout")
    await start_fault(one, "provider-outage", clock.now(), "summarizer")
    clock.advance(300)
    assert await errors(one, clock, "checkout") > 0.08 and await errors(one, clock, "summarizer") > 0.2
    await stop_fault(one, "bad-release", clock.now())
    await stop_fault(one, "provider-outage", clock.now())
    clock.advance(150)
    assert await errors(one, clock, "checkout") < 0.01 and await errors(one, clock, "summarizer") < 0.01


async def test_a_fault_is_started_once_and_can_be_started_again_once_it_is_healed(clock: ManualClock) -> None:
    one = company(clock)
    await start_fault(one, "bad-release", clock.now())
    with pytest.raises(Conflict, match=r"is on already. End it with: demo fault stop bad-release"):
        await start_fault(one, "bad-release", clock.now())
    await stop_fault(one, "bad-release", clock.now())
    clock.advance(60)
    await start_fault(one, "bad-release", clock.now())
    clock.advance(300)
    assert await errors(one, clock, "rag-api") > 0.08


async def test_what_cannot_be_broken_or_mended_is_told(clock: ManualClock) -> None:
    one = company(clock)
    with pytest.raises(BadRequest, match=r"no fault 'fire'. There are: bad-release, provider-outage"):
        await start_fault(one, "fire", clock.now())
    with pytest.raises(Absent, match="no service 'nope'"):
        await start_fault(one, "bad-release", clock.now(), "nope")
    with pytest.raises(
        BadRequest, match=r"billing calls no model provider. These do: llm-gateway, summarizer"
    ):
        await start_fault(one, "provider-outage", clock.now(), "billing")
    with pytest.raises(Conflict, match=r"is not on. Start it with"):
        await stop_fault(one, "provider-outage", clock.now())
