"""Troubles: where they begin, how they are passed on, when they end."""

from __future__ import annotations

import numpy as np
import pytest

from integrations.demo.company import Company
from integrations.demo.effects import DAMPING, RAMP, RELIEF, reach
from integrations.demo.faults import start_fault, stop_fault
from tests.support.clock import ManualClock
from tests.support.fleet import TUESDAY, catalogue, company


@pytest.fixture
def one() -> Company:
    return company(ManualClock(TUESDAY))


def level(one: Company, service: str, at: float, environment: str = "production") -> float:
    return sum(float(effect.level(np.array([at]))[0]) for effect in one.effects.of((service, environment)))


def test_reach_counts_the_calls_to_everything_below_and_through_which_they_go() -> None:
    assert reach(catalogue(), "chat-frontend") == {
        "chat-frontend": (0, ""),
        "rag-api": (1, "rag-api"),
        "moderation": (1, "moderation"),
        "llm-gateway": (2, "rag-api"),
        "embeddings": (2, "rag-api"),
        "vector-db": (2, "rag-api"),
        "inference-router": (2, "moderation"),
        "vllm-pool": (3, "moderation"),
    }


async def test_a_trouble_rises_and_is_passed_on_at_half_strength_a_call(one: Company) -> None:
    await start_fault(one, "bad-release", TUESDAY, "llm-gateway")
    assert level(one, "llm-gateway", TUESDAY) == 0.0
    full = level(one, "llm-gateway", TUESDAY + 300)
    assert 0.8 <= full <= 1.3
    assert 0.0 < level(one, "llm-gateway", TUESDAY + 15 + RAMP / 2) < full
    assert level(one, "rag-api", TUESDAY + 300) == pytest.approx(full * DAMPING)
    assert level(one, "chat-frontend", TUESDAY + 300) == pytest.approx(full * DAMPING**2)
    assert level(one, "vllm-pool", TUESDAY + 300) == 0.0
    assert level(one, "llm-gateway", TUESDAY + 300, "staging") == 0.0


async def test_a_restart_makes_a_bad_release_look_better_for_a_minute_only(one: Company) -> None:
    await start_fault(one, "bad-release", TUESDAY)
    full = level(one, "rag-api", TUESDAY + 300)
    restart = {"service": "rag-api", "environment": "production", "effective_at": TUESDAY + 310}
    await one.append("restart", TUESDAY + 300, restart)
    assert level(one, "rag-api", TUESDAY + 315) < 0.5 * full
    assert level(one, "rag-api", TUESDAY + 311 + RELIEF) == pytest.approx(full)


async def test_an_outage_strikes_only_while_requests_go_to_that_provider(one: Company) -> None:
    await start_fault(one, "provider-outage", TUESDAY)
    assert level(one, "llm-gateway", TUESDAY + 300) > 0.8
    assert level(one, "summarizer", TUESDAY + 300) == 0.0
    away = {
        "service": "llm-gateway",
        "environment": "production",
        "provider": "anthropic",
        "effective_at": TUESDAY + 320,
    }
    await one.append("routing", TUESDAY + 300, away)
    assert level(one, "llm-gateway", TUESDAY + 320 + RAMP) == 0.0
    assert level(one, "llm-gateway", TUESDAY + 400, "staging") > 0.8
    back = {**away, "provider": "openai", "effective_at": TUESDAY + 500}
    await one.append("routing", TUESDAY + 490, back)
    assert level(one, "llm-gateway", TUESDAY + 600) > 0.8
    await stop_fault(one, "provider-outage", TUESDAY + 700)
    assert level(one, "llm-gateway", TUESDAY + 700 + RAMP) == 0.0


async def test_what_happened_before_does_not_change_by_what_happens_after(one: Company) -> None:
    await start_fault(one, "bad-release", TUESDAY)
    before = [level(one, "chat-frontend", TUESDAY + s) for s in range(0, 300, 10)]
    await stop_fault(one, "bad-release", TUESDAY + 300)
    assert [level(one, "chat-frontend", TUESDAY + s) for s in range(0, 300, 10)] == before
