"""A series against what is usual."""

from __future__ import annotations

from math import pi, sin
from random import Random

import pytest

from insight.comparison import WORSE, said, worsening
from insight.facts import METRICS, MetricSeries, Point


def series(metric: str, values: list[float], start: float = 0.0, step: float = 30.0) -> MetricSeries:
    points = tuple(Point(start + step * number, value) for number, value in enumerate(values))
    return MetricSeries("api", "production", metric, "mean", METRICS[metric], step, points, "q")


def level(value: float, count: int, seed: int = 1, share: float = 0.03) -> list[float]:
    draw = Random(seed)
    return [value * (1 + draw.gauss(0, share)) for _ in range(count)]


def test_a_latency_that_doubled_is_worse_since_it_did() -> None:
    shift = worsening(
        series("latency", level(100, 90) + level(200, 30, 2)), series("latency", level(101, 60, 3))
    )
    assert shift is not None
    assert shift.since == pytest.approx(90 * 30.0, abs=30.0)
    assert shift.now == pytest.approx(200, rel=0.05)
    assert shift.usual == pytest.approx(101, rel=0.03)


def test_noise_is_not_worse() -> None:
    for seed in range(30):
        now, before = series("latency", level(100, 120, seed)), series("latency", level(100, 60, seed + 50))
        assert worsening(now, before) is None


def test_a_latency_that_halved_is_not_worse_but_a_score_that_fell_is() -> None:
    assert worsening(series("latency", level(100, 60) + level(50, 60)), None) is None
    fell = level(0.9, 60, share=0.005) + level(0.7, 60, share=0.005)
    assert worsening(series("eval_score", fell), None) is not None


def test_what_recovered_is_not_worse_any_more() -> None:
    values = level(100, 40) + level(300, 60) + level(100, 20, 3)
    assert worsening(series("latency", values), series("latency", level(100, 60, 4))) is None


def test_what_was_bad_throughout_is_seen_against_the_baseline_without_an_instant() -> None:
    shift = worsening(series("error_rate", level(0.1, 120)), series("error_rate", level(0.003, 60)))
    assert shift is not None and shift.since is None


def test_without_a_baseline_the_earlier_level_is_the_usual_one() -> None:
    shift = worsening(series("error_rate", level(0.003, 80) + level(0.1, 40)), None)
    assert shift is not None and shift.since == pytest.approx(80 * 30.0, abs=30.0)
    assert worsening(series("error_rate", level(0.1, 120)), None) is None


def test_the_shape_of_the_day_is_not_a_symptom() -> None:
    day = [100 * (1 + 0.3 * sin(2 * pi * (40 + number / 2) / 1440)) for number in range(120)]
    for metric in ("throughput", "latency", "queue_depth"):
        assert worsening(series(metric, day), None) is None


def test_a_change_too_small_to_matter_is_not_said_however_sure() -> None:
    assert worsening(series("latency", [100.0] * 60 + [110.0] * 60), None) is None
    assert worsening(series("error_rate", [0.001] * 60 + [0.004] * 60), None) is None


def test_what_is_usual_for_a_restless_series_is_not_a_symptom() -> None:
    restless = level(100, 60, seed=3, share=0.3)
    assert worsening(series("latency", level(100, 110) + [170.0] * 10), series("latency", restless)) is None
    assert (
        worsening(series("latency", level(100, 110) + [170.0] * 10), series("latency", level(100, 60)))
        is not None
    )


def test_metrics_without_a_bad_direction_and_series_without_points_say_nothing() -> None:
    assert "cpu" not in WORSE
    assert worsening(series("cpu", level(1, 60) + level(9, 60)), None) is None
    assert worsening(series("latency", []), series("latency", level(1, 60))) is None


def test_gaps_do_not_hide_a_change() -> None:
    whole = series("latency", level(100, 90) + level(200, 30, 2))
    draw = Random(5)
    kept = tuple(point for point in whole.points if draw.random() > 0.4)
    gappy = MetricSeries("api", "production", "latency", "mean", "ms", 30.0, kept, "q")
    shift = worsening(gappy, None)
    assert shift is not None and shift.since == pytest.approx(2700.0, abs=120.0)


@pytest.mark.parametrize(
    ("value", "unit", "words"),
    [
        (0.1184, "ratio", "11.8 %"),
        (4423.2, "ms", "4,423 ms"),
        (12.34, "ms", "12.3 ms"),
        (0.742, "score 0-1", "0.742"),
    ],
)
def test_values_are_said_as_people_say_them(value: float, unit: str, words: str) -> None:
    assert said(value, unit) == words


def test_a_metric_that_is_and_was_nought_is_not_worse() -> None:
    flat = series("latency", [0.0] * 40)
    assert worsening(flat, flat) is None
