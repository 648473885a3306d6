"""Faults: each with one remedy that heals within minutes, and others that do not."""

from __future__ import annotations

from typing import Any

import pytest

from config.errors import BadRequest, Conflict
from integrations.demo.actions import demo_actions
from integrations.demo.company import Company
from integrations.demo.faults import faults, start_fault, stop_fault
from integrations.demo.provider import DemoProvider
from integrations.errors import Absent
from tests.support.clock import ManualClock
from tests.support.fleet import TUESDAY, company, context, given

ALERTS = [
    ("bad-release", "HighErrorRate", "rag-api"),
    ("provider-outage", "SlowFirstToken", "llm-gateway"),
    ("gpu-oom", "MemoryFull", "vllm-pool"),
    ("traffic-surge", "Saturated", "embeddings"),
    ("vector-db-saturated", "Saturated", "vector-db"),
    ("cost-spike", "HighCost", "summarizer"),
    ("prompt-regression", "LowEvalScore", "rag-api"),
    ("expired-certificate", "HighErrorRate", "payments-api"),
    ("noisy-neighbour", "HighLatency", "embeddings"),
    ("slow-dependency", "HighLatency", "billing"),
]


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
    assert [name for name, _ in faults()] == [
        "bad-release",
        "provider-outage",
        "gpu-oom",
        "traffic-surge",
        "vector-db-saturated",
        "cost-spike",
        "prompt-regression",
        "expired-certificate",
        "noisy-neighbour",
        "slow-dependency",
    ]
    assert all(words and "\n" not in words for _, words in faults())


@pytest.mark.parametrize(("name", "alert", "service"), ALERTS)
async def test_every_fault_raises_its_alert_and_is_over_when_it_is_stopped(
    clock: ManualClock, name: str, alert: str, service: str
) -> None:
    one = company(clock)
    see = DemoProvider(one)
    await start_fault(one, name, clock.now())
    clock.advance(480)
    assert (await one.world()).running_faults(clock.now()) == {name}
    fired = {(found.name, found.service) for found in await see.firing()}
    assert (alert, service) in fired
    lines = await see.search(service, "production", clock.now() - 300, clock.now())
    assert sum(line.level != "info" for line in lines) >= 5
    await stop_fault(one, name, clock.now())
    assert (await one.world()).running_faults(clock.now()) == set()
    clock.advance(300)
    assert await see.firing() == ()


@pytest.mark.parametrize("name", [name for name, _ in faults()])
async def test_any_fault_can_be_on_beside_any_other(clock: ManualClock, name: str) -> None:
    one = company(clock)
    for other, _ in faults():
        if other != name:
            await start_fault(one, other, clock.now())
    await start_fault(one, name, clock.now())
    assert len((await one.world()).running_faults(clock.now())) == len(faults())
    await stop_fault(one, name, clock.now())
    assert len((await one.world()).running_faults(clock.now())) == len(faults()) - 1


async def test_changes_that_broke_something_are_among_the_changes(clock: ManualClock) -> None:
    one = company(clock, seed=3)
    await start_fault(one, "prompt-regression", clock.now())
    clock.advance(600)
    (change,) = [
        one for one in (await one.world()).changes(TUESDAY, clock.now(), "production") if one.kind == "prompt"
    ]
    assert change.service == "rag-api" and change.before.startswith("support-triage@v")
    assert change.by != "release-bot"


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
    with pytest.raises(
        BadRequest, match=r"no fault 'fire'. There are: bad-release, provider-outage, gpu-oom"
    ):
        await start_fault(one, "fire", clock.now())
    with pytest.raises(Absent, match="no service 'nope'"):
        await start_fault(one, "bad-release", clock.now(), "nope")
    with pytest.raises(
        BadRequest, match=r"billing calls no model provider. These do: llm-gateway, summarizer"
    ):
        await start_fault(one, "provider-outage", clock.now(), "billing")
    with pytest.raises(BadRequest, match=r"billing has no GPU. These do: embeddings, vllm-pool"):
        await start_fault(one, "gpu-oom", clock.now(), "billing")
    with pytest.raises(BadRequest, match=r"rag-api has no index of vectors. These do: vector-db"):
        await start_fault(one, "vector-db-saturated", clock.now(), "rag-api")
    with pytest.raises(Conflict, match=r"is not on. Start it with"):
        await stop_fault(one, "provider-outage", clock.now())
