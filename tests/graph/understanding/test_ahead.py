from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from graph.understanding import ahead

BERLIN = ZoneInfo("Europe/Berlin")
#: Friday 2026-11-20 16:30 in Berlin
NOW = datetime(2026, 11, 20, 16, 30, tzinfo=BERLIN).timestamp()


def local(at: float) -> str:
    return f"{datetime.fromtimestamp(at, BERLIN):%a %d %H:%M}"


@pytest.mark.parametrize(
    ("text", "symbol"),
    [
        ("who is on call tomorrow", "tomorrow"),
        ("the primary tonight", "tonight"),
        ("who covers search over the weekend", "weekend"),
        ("the schedule for next week", "next week"),
        ("who takes over on monday", "monday"),
        ("shifts of the next 3 weeks", "next 3 weeks"),
        ("who is on call", None),
    ],
)
def test_times_to_come_are_found(text: str, symbol: str | None) -> None:
    assert ahead.find(text) == symbol


@pytest.mark.parametrize(
    ("symbol", "start", "end"),
    [
        ("today", "Fri 20 16:30", "Sat 21 00:00"),
        ("tonight", "Fri 20 18:00", "Sat 21 07:00"),
        ("tomorrow", "Sat 21 00:00", "Sun 22 00:00"),
        ("this weekend", "Sat 21 00:00", "Mon 23 00:00"),
        ("next week", "Mon 23 00:00", "Mon 30 00:00"),
        ("monday", "Mon 23 00:00", "Tue 24 00:00"),
        ("friday", "Fri 20 16:30", "Sat 21 00:00"),
        ("next friday", "Fri 27 00:00", "Sat 28 00:00"),
        ("next month", "Tue 01 00:00", "Fri 01 00:00"),
        ("next 3 days", "Fri 20 16:30", "Mon 23 16:30"),
    ],
)
def test_they_mean_instants_in_the_readers_zone(symbol: str, start: str, end: str) -> None:
    span = ahead.resolve(symbol, NOW, "Europe/Berlin")
    assert (local(span.start), local(span.end)) == (start, end)
    assert span.start < span.end


def test_a_time_nobody_knows_is_refused() -> None:
    with pytest.raises(ValueError, match="next week"):
        ahead.resolve("someday", NOW, "UTC")
    with pytest.raises(ValueError, match="until 18:00"):
        ahead.end_of("someday", NOW, "UTC")


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("for two hours", 7200.0),
        ("for 30 minutes", 1800.0),
        ("for half an hour", 1800.0),
        ("for an hour", 3600.0),
        ("for 1.5 hours", 5400.0),
        ("for a couple of days", 172_800.0),
        ("20 min please", 1200.0),
        ("until six", None),
    ],
)
def test_lengths_are_seconds(text: str, seconds: float | None) -> None:
    assert ahead.length(f"mute rag-api {text}") == seconds


@pytest.mark.parametrize(
    ("text", "end"),
    [
        ("until 6pm", "Fri 20 18:00"),
        ("till 9:15", "Sat 21 09:15"),
        ("until tomorrow", "Sat 21 09:00"),
        ("until tomorrow 12", "Sat 21 12:00"),
        ("until midnight", "Sat 21 00:00"),
        ("until monday", "Mon 23 00:00"),
        ("until end of the day", "Fri 20 18:00"),
    ],
)
def test_ends_are_the_next_such_instant(text: str, end: str) -> None:
    symbol = ahead.until(text)
    assert symbol is not None
    assert local(ahead.end_of(symbol, NOW, "Europe/Berlin")) == end


def test_an_hour_that_is_none_is_no_end() -> None:
    assert ahead.until("until 99") is None
