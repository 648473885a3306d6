from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as some

from graph.understanding.aspects import aspect, days_ahead, find, report
from graph.understanding.entities import Extracted

NOTHING = Extracted({})
#: Tuesday 2026-09-22, 10:00 UTC
NOW = datetime(2026, 9, 22, 10, tzinfo=UTC).timestamp()


def named(text: str) -> dict[str, object]:
    return {one.kind: one.value for one in find(text)}


@pytest.mark.parametrize(
    ("text", "group"),
    [
        ("costs by team and project", "team"),
        ("spend per model", "model"),
        ("which service costs the most", "service"),
        ("how often did each team member deploy", "person"),
        ("deployments per person", "person"),
        ("who deployed the most", "person"),
        ("by environment", "environment"),
        ("who deployed it", None),
        ("cost per request", None),
    ],
)
def test_what_figures_are_grouped_by(text: str, group: str | None) -> None:
    assert named(text).get("group_by") == group


@pytest.mark.parametrize(
    ("text", "side"),
    [
        ("are we over budget", "budget"),
        ("error budget of checkout", "error_budget"),
        ("burn rate of checkout", "burn"),
        ("where can we save money", "savings"),
        ("cost per 1k tokens", "unit"),
        ("price of 1000 requests", "unit"),
        ("what will we pay this month", "projection"),
        ("which slos are breached", "breached"),
        ("what is our mttr", "restore"),
        ("change failure rate by team", "failure_rate"),
        ("lead time for changes", "lead_time"),
        ("how many rollbacks did we have", "rollbacks"),
        ("how often do we deploy", "frequency"),
        ("costs of rag-api", None),
    ],
)
def test_which_side_of_the_matter_is_meant(text: str, side: str | None) -> None:
    assert aspect(text, NOTHING).get("aspect") == side


@pytest.mark.parametrize(
    ("text", "horizon", "days"),
    [
        ("next quarter", "+91d", 91),
        ("over the next 6 weeks", "+42d", 42),
        ("in three months", "+90d", 90),
        ("two weeks from now", "+14d", 14),
        ("by the end of the quarter", "end_of_quarter", 9),
        ("until the end of the year", "end_of_year", 101),
        ("ready for christmas", "christmas", 93),
        ("handle black friday", "black_friday", 66),
    ],
)
def test_how_far_ahead(text: str, horizon: str, days: int) -> None:
    assert named(text)["horizon"] == horizon
    assert days_ahead(horizon, NOW, "UTC") == days


def test_the_past_is_no_horizon() -> None:
    assert "horizon" not in named("in the last 3 months")


def test_a_day_that_is_over_is_the_next_years() -> None:
    late = datetime(2026, 12, 28, 10, tzinfo=UTC).timestamp()
    assert days_ahead("christmas", late, "UTC") == 361
    assert days_ahead("end_of_quarter", late, "UTC") == 4
    leap = datetime(2028, 2, 29, 10, tzinfo=UTC).timestamp()
    assert days_ahead("black_friday", leap, "UTC") == 269


def test_a_symbol_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="no time ahead"):
        days_ahead("soon", NOW, "UTC")


@given(
    some.floats(1.6e9, 2.2e9),
    some.sampled_from(
        ["end_of_month", "end_of_quarter", "end_of_year", "christmas", "new_year", "cyber_monday"]
    ),
    some.sampled_from(["UTC", "America/Sao_Paulo", "Asia/Kolkata"]),
)
def test_a_named_day_always_lies_ahead_and_within_a_year(now: float, horizon: str, zone: str) -> None:
    assert 1 <= days_ahead(horizon, now, zone) <= 366


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("generate a weekly status report", "weekly"),
        ("executive summary", "executive"),
        ("cost report for finance", "cost"),
        ("report on deployments and incidents", "delivery+incident"),
        ("gdpr report", "compliance"),
        ("a reliability report", "reliability"),
        ("write a report", None),
    ],
)
def test_which_kind_of_report(text: str, kinds: str | None) -> None:
    assert report(text, NOTHING).get("report_type") == kinds


def test_an_export_is_asked_for_in_words() -> None:
    assert report("export the weekly report as markdown", NOTHING)["export"] is True
    assert "export" not in report("weekly report", NOTHING)
