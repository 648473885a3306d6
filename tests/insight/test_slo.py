from __future__ import annotations

import math
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from insight.facts import MetricSeries, Objective, Point, Stat
from insight.slo import (
    HOUR,
    PAIRS,
    Slice,
    availability,
    burn_rate,
    left_over_time,
    slower,
    standing,
    within,
)

DAY = 86_400.0
WINDOW = 30 * DAY
NOW = 100 * DAY


def objective(target: float = 0.999) -> Objective:
    return Objective("rag-api", "production", "availability", target, WINDOW)


def hours(bad: float, count: int = 720, last: int = 0, worse: float = 0.0) -> tuple[Slice, ...]:
    """Hourly slices of 1,000 requests up to NOW with the part `bad` failing, `worse` in the last hours."""
    return tuple(
        Slice(NOW - (count - n) * HOUR, HOUR, 1000.0, 1000.0 * (worse if n >= count - last else bad))
        for n in range(count)
    )


def series(metric: str, values: list[float], stat: Stat = "mean", skip: int | None = None) -> MetricSeries:
    points = tuple(Point(n * 60.0, value) for n, value in enumerate(values) if n != skip)
    return MetricSeries("rag-api", "production", metric, stat, "", 60.0, points, "q")


def test_the_pairs_of_windows_are_those_of_the_workbook() -> None:
    assert [(pair.long / HOUR, pair.short / 60, round(pair.rate(WINDOW), 2)) for pair in PAIRS] == [
        (1, 5, 14.4),
        (6, 30, 6.0),
        (72, 360, 1.0),
    ]
    assert [pair.severity for pair in PAIRS] == ["page", "page", "ticket"]


def test_half_of_the_allowed_errors_leave_half_of_the_budget() -> None:
    seen = standing(objective(), hours(0.0005), (), NOW)
    assert seen.attained == pytest.approx(0.9995)
    assert seen.left == pytest.approx(0.5)
    assert seen.burns[0].long == pytest.approx(0.5)
    assert seen.state == "met"
    assert seen.lasts == pytest.approx(WINDOW)


def test_more_errors_than_allowed_is_a_breach() -> None:
    seen = standing(objective(), hours(0.002), (), NOW)
    assert seen.state == "breached"
    assert seen.left == pytest.approx(-1.0)
    assert seen.lasts is None


def test_a_fast_burn_in_both_windows_is_a_risk_before_the_budget_is_gone() -> None:
    fine = tuple(Slice(NOW - (72 - n) * 300.0, 300.0, 83.0, 83.0 * 0.02) for n in range(72))
    seen = standing(objective(), hours(0.0, last=6, worse=0.02), fine, NOW)
    assert seen.left > 0.8
    assert [burn.alerts for burn in seen.burns[:2]] == [True, True]
    assert seen.state == "at risk"


def test_a_burn_that_is_over_no_longer_alerts() -> None:
    fine = tuple(
        Slice(NOW - (72 - n) * 300.0, 300.0, 83.0, 0.0 if n > 60 else 83.0 * 0.05) for n in range(72)
    )
    seen = standing(objective(), hours(0.0, last=6, worse=0.04), fine, NOW)
    assert seen.burns[1].long >= seen.burns[1].limit
    assert not seen.burns[1].alerts


def test_nothing_measured_is_unknown_not_met() -> None:
    assert standing(objective(), (), (), NOW).state == "unknown"
    silent = tuple(Slice(NOW - HOUR, HOUR, 0.0, 0.0) for _ in range(3))
    assert standing(objective(), silent, (), NOW).state == "unknown"


def test_another_window_is_looked_at_alone() -> None:
    seen = standing(objective(), hours(0.002, last=24, worse=0.0), (), NOW, window=DAY)
    assert (seen.attained, seen.lasts) == (1.0, None)


@settings(max_examples=80, deadline=None)
@given(
    some.lists(some.tuples(some.floats(1, 1e6), some.floats(0, 1)), min_size=1, max_size=50),
    some.floats(0.5, 0.9999),
)
def test_the_budget_left_says_the_same_as_what_was_attained(
    rows: list[tuple[float, float]], target: float
) -> None:
    slices = tuple(
        Slice(NOW - (n + 1) * HOUR, HOUR, total, total * bad) for n, (total, bad) in enumerate(rows)
    )
    seen = standing(objective(target), slices, (), NOW)
    assert seen.left == pytest.approx(1 - (1 - seen.attained) / (1 - target), abs=1e-6)
    assert (seen.attained >= target) == (seen.left >= 0) or math.isclose(seen.left, 0, abs_tol=1e-6)
    curve = left_over_time(slices, target)
    assert curve[-1][1] == pytest.approx(seen.left, abs=1e-6)
    assert all(one[1] >= two[1] for one, two in pairwise(curve))


@settings(max_examples=60, deadline=None)
@given(some.floats(0.0, 1.0), some.floats(0.5, 0.9999), some.floats(1.0, 1e9))
def test_a_steady_burn_does_not_depend_on_how_much_traffic_there_is(
    bad: float, target: float, traffic: float
) -> None:
    slices = [Slice(float(n), 1.0, traffic, traffic * bad) for n in range(20)]
    assert burn_rate(target, slices, 0.0, 20.0) == pytest.approx(bad / (1 - target), rel=1e-6, abs=1e-9)


def test_requests_are_good_where_they_did_not_fail() -> None:
    slices = availability(series("error_rate", [0.0, 0.5, 1.5]), series("throughput", [10.0, 10.0, 10.0]))
    assert [(one.total, one.bad) for one in slices] == [(600.0, 0.0), (600.0, 300.0), (600.0, 600.0)]


def test_an_instant_that_one_series_lacks_counts_nowhere() -> None:
    slices = availability(series("error_rate", [0.0, 0.0], skip=1), series("throughput", [10.0, 10.0]))
    assert [one.at for one in slices] == [0.0]


def test_half_are_slower_than_the_median_and_a_twentieth_than_the_95th() -> None:
    assert slower(200.0, 600.0, 200.0) == pytest.approx(0.5)
    assert slower(200.0, 600.0, 600.0) == pytest.approx(0.05, abs=1e-3)
    assert slower(200.0, 200.0, 150.0) == 1.0
    assert slower(200.0, 200.0, 250.0) == 0.0
    assert slower(0.0, 0.0, 250.0) == 0.0


@settings(max_examples=80, deadline=None)
@given(some.floats(1, 1e4), some.floats(1, 5), some.floats(1, 1e5), some.floats(1, 2))
def test_a_higher_threshold_never_makes_more_requests_slow(
    p50: float, tail: float, threshold: float, more: float
) -> None:
    assert slower(p50, p50 * tail, threshold * more) <= slower(p50, p50 * tail, threshold) + 1e-12


def test_slow_requests_are_counted_by_traffic() -> None:
    slices = within(
        series("latency", [200.0, 200.0], "p50"),
        series("latency", [600.0, 600.0], "p95"),
        series("throughput", [1.0, 3.0]),
        600.0,
    )
    assert [round(one.bad) for one in slices] == [3, 9]
