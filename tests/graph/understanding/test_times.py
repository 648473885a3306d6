from __future__ import annotations

from datetime import UTC, datetime

import pytest

from graph.understanding.times import find, resolve, zone_of

NOON = datetime(2026, 11, 18, 12, 0, tzinfo=UTC).timestamp()  # a Wednesday


@pytest.mark.parametrize(
    ("text", "symbol"),
    [
        ("error rate in the last hour", "-1h"),
        ("over the past 30 minutes", "-30m"),
        ("last 24h", "-24h"),
        ("for the last couple of hours", "-2h"),
        ("past half an hour", "-30m"),
        ("-15m please", "-15m"),
        ("since 15:00", "since:15:00"),
        ("since 3pm", "since:15:00"),
        ("since 9 am", "since:09:00"),
        ("yesterday", "yesterday"),
        ("what happened last night", "last_night"),
        ("this week", "this_week"),
        ("last week", "last_week"),
        ("last month", "last_month"),
        ("past week", "-7d"),
        ("in the past 7 days", "-7d"),
        ("two hours ago", "-2h"),
        ("between 9 and 10:30", "09:00-10:30"),
        ("from 2 to 4 pm", "14:00-16:00"),
        ("around 14:00", "around:14:00"),
        ("at 2pm", "around:14:00"),
        ("over 45 min", "-45m"),
        ("latency 2h", "-2h"),
        ("today", "today"),
    ],
)
def test_a_time_range_is_found(text: str, symbol: str) -> None:
    said = find(text)
    assert said is not None
    assert said.symbol == symbol


@pytest.mark.parametrize(
    "text",
    [
        "p95 of rag-api",
        "scale to 5",
        "version 1.4.2",
        "since 5 errors",
        "since 99:00",
        "at 5",
        "last 10 deployments",
    ],
)
def test_numbers_that_are_no_times_are_left_alone(text: str) -> None:
    assert find(text) is None


@pytest.mark.parametrize(
    ("symbol", "start", "end"),
    [
        ("-1h", NOON - 3600, NOON),
        ("today", NOON - 12 * 3600, NOON),
        ("yesterday", NOON - 36 * 3600, NOON - 12 * 3600),
        ("since:09:30", NOON - 2.5 * 3600, NOON),
        ("since:15:00", NOON - 21 * 3600, NOON),
        ("09:00-10:30", NOON - 3 * 3600, NOON - 1.5 * 3600),
        ("this_week", NOON - (48 + 12) * 3600, NOON),
        ("around:11:00", NOON - 1.5 * 3600, NOON - 0.5 * 3600),
    ],
)
def test_a_symbol_means_instants(symbol: str, start: float, end: float) -> None:
    span = resolve(symbol, NOON, "UTC")
    assert (span.start, span.end) == (start, end)


def test_the_readers_zone_decides_what_today_is() -> None:
    assert resolve("today", NOON, "Asia/Kolkata").start == NOON - 17.5 * 3600


def test_the_words_name_the_zone() -> None:
    assert resolve("since:09:30", NOON, "Europe/Berlin").words == "since 09:30 CET"


@pytest.mark.parametrize(
    "symbol", ["tonight", "this_evening", "this_afternoon", "last_night", "last_quarter", "this_year"]
)
def test_every_range_is_in_the_past_and_not_empty(symbol: str) -> None:
    for hour in (0, 3, 11, 19, 23):
        now = NOON + (hour - 12) * 3600
        span = resolve(symbol, now, "UTC")
        assert span.start < span.end <= now


def test_an_unknown_symbol_is_refused_with_an_example() -> None:
    with pytest.raises(ValueError, match="last 30 minutes"):
        resolve("someday", NOON, "UTC")
    with pytest.raises(ValueError, match="not understood"):
        resolve("-5 bananas", NOON, "UTC")


def test_an_unknown_zone_is_utc() -> None:
    assert zone_of("Mars/Olympus") is UTC
