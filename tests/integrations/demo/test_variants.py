"""Models with their parameters, and canaries, over time."""

from __future__ import annotations

import numpy as np
import pytest

from integrations.demo import prices
from integrations.demo.events import Event
from integrations.demo.variants import PARAMS, Canaries, Variants, told, written
from tests.support.fleet import catalogue

KEY = ("llm-gateway", "production")
WHERE = {"service": KEY[0], "environment": KEY[1]}


def deploy(variants: Variants, seq: int, at: float, model: str, effective_at: float) -> None:
    params = {name: one.usual for name, one in PARAMS.items()}
    data = {**WHERE, "model": model, "params": params, "version": None, "effective_at": effective_at}
    variants.apply(Event(seq, "model.deployed", at, data))


def test_all_models_share_the_tokens_until_one_is_deployed() -> None:
    variants = Variants(catalogue(), 1)
    usual = prices.shares(1, KEY[0], catalogue().services[KEY[0]])
    assert written(variants.wanted(KEY)) == max(usual, key=lambda model: usual[model])
    deploy(variants, 1, 0.0, "gpt-4-turbo", 30.0)
    deploy(variants, 2, 5.0, "mistral-large", 20.0)
    shares = variants.shares(KEY, np.array([0.0, 30.0, 31.0]))
    assert {model: share[0] for model, share in shares.items() if share[0]} == pytest.approx(usual)
    assert [shares["gpt-4-turbo"][place] for place in (1, 2)] == [1.0, 0.0]
    assert shares["mistral-large"].tolist() == [0.0, 0.0, 1.0]
    assert variants.per_token(KEY, np.array([31.0]))[0] == pytest.approx(prices.price("mistral-large") / 1e6)
    assert [(start, end) for start, end, _ in variants.spans(KEY)] == [(30.0, 31.0), (31.0, None)]


def test_a_canary_ends_when_it_gets_nothing_more() -> None:
    canaries = Canaries()
    assert canaries.wanted(KEY) == (None, 0.0)
    for seq, (at, percent) in enumerate(((0.0, 10), (100.0, 50), (200.0, 0)), start=1):
        canaries.apply(Event(seq, "canary", at, {**WHERE, "version": "2.1", "percent": percent}))
    assert canaries.wanted(KEY) == (None, 0.0)
    assert list(canaries.spans(KEY)) == [(0.0, 100.0, "2.1", 10.0), (100.0, 200.0, "2.1", 50.0)]
    assert (told("2.1", 10.0), told("2.1", 0.0), told(None, 0.0)) == ("2.1 at 10 %", "none", "none")
