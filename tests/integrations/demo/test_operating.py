"""Scaling, limits, flushes, rebuilds, warm-ups: their bounds, their cost, what the telemetry makes of them."""

from __future__ import annotations

import numpy as np
import pytest

from integrations.demo.operating import operating_actions
from integrations.demo.prices import replica
from integrations.errors import Refused
from tests.integrations.demo.shop import Shop, shop
from tests.support.fleet import TUESDAY

RAG = ("rag-api", "production")


@pytest.fixture
def bench() -> Shop:
    return shop(operating_actions)


async def test_more_replicas_cost_more_a_month_and_ease_the_service(bench: Shop) -> None:
    one = bench.company.catalogue.services["rag-api"]
    change = await bench.plan("services.scale", service="rag-api", replicas=6)
    assert change.cost_per_month == 3 * replica(1, "rag-api", one)
    assert change.summary == "rag-api in production: 3 → 6 replicas"
    times = TUESDAY + 60 + np.arange(0.0, 600.0, 15.0)
    usual = {
        metric: bench.company.telemetry.values(RAG, metric, "mean", times).mean()
        for metric in ("saturation", "cost", "throughput")
    }
    await bench.run("services.scale", service="rag-api", replicas=6)
    now = {metric: bench.company.telemetry.values(RAG, metric, "mean", times).mean() for metric in usual}
    assert now["saturation"] < usual["saturation"] - 0.1
    assert now["cost"] - usual["cost"] == pytest.approx(change.cost_per_month / 730, rel=0.1)
    assert now["throughput"] == pytest.approx(usual["throughput"])


async def test_replicas_beyond_the_bounds_are_refused_with_the_bounds(bench: Shop) -> None:
    for wish in (0, 10):
        with pytest.raises(Refused, match=rf"may have 1 to 9 replicas; {wish} is outside. It has 3"):
            await bench.plan("services.scale", service="rag-api", replicas=wish)
    assert bench.events.log == []


async def test_limits_are_told_set_within_bounds_and_kept(bench: Shop) -> None:
    now = await bench.run("limits.status", service="vllm-pool")
    assert now.limits["max_context_tokens"] == 8192 and now.units["daily_usd"] == "USD a day"
    await bench.run("limits.set", service="vllm-pool", name="max_context_tokens", value=4096)
    after = await bench.run("limits.status", service="vllm-pool")
    assert after.limits == {**now.limits, "max_context_tokens": 4096}
    with pytest.raises(Refused, match="daily_usd is 1 to 100000 USD a day; 0 is outside"):
        await bench.plan("limits.set", service="vllm-pool", name="daily_usd", value=0)
    with pytest.raises(Refused, match=r"billing has no limit 'max_tokens'. It has: concurrency"):
        await bench.plan("limits.set", service="billing", name="max_tokens", value=10)


async def test_what_a_service_has_nothing_of_is_refused(bench: Shop) -> None:
    with pytest.raises(Refused, match="billing answers with no model and has no GPU"):
        await bench.plan("warmup.run", service="billing")
    with pytest.raises(Refused, match=r"billing keeps no index of its own. These do: vector-db"):
        await bench.run("index.rebuild", service="billing")
    assert bench.events.log == []


async def test_a_pool_that_was_restarted_is_cold_until_it_is_warmed_up(bench: Shop) -> None:
    pool = {"service": "vllm-pool", "environment": "production"}

    def first_token(at: float) -> float:
        times = at + np.arange(0.0, 60.0, 15.0)
        return float(bench.company.telemetry.values(("vllm-pool", "production"), "ttft", "p95", times).mean())

    usual = first_token(TUESDAY - 120)
    await bench.company.append("restart", TUESDAY, {**pool, "effective_at": TUESDAY + 20})
    assert first_token(TUESDAY + 120) > 1.4 * usual
    bench.clock.advance(120)
    await bench.run("warmup.run", service="vllm-pool")
    assert first_token(TUESDAY + 240) < 1.15 * usual
