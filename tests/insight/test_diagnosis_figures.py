"""The figure of the diagnosis, in short; the long form is `python -m tests.bench.bench_diagnosis`."""

from __future__ import annotations

from tests.bench.bench_diagnosis import FAULTS, draw, run, table
from tests.support.fleet import catalogue


def test_the_true_cause_comes_first_and_healthy_hours_are_called_healthy() -> None:
    figures = run(cases=60, seed=42)
    whole = figures.whole
    print(table(figures, 60, 42))
    assert set(figures.first) == set(FAULTS) and whole(figures.first).of >= 40 and figures.healthy.of >= 5
    assert figures.disturbed == 30 and figures.missing > 100
    assert whole(figures.first).part >= 0.85, figures.wrong
    assert whole(figures.in_three).part >= 0.95, figures.wrong
    assert figures.healthy.part >= 0.95, figures.wrong
    assert whole(figures.without_rule).part >= 0.9, figures.wrong
    assert "rule removed" in table(figures, 60, 42)


def test_the_same_seed_draws_the_same_cases() -> None:
    assert [draw(n, 3, catalogue()) for n in range(10)] == [draw(n, 3, catalogue()) for n in range(10)]
    assert draw(4, 3, catalogue()) != draw(4, 4, catalogue())
