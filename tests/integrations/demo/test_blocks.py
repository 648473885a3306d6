"""Blocks of points: the same numbers as without them, worked out less often."""

from __future__ import annotations

import numpy as np
import pytest

from integrations.demo.blocks import LENGTH, MOST, Blocks, on_grid, points
from integrations.demo.company import Company
from integrations.demo.faults import start_fault
from integrations.demo.noise import Floats
from integrations.demo.releases import Key
from tests.support.clock import ManualClock
from tests.support.fleet import TUESDAY, company

RAG = ("rag-api", "production")
LINE = (RAG, "latency", "p95", 30.0)


class Counted:
    """Measures, and counts how often it was asked."""

    def __init__(self, one: Company) -> None:
        self.calls = 0
        self._one = one

    def __call__(self, key: Key, metric: str, stat: str, times: Floats) -> Floats:
        self.calls += 1
        return self._one.telemetry.values(key, metric, stat, times)


@pytest.fixture
def one() -> Company:
    return company(ManualClock(TUESDAY))


def test_a_moving_window_has_the_numbers_of_a_direct_answer(one: Company) -> None:
    measure = Counted(one)
    blocks = Blocks(measure, one.effects.of)
    for moved in range(0, 4 * LENGTH, 7):
        start = TUESDAY + 30.0 * moved
        times = start + 30.0 * np.arange(60)
        values = one.telemetry.values(*LINE[:3], times)
        assert np.array_equal(blocks.values(LINE, start, 60), values)
        assert blocks.points(LINE, start, 60) == points(times, values)
    assert measure.calls <= 6


def test_points_are_made_once_however_the_windows_lie(one: Company) -> None:
    blocks = Blocks(one.telemetry.values, one.effects.of)
    late = blocks.points(LINE, TUESDAY + 1800.0, 5)
    early = blocks.points(LINE, TUESDAY, 5)
    whole = blocks.points(LINE, TUESDAY, 65)
    assert whole[:5] == early and whole[60:] == late
    assert all(again is point for again, point in zip(blocks.points(LINE, TUESDAY, 65), whole, strict=True))
    assert blocks.points(LINE, TUESDAY, 0) == ()
    assert len(blocks.values(LINE, TUESDAY, 0)) == 0


async def test_an_event_that_changes_a_service_makes_its_blocks_anew_and_no_others(one: Company) -> None:
    measure = Counted(one)
    blocks = Blocks(measure, one.effects.of)
    other = (("billing", "production"), "latency", "p95", 30.0)
    before = blocks.values(LINE, TUESDAY, 20)
    blocks.values(other, TUESDAY, 20)
    await start_fault(one, "bad-release", TUESDAY)
    calls = measure.calls
    blocks.values(other, TUESDAY, 20)
    assert measure.calls == calls
    after = blocks.values(LINE, TUESDAY, 20)
    assert measure.calls > calls
    assert after[-1] > 1.5 * before[-1] and after[0] == before[0]


def test_old_blocks_are_forgotten(one: Company) -> None:
    measure = Counted(one)
    blocks = Blocks(measure, one.effects.of)
    for number in range(MOST + 5):
        blocks.values(LINE, TUESDAY + 30.0 * LENGTH * number, 1)
    calls = measure.calls
    blocks.values(LINE, TUESDAY + 30.0 * LENGTH * (MOST + 4), 1)
    assert measure.calls == calls
    blocks.values(LINE, TUESDAY, 1)
    assert measure.calls == calls + 1


def test_whole_multiples_of_whole_seconds_are_on_the_grid() -> None:
    assert on_grid(TUESDAY, 30.0) and on_grid(TUESDAY + 5.0, 5.0)
    assert not on_grid(TUESDAY + 1.0, 30.0)
    assert not on_grid(TUESDAY, 12.5)
    assert not on_grid(TUESDAY, 0.0)
