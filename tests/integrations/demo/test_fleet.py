"""Replicas over time."""

from __future__ import annotations

import numpy as np

from integrations.demo import prices
from integrations.demo.events import Event
from integrations.demo.fleet import Fleet
from tests.support.fleet import TUESDAY

KEY = ("rag-api", "production")
USUAL = prices.replicas(*KEY)


def scale(fleet: Fleet, seq: int, at: float, replicas: int, effective_at: float | None = None) -> str:
    data = {"service": KEY[0], "environment": KEY[1], "replicas": replicas}
    (note,) = fleet.apply(
        Event(seq, "scale", at, data if effective_at is None else {**data, "effective_at": effective_at})
    )
    return note.summary


def test_replicas_change_when_the_roll_out_is_over_and_what_is_wanted_at_once() -> None:
    fleet = Fleet()
    assert scale(fleet, 1, TUESDAY, USUAL + 3, TUESDAY + 30) == (
        f"rag-api from {USUAL} to {USUAL + 3} replicas"
    )
    assert fleet.wanted(KEY) == USUAL + 3
    assert [fleet.replicas(KEY, TUESDAY + at) for at in (0, 29, 30)] == [USUAL, USUAL, USUAL + 3]
    times = TUESDAY + np.array([0.0, 30.0])
    assert fleet.share(KEY, times).tolist() == [1.0, (USUAL + 3) / USUAL]
    assert fleet.replicas(("rag-api", "staging"), TUESDAY + 99) == prices.replicas("rag-api", "staging")


def test_a_second_wish_is_rolled_out_after_the_first() -> None:
    fleet = Fleet()
    scale(fleet, 1, TUESDAY, 9, TUESDAY + 30)
    scale(fleet, 2, TUESDAY + 5, 4, TUESDAY + 20)
    assert [fleet.replicas(KEY, TUESDAY + at) for at in (25, 30, 31)] == [USUAL, 9, 4]
    assert fleet.wanted(KEY) == 4


def test_the_bounds_hold_what_is_usual() -> None:
    for environment in ("production", "staging", "dev"):
        least, most = Fleet().bounds(("rag-api", environment))
        assert 1 <= least <= prices.replicas("rag-api", environment) <= most
