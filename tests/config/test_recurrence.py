from __future__ import annotations

from datetime import datetime
from itertools import islice, pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.recurrence import (
    GRACE,
    MOST_MADE_UP,
    NotCron,
    clock_changes,
    due,
    following,
    instant,
    occurrences,
    parse,
)

BERLIN = "Europe/Berlin"


def at(text: str, zone: str = BERLIN) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp()


def said(cron: str, after: str, count: int = 4, zone: str = BERLIN) -> list[str]:
    found = islice(occurrences(parse(cron), zone, at(after, zone)), count)
    return [f"{datetime.fromtimestamp(one, ZoneInfo(zone)):%a %d %b %H:%M %Z}" for one in found]


@pytest.mark.parametrize(
    ("cron", "times"),
    [
        ("0 9 * * 1-5", ["Mon 23 Nov 09:00 CET", "Tue 24 Nov 09:00 CET"]),
        ("30 8 * * mon", ["Mon 23 Nov 08:30 CET", "Mon 30 Nov 08:30 CET"]),
        ("0 0 L * *", ["Mon 30 Nov 00:00 CET", "Thu 31 Dec 00:00 CET"]),
        ("0 8 * * mon#1", ["Mon 07 Dec 08:00 CET", "Mon 04 Jan 08:00 CET"]),
        ("15 9 1,15 * fri", ["Fri 27 Nov 09:15 CET", "Tue 01 Dec 09:15 CET"]),
        ("0 9,17 * * 0", ["Sun 22 Nov 09:00 CET", "Sun 22 Nov 17:00 CET"]),
        ("0 9 * * 7", ["Sun 22 Nov 09:00 CET", "Sun 29 Nov 09:00 CET"]),
        ("0 */6 * * *", ["Fri 20 Nov 12:00 CET", "Fri 20 Nov 18:00 CET"]),
        ("0 9 * jan *", ["Fri 01 Jan 09:00 CET", "Sat 02 Jan 09:00 CET"]),
    ],
)
def test_cron_is_read_as_everybody_reads_it(cron: str, times: list[str]) -> None:
    assert said(cron, "2026-11-20T10:00", len(times)) == times


def test_in_the_hour_that_is_left_out_it_runs_when_the_clock_jumps() -> None:
    assert said("30 2 * * *", "2026-03-28T12:00", 2) == ["Sun 29 Mar 03:00 CEST", "Mon 30 Mar 02:30 CEST"]


def test_in_the_hour_that_comes_twice_it_runs_the_first_time_only() -> None:
    assert said("30 2 * * *", "2026-10-24T12:00", 2) == ["Sun 25 Oct 02:30 CEST", "Mon 26 Oct 02:30 CET"]


def test_what_runs_every_half_hour_follows_the_time_that_passes() -> None:
    autumn = list(islice(occurrences(parse("*/30 * * * *"), BERLIN, at("2026-10-25T01:40")), 8))
    spring = list(islice(occurrences(parse("*/30 * * * *"), BERLIN, at("2026-03-29T01:10")), 8))
    for times in (autumn, spring):
        assert {later - one for one, later in pairwise(times)} == {1800.0}


def test_half_an_hour_of_summer_time_is_a_jump_too() -> None:
    assert said("0 2 * * *", "2027-10-02T12:00", 1, "Australia/Lord_Howe") == ["Sun 03 Oct 02:30 +11"]


def test_what_a_change_of_the_clocks_does_is_said_in_words() -> None:
    words = clock_changes(parse("30 2 * * *"), BERLIN, at("2026-01-01T00:00"))
    assert words == [
        "On 29 March 2026 there is no 02:30 in Europe/Berlin: it runs at 03:00, when the clock jumps.",
        "On 25 October 2026 02:30 comes twice in Europe/Berlin: it runs the first time only.",
    ]
    assert clock_changes(parse("0 9 * * *"), BERLIN, at("2026-01-01T00:00")) == []
    assert clock_changes(parse("30 2 * * *"), "UTC", at("2026-01-01T00:00")) == []
    assert clock_changes(parse("*/30 * * * *"), BERLIN, at("2026-01-01T00:00")) == []
    assert clock_changes(parse("30 2 * * 1"), BERLIN, at("2026-01-01T00:00")) == []


@pytest.mark.parametrize(
    ("cron", "words"),
    [
        ("0 9 * *", "five fields"),
        ("61 * * * *", "'61' is no minute"),
        ("0 24 * * *", "'24' is no hour"),
        ("0 9 31 2 *", "never comes"),
        ("a * * * *", "'a' is no minute"),
        ("0 9 * * mon#9", "1 to 5"),
        ("*/0 * * * *", "is no minute"),
        ("5-1 * * * *", "is no minute"),
        ("0 9 * * someday", "no day of the week"),
    ],
)
def test_what_is_no_cron_is_refused_with_what_is_wanted(cron: str, words: str) -> None:
    with pytest.raises(NotCron, match=words):
        parse(cron)


@given(
    st.sampled_from(
        ["0 9 * * *", "30 2 * * *", "*/20 * * * *", "15 1,3 * * 0", "0 0 L * *", "59 23 * * 1-5"]
    ),
    st.sampled_from(
        [BERLIN, "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "Africa/Casablanca", "UTC"]
    ),
    st.integers(1_600_000_000, 2_000_000_000),
)
def test_times_rise_lie_after_and_fit_their_line_wherever_one_looks(cron: str, zone: str, after: int) -> None:
    times = list(islice(occurrences(parse(cron), zone, float(after)), 5))
    assert times == sorted(set(times)) and times[0] > after
    assert following(parse(cron), zone, times[0]) == times[1]
    for one in times:
        wall = datetime.fromtimestamp(one, ZoneInfo(zone)).replace(tzinfo=None)
        fits = wall.minute in parse(cron).minutes and wall.hour in parse(cron).hours
        assert fits or instant(wall, ZoneInfo(zone)) == one


def test_what_is_missed_is_made_up_for_by_the_rule() -> None:
    now = 10_000.0
    times = [now - 900, now - 600, now - 300, now - 1]
    assert due(times, "each", now).run == tuple((one, ()) for one in times)
    skip = due(times, "skip", now)
    assert skip.run == ((now - 1, ()),) and skip.skipped == tuple(times[:3])
    once = due(times, "run_once", now)
    assert once.run == ((now - 1, tuple(times[:3])),)
    late = due(times[:3], "run_once", now)
    assert late.run == ((now - 300, (now - 900, now - 600)),)
    assert due([], "run_once", now).run == ()


def test_nothing_in_time_is_missed_and_a_flood_is_bounded() -> None:
    now = 1_000_000.0
    assert due([now - GRACE], "skip", now).run == ((now - GRACE, ()),)
    flood = due([float(one) for one in range(5_000)], "each", now)
    assert len(flood.run) == MOST_MADE_UP and len(flood.skipped) == 5_000 - MOST_MADE_UP
