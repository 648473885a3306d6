"""What the demo company pays."""

from __future__ import annotations

import pytest

from config.catalogue import Service
from integrations.demo import prices

HOSTED = Service(owner="a", provider="openai", models=("gpt-4", "gpt-4o"))
OWN = Service(owner="a", models=("llama-3-8b",), gpu=True)


def test_the_shares_of_the_models_add_up_and_the_cheaper_one_does_more() -> None:
    for seed in range(20):
        shares = prices.shares(seed, "gateway", HOSTED)
        assert sum(shares.values()) == pytest.approx(1.0)
    mean = sum(prices.shares(seed, "gateway", HOSTED)["gpt-4o"] for seed in range(50)) / 50
    assert mean > 0.6
    assert prices.shares(1, "plain", Service(owner="a")) == {}


def test_tokens_cost_between_the_prices_of_the_models_and_nothing_on_own_gpus() -> None:
    assert 4e-6 < prices.per_token(1, "gateway", HOSTED) < 30e-6
    assert prices.per_token(1, "pool", OWN) == 0.0
    assert prices.price("a-model-nobody-listed") > 0


def test_a_replica_with_an_accelerator_costs_more() -> None:
    assert prices.accelerator(1, "pool", OWN) is not None
    assert prices.accelerator(1, "gateway", HOSTED) is None
    assert prices.replica(1, "pool", OWN) > 3 * prices.replica(1, "gateway", HOSTED)
    assert 2 <= prices.replicas("pool", "production") <= 8
