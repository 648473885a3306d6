"""The figure of the diagnosis, in short; the long form is `python -m tests.bench.bench_diagnosis`."""

from __future__ import annotations

from tests.bench.bench_diagnosis import draw, run, table
from tests.support.fleet import catalogue


def test_the_true_cause_comes_first_and_healthy_hours_are_called_healthy() -> None:
    figures = run(cases=40, seed=7)
    assert figures.faulty >= 15 and figures.healthy >= 8
    assert figures.disturbed == 20 and figures.missing > 50
    assert figures.right_first >= 0.9 * figures.faulty, figures.wrong
    assert figures.called_healthy >= 0.95 * figures.healthy, figures.wrong
    assert figures.unknown_without_rule == figures.without_rule == figures.faulty, figures.wrong
    assert "true cause first" in table(figures, 40, 7)


def test_the_same_seed_draws_the_same_cases() -> None:
    assert [draw(n, 3, catalogue()) for n in range(10)] == [draw(n, 3, catalogue()) for n in range(10)]
    assert draw(4, 3, catalogue()) != draw(4, 4, catalogue())
