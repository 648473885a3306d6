"""The weekly rota as a function of time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from config.people import People, Person
from config.rota import turn


def people(*names: str, zone: str = "Europe/Berlin") -> People:
    return People({name: Person(id=name, name=name, zone=zone) for name in names}, {"team": names})


def at(text: str, zone: str = "UTC") -> float:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp()


def test_a_week_is_handed_over_on_monday_at_nine_where_the_first_person_is() -> None:
    known = people("a", "b")
    monday = at("2026-09-21T09:00", "Europe/Berlin")
    before, after = turn(known, "team", monday - 1.0), turn(known, "team", monday)
    assert before is not None and after is not None
    assert before.end == after.start == monday
    assert {before.people, after.people} == {("a", "b"), ("b", "a")}


def test_weeks_follow_each_other_without_a_gap_also_when_the_clocks_change() -> None:
    known = people("a", "b", "c")
    when, order = at("2026-03-01T00:00"), []
    for _ in range(60):
        week = turn(known, "team", when)
        assert week is not None and week.start <= when < week.end
        order.append(week.people[0])
        following = turn(known, "team", week.end)
        assert following is not None and following.start == week.end
        local = datetime.fromtimestamp(week.end, UTC).astimezone(ZoneInfo("Europe/Berlin"))
        assert (local.weekday(), local.hour, local.minute) == (0, 9, 0)
        assert abs(week.end - week.start - timedelta(days=7).total_seconds()) <= 3600.0
        when = week.end
    first = order.index("a")
    assert order[first : first + 6] == ["a", "b", "c", "a", "b", "c"]


def test_a_team_without_a_rota_has_no_turn() -> None:
    assert turn(people("a"), "other", 0.0) is None
