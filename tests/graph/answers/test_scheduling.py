from __future__ import annotations

import pytest

from graph.answers.scheduling import exactly, matching, narrowed, rhythm, said_of, when_of
from graph.intents import BY_NAME
from graph.understanding.whens import find
from runbooks.schedules import When
from store.schedule_records import Schedule

NOW = 1_795_000_000.0


def one(kind: str, words: str, cron: str | None = "0 9 * * *", **more: object) -> Schedule:
    fields = {
        "id": f"sch_{kind}", "status": "active", "kind": kind, "words": words, "cron": cron, "zone": "UTC",
        "late": "skip", "owner": "maria", "acting_as": None, "place": "rest:1", "version": 1, "created_at": 1.0,
        "next_at": NOW + 3600, **more,
    }  # fmt: skip
    return Schedule(**fields)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("cron", "words"),
    [
        ("0 9 * * 1-5", "every weekday at 09:00"),
        ("30 8 * * 1", "every Monday at 08:30"),
        ("0 9,17 * * 2,4", "every Tuesday and Thursday at 09:00 and 17:00"),
        ("0 9 * * *", "every day at 09:00"),
        ("0 * * * *", "every hour"),
        ("*/10 * * * *", "by cron */10 * * * *"),
        ("0 8 * * mon#1", "every first Monday of the month at 08:00"),
        ("0 8 L * *", "on the last day of the month at 08:00"),
        ("0 8 1 * *", "on the 1. of every month at 08:00"),
        ("0 8 1 1 *", "by cron 0 8 1 1 *"),
    ],
)
def test_a_rhythm_is_said_in_words_and_exactly_read_again(cron: str, words: str) -> None:
    assert rhythm(cron) == words
    when = When("Europe/Berlin", cron)
    back = find(f"digest {exactly(when)}", 0.0, "UTC")
    assert back is not None and (back.cron, back.zone) == (cron, "Europe/Berlin")


def test_one_time_is_read_again_as_the_same_minute() -> None:
    back = find(f"x {exactly(When('Asia/Kolkata', at=NOW - NOW % 60))}", 0.0, "UTC")
    assert back is not None and (back.at, back.zone) == (NOW - NOW % 60, "Asia/Kolkata")


def test_what_it_does_is_said_by_its_kind() -> None:
    assert said_of(one("digest", "cost")) == "the cost digest"
    assert said_of(one("reminder", "look")) == "remind maria of: look"
    assert said_of(one("runbook", "run x a=b")) == "run x a=b"
    assert said_of(one("question", "p95 of a")) == '"p95 of a"'
    assert when_of(one("reminder", "look", cron=None), NOW).startswith("once, ")


def test_words_find_the_ones_they_are_about() -> None:
    found = [
        one("digest", "team"), one("digest", "cost"), one("reminder", "look"),
        one("runbook", "run nightly a=b", runbook="nightly"),
    ]  # fmt: skip
    assert [each.words for each in matching("pause the cost digest", found)] == ["cost"]
    assert [each.kind for each in matching("cancel my reminder", found)] == ["reminder"]
    assert [each.kind for each in matching("stop nightly", found)] == ["runbook"]
    assert matching("cancel it", found) == []
    assert len(narrowed("schedules", found, "maria", NOW, "UTC")) == 4
    assert narrowed("my schedules", found, "priya", NOW, "UTC") == []


def test_every_digest_in_words_is_one_that_there_is() -> None:
    assert BY_NAME["digest"].answer is not None
