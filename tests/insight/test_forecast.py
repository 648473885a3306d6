from __future__ import annotations

import math
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from insight.facts import MetricSeries, Point
from insight.forecast import DAY, LEAST, daily_peaks, forecast, reached, replicas_for

WEEKLY = (0.0, 12.0, 14.0, 13.0, 10.0, -20.0, -29.0)


def days(count: int, slope: float, level: float = 300.0, noise: float = 0.0, seed: int = 3) -> list[float]:
    draw = Random(seed)
    return [level + slope * day + WEEKLY[day % 7] + draw.gauss(0, noise) for day in range(count)]


def test_a_straight_trend_with_a_week_is_found_exactly() -> None:
    seen = forecast(days(42, slope=2.5))
    assert seen is not None
    assert seen.slope == pytest.approx(2.5)
    assert seen.grows is True
    assert seen.on(10).middle == pytest.approx(300.0 + 2.5 * 51 + WEEKLY[51 % 7])


def test_too_little_history_foretells_nothing() -> None:
    assert forecast(days(LEAST - 1, slope=1.0)) is None
    assert forecast(days(LEAST, slope=1.0)) is not None


def test_a_tenth_of_wild_days_does_not_bend_the_trend() -> None:
    daily = days(56, slope=1.0)
    for day in (3, 17, 26, 33, 48):
        daily[day] *= 6
    seen = forecast(daily)
    assert seen is not None
    assert seen.slope == pytest.approx(1.0, abs=0.15)


def test_noise_without_a_trend_is_not_called_growth() -> None:
    said = [forecast(days(56, slope=0.0, noise=8.0, seed=seed)) for seed in range(40)]
    sure = sum(1 for one in said if one is not None and one.grows is not None)
    print(f"{sure} of 40 called a trend")
    assert sure <= 14


def test_the_interval_holds_the_days_that_come_about_as_often_as_it_says() -> None:
    inside = total = 0
    for seed in range(60):
        daily = days(70, slope=0.8, noise=6.0, seed=seed)
        seen = forecast(daily[:56])
        assert seen is not None
        for ahead in range(1, 15):
            expected = seen.on(ahead)
            total += 1
            inside += expected.low <= daily[55 + ahead] <= expected.high
    print(f"{inside / total:.2f} inside")
    assert 0.7 <= inside / total <= 0.95


@settings(max_examples=60, deadline=None)
@given(
    some.lists(some.floats(1.0, 1000.0), min_size=LEAST, max_size=60),
    some.floats(0.1, 50.0),
    some.integers(1, 60),
)
def test_figures_in_another_unit_are_foretold_in_that_unit(
    daily: list[float], factor: float, ahead: int
) -> None:
    one, other = forecast(daily), forecast([factor * value for value in daily])
    assert one is not None
    assert other is not None
    for mine, theirs in zip((one.on(ahead),), (other.on(ahead),), strict=True):
        assert theirs.middle == pytest.approx(factor * mine.middle, rel=1e-6, abs=1e-6)
        assert theirs.low == pytest.approx(factor * mine.low, rel=1e-6, abs=1e-6)


@settings(max_examples=60, deadline=None)
@given(some.lists(some.floats(0.0, 1000.0), min_size=LEAST, max_size=60), some.integers(1, 60))
def test_low_middle_and_high_are_in_order_and_never_below_nothing(daily: list[float], ahead: int) -> None:
    seen = forecast(daily)
    assert seen is not None
    expected = seen.on(ahead)
    assert 0.0 <= expected.low <= expected.high
    assert seen.slope_low <= seen.slope <= seen.slope_high


def test_a_limit_is_met_when_the_line_meets_it() -> None:
    daily = [100.0 + day for day in range(42)]
    seen = forecast(daily)
    assert seen is not None
    met = reached(seen, 161.0, 365)
    assert met.likely == 20
    assert met.early == met.late == 20


def test_a_limit_that_is_far_is_not_met_and_a_higher_one_never_sooner() -> None:
    seen = forecast(days(56, slope=1.0, noise=5.0))
    assert seen is not None
    assert reached(seen, 1e9, 365).likely is None
    dates = [reached(seen, limit, 365).likely or math.inf for limit in range(350, 500, 10)]
    assert dates == sorted(dates)


def test_early_comes_before_likely_and_likely_before_late() -> None:
    seen = forecast(days(56, slope=1.5, noise=10.0))
    assert seen is not None
    met = reached(seen, 500.0, 365)
    assert met.early is not None
    assert met.likely is not None
    assert met.early <= met.likely
    assert met.late is None or met.likely <= met.late


def test_peaks_are_of_each_day_back_from_the_end() -> None:
    points = tuple(Point(hour * 3600.0, float(hour)) for hour in range(60) if not 24 <= hour < 36)
    series = MetricSeries("rag-api", "production", "throughput", "mean", "req/s", 3600.0, points, "q")
    assert daily_peaks(series, 60 * 3600.0) == [11.0, 23.0, 59.0]


def test_a_day_without_points_takes_the_one_before() -> None:
    points = (Point(0.0, 5.0), Point(2.5 * DAY, 7.0))
    series = MetricSeries("rag-api", "production", "throughput", "mean", "req/s", 3600.0, points, "q")
    assert daily_peaks(series, 3 * DAY) == [5.0, 5.0, 7.0]
    assert daily_peaks(MetricSeries("a", "b", "c", "mean", "", 1.0, (), ""), 1.0) == []


@settings(max_examples=100, deadline=None)
@given(some.floats(0.0, 1e5), some.floats(0.1, 1e4), some.floats(0.05, 1.0))
def test_so_many_replicas_are_enough_and_one_fewer_is_not(demand: float, each: float, full: float) -> None:
    count = replicas_for(demand, each, full)
    assert count * each * full >= demand * (1 - 1e-6)
    assert count == 1 or (count - 1) * each * full < demand * (1 + 1e-6)


def test_a_replica_that_serves_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="more than nothing"):
        replicas_for(1.0, 0.0, 0.8)
