from __future__ import annotations

import pytest

from bot.times import lasted, moment, parsed, zone_of

NOON = 1_793_966_400.0  # 2026-11-06 12:00 UTC


def test_today_is_told_by_the_clock_and_another_day_with_its_date() -> None:
    zone = zone_of("Europe/Madrid")
    assert moment(NOON, zone, NOON + 60) == "13:00 CET"
    assert moment(NOON - 86_400, zone, NOON) == "2026-11-05 13:00 CET"


def test_a_zone_that_this_machine_does_not_know_is_utc() -> None:
    assert str(zone_of("Mars/Olympus")) == "UTC" and str(zone_of("../etc")) == "UTC"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-3, "0.0 s"),
        (0.42, "0.4 s"),
        (12.2, "12 s"),
        (59.9, "1 min"),
        (185, "3 min 5 s"),
        (3600, "1 h"),
        (7800, "2 h 10 min"),
        (3 * 86_400 + 4 * 3600, "3 d 4 h"),
    ],
)
def test_durations_read_as_people_say_them(seconds: float, words: str) -> None:
    assert lasted(seconds) == words


def test_an_instant_without_a_zone_is_utc() -> None:
    assert parsed("2026-11-06T12:00:00") == parsed("2026-11-06T12:00:00+00:00") == NOON
