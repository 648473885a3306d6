"""Clocks: the wall's and one that runs faster."""

from __future__ import annotations

import time

import pytest

from config.clock import ScaledClock, SystemClock


async def test_the_system_clock_tells_and_waits_wall_time() -> None:
    clock = SystemClock()
    before = time.time()
    await clock.sleep(0.01)
    assert before + 0.009 <= clock.now() <= time.time()


async def test_a_scaled_clock_starts_where_it_is_told_and_sleeps_its_own_seconds() -> None:
    clock = ScaledClock(1000.0, start=5_000.0)
    assert 5_000.0 <= clock.now() < 6_000.0
    began, wall = clock.now(), time.monotonic()
    await clock.sleep(20.0)
    assert clock.now() - began >= 20.0
    assert time.monotonic() - wall < 5.0


async def test_a_sleep_of_less_than_nothing_returns_at_once() -> None:
    await ScaledClock(0.001).sleep(-5.0)


def test_a_clock_without_a_start_begins_now() -> None:
    assert abs(ScaledClock(1.0).now() - time.time()) < 5.0


def test_a_factor_that_is_not_above_zero_is_refused_with_its_value() -> None:
    with pytest.raises(ValueError, match=r"factor is 0; it must be above zero"):
        ScaledClock(0)
