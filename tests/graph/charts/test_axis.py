from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from graph.charts.axis import MOST_TICKS, axis, ticks

BERLIN = ZoneInfo("Europe/Berlin")


def at(text: str, zone: ZoneInfo | None = None) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=zone or UTC).timestamp()


def test_ticks_stand_at_round_times_of_the_readers_clock() -> None:
    found = ticks(at("2026-11-20T10:02"), at("2026-11-20T11:02"), ZoneInfo("Asia/Kolkata"))
    assert [label for _, label in found] == ["15:40", "15:50", "16:00", "16:10", "16:20", "16:30"]


def test_midnight_is_labelled_with_its_day() -> None:
    found = ticks(at("2026-11-19T18:00", BERLIN), at("2026-11-20T06:00", BERLIN), BERLIN)
    assert "20 Nov" in [label for _, label in found]


def test_a_wall_clock_time_that_does_not_exist_has_no_tick() -> None:
    found = ticks(at("2026-03-29T00:00", BERLIN), at("2026-03-29T07:00", BERLIN), BERLIN)
    labels = [label for _, label in found]
    assert "02:00" not in labels and "03:00" in labels
    assert [one for one, _ in found] == sorted(one for one, _ in found)


def test_an_hour_that_comes_twice_is_marked_once() -> None:
    found = ticks(at("2026-10-25T00:00", BERLIN), at("2026-10-25T06:00", BERLIN), BERLIN)
    assert [label for _, label in found].count("02:00") == 1


@pytest.mark.parametrize(
    "span", [30.0, 600.0, 3_600.0, 86_400.0, 7 * 86_400.0, 90 * 86_400.0, 700 * 86_400.0]
)
def test_there_are_some_ticks_but_never_too_many(span: float) -> None:
    start = at("2026-11-20T10:02:07")
    assert 0 < len(ticks(start, start + max(span, 60.0), BERLIN)) <= 2 * MOST_TICKS


def test_the_title_names_the_days_and_the_zone() -> None:
    one, two = at("2026-11-20T10:00", BERLIN), at("2026-11-21T10:00", BERLIN)
    assert axis([one, one + 60], "Europe/Berlin")["title"] == "20 Nov 2026, Europe/Berlin"
    assert axis([one, two], "Europe/Berlin")["title"] == "20 Nov to 21 Nov 2026, Europe/Berlin"


def test_without_points_there_are_no_labels() -> None:
    assert axis([], "UTC")["labels"] is False
