"""Who is on call by the weekly rota of people.yaml: a pure function of the instant."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from config.people import People

#: hour at which a week is handed over, on Monday, in the zone of the first person of the team's rota
HANDOVER = 9
#: weeks from Monday 0001-01-01 to Monday 1970-01-05: people take turns by the week counted from there
_FIRST_WEEK = 102_738


@dataclass(frozen=True, slots=True)
class Turn:
    """`people` are ids, who is on call in [start, end) first, then who comes next."""

    start: float
    end: float
    people: tuple[str, ...]


def turn(people: People, team: str, at: float) -> Turn | None:
    """The team's turn at that instant (Unix seconds); None for a team without a rota."""
    names = people.rota.get(team, ())
    if not names:
        return None
    zone = ZoneInfo(people.by_id[names[0]].zone)
    day = datetime.fromtimestamp(at, UTC).astimezone(zone).date()
    monday = day - timedelta(days=day.weekday())
    start = datetime.combine(monday, time(HANDOVER), zone)
    if start.timestamp() > at:
        monday -= timedelta(days=7)
        start = datetime.combine(monday, time(HANDOVER), zone)
    end = datetime.combine(monday + timedelta(days=7), time(HANDOVER), zone)
    first = ((monday.toordinal() - 1) // 7 - _FIRST_WEEK) % len(names)
    return Turn(start.timestamp(), end.timestamp(), (*names[first:], *names[:first]))
