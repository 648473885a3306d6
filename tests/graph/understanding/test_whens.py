from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from graph.understanding.whens import find

MADRID = ZoneInfo("Europe/Madrid")
#: a Friday
NOW = datetime(2026, 11, 20, 17, 10, tzinfo=MADRID).timestamp()


@pytest.mark.parametrize(
    ("text", "cron", "zone", "rest"),
    [
        ("every weekday at 9", "0 9 * * 1-5", "Europe/Madrid", ""),
        ("every Monday 08:30 Berlin send me the digest", "30 8 * * 1", "Europe/Berlin", "send me the digest"),
        ("send a daily digest at 9am to #ops", "0 9 * * *", "Europe/Madrid", "send a digest to #ops"),
        ("post it every friday at 5pm", "0 17 * * 5", "Europe/Madrid", "post it"),
        ("every night at 2 run x", "0 2 * * *", "Europe/Madrid", "run x"),
        ("run x every night", "0 2 * * *", "Europe/Madrid", "run x"),
        ("every 15 minutes look", "*/15 * * * *", "Europe/Madrid", "look"),
        ("hourly error rate", "0 * * * *", "Europe/Madrid", "error rate"),
        ("every 2 hours look", "0 */2 * * *", "Europe/Madrid", "look"),
        ("on tuesdays and thursdays at 9 and 17 look", "0 9,17 * * 2,4", "Europe/Madrid", "look"),
        ("first monday of every month at 8 in Asia/Kolkata x", "0 8 * * mon#1", "Asia/Kolkata", "x"),
        ("on the last day of the month at noon x", "0 12 L * *", "Europe/Madrid", "x"),
        ("monthly on the 1st at 08:00 london time x", "0 8 1 * *", "Europe/London", "x"),
        ("at noon every day New York time", "0 12 * * *", "America/New_York", ""),
        ("weekly on friday at 16:30 UTC x", "30 16 * * 5", "UTC", "x"),
        ("daily x at 07:45 ist", "45 7 * * *", "Asia/Kolkata", "x"),
        ("cron 0 9 * * 1-5 Europe/Berlin x", "0 9 * * 1-5", "Europe/Berlin", "x"),
        ("`30 6 * * mon,thu` x", "30 6 * * mon,thu", "Europe/Madrid", "x"),
        ("every weekend at 10 x", "0 10 * * 0,6", "Europe/Madrid", "x"),
    ],
)
def test_rhythms_are_read_with_their_zone_and_taken_out(text: str, cron: str, zone: str, rest: str) -> None:
    said = find(text, NOW, "Europe/Madrid")
    assert said is not None
    assert (said.cron, said.zone, said.rest) == (cron, zone, rest)


@pytest.mark.parametrize(
    ("text", "when"),
    [
        ("in 2 hours", "20 Nov 19:10"),
        ("in half an hour", "20 Nov 17:40"),
        ("tomorrow at 10", "21 Nov 10:00"),
        ("tomorrow morning", "21 Nov 09:00"),
        ("tonight at ten", "20 Nov 22:00"),
        ("tonight at 23:00", "20 Nov 23:00"),
        ("at 22:00", "20 Nov 22:00"),
        ("at 5", "21 Nov 05:00"),
        ("at midnight", "21 Nov 00:00"),
        ("on monday at 9", "23 Nov 09:00"),
        ("friday afternoon", "27 Nov 14:00"),
        ("on 2026-12-01 at 10:00", "01 Dec 10:00"),
        ("today at 18:00", "20 Nov 18:00"),
    ],
)
def test_one_time_is_the_next_such_moment(text: str, when: str) -> None:
    said = find(f"remind me {text} to look", NOW, "Europe/Madrid")
    assert said is not None and said.at is not None and said.cron is None
    assert f"{datetime.fromtimestamp(said.at, MADRID):%d %b %H:%M}" == when
    assert said.rest.startswith("remind me") and said.rest.endswith("to look")


@pytest.mark.parametrize(
    "text", ["what happened today", "p95 of rag-api", "errors above 5%", "version 2.4", ""]
)
def test_what_names_no_time_to_come_is_none(text: str) -> None:
    assert find(text, NOW, "UTC") is None


@pytest.mark.parametrize(
    "text", ["every other week at 9", "every 45 minutes", "bi-weekly x", "daily at 9 and 17:30"]
)
def test_what_cannot_be_done_is_said_and_not_guessed(text: str) -> None:
    said = find(text, NOW, "UTC")
    assert said is not None and said.problem and said.cron is None and said.at is None


def test_a_time_of_day_that_nobody_named_is_told_as_a_guess() -> None:
    assert find("every monday x", NOW, "UTC").guessed  # type: ignore[union-attr]
    assert not find("every monday at 9 x", NOW, "UTC").guessed  # type: ignore[union-attr]
