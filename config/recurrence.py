"""When something happens again: cron in a time zone, with a plain rule for the hour that is left out in spring and the
one that comes twice in autumn, and what becomes of occurrences that were missed.

Cron is the five fields of crontab(5), with names of months and days, `L` for the last day of a month and `MON#2` for
the second Monday of a month. As there: where both day fields are given, either of them is enough.

Change of clocks, as Vixie cron does: what runs every hour or more often follows the time that passes. What names its
hours runs once for each: in the hour that is left out, at the moment the clock jumps; in the hour that comes twice, the
first time.
"""

from __future__ import annotations

import calendar
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Literal
from zoneinfo import ZoneInfo

from config.errors import BadRequest

Late = Literal["run_once", "skip", "each"]

#: seconds after its instant from which an occurrence counts as missed
GRACE = 60.0
#: of an `each` schedule at most so many missed occurrences are made up for, the latest
MOST_MADE_UP = 100
_MONTHS = {name.lower(): number for number, name in enumerate(calendar.month_abbr) if name}
_DAYS = {name: number for number, name in enumerate(("sun", "mon", "tue", "wed", "thu", "fri", "sat"))}
_FIELDS = ("minute", "hour", "day of the month", "month", "day of the week")
_RANGES = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))
_HORIZON = 366 * 5


class NotCron(BadRequest):
    """Says which field, which value, and what is wanted."""


@dataclass(frozen=True, slots=True)
class Cron:
    """`weekdays` counts Monday as 0; `nth` are (weekday, which one of the month); `last`: the month's last day.

    `any_day`, `any_weekday`: that field was `*`. `flowing`: it runs every hour or more often.
    """

    text: str
    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    nth: frozenset[tuple[int, int]]
    last: bool
    any_day: bool
    any_weekday: bool
    flowing: bool

    def on(self, day: date) -> bool:
        """Whether it runs on that day."""
        if day.month not in self.months:
            return False
        ends = day.day == calendar.monthrange(day.year, day.month)[1]
        by_day = day.day in self.days or (self.last and ends)
        by_week = day.weekday() in self.weekdays or (day.weekday(), (day.day - 1) // 7 + 1) in self.nth
        if self.any_day or self.any_weekday:
            return (self.any_day or by_day) and (self.any_weekday or by_week)
        return by_day or by_week


def parse(text: str) -> Cron:
    """Raises NotCron."""
    fields = text.lower().split()
    if len(fields) != 5:
        raise NotCron(
            f"A cron line has five fields ({', '.join(_FIELDS)}), not {len(fields)}: such as `0 9 * * 1-5`"
        )
    minutes, hours = _numbers(fields[0], 0), _numbers(fields[1], 1)
    last = "l" in fields[2].split(",")
    days = _numbers(",".join(one for one in fields[2].split(",") if one != "l") or "31", 2)
    nth, plain = _nth(fields[4])
    weekdays = frozenset((one - 1) % 7 for one in _numbers(plain, 4)) if plain else frozenset[int]()
    cron = Cron(
        text=" ".join(text.split()),
        minutes=tuple(sorted(minutes)),
        hours=tuple(sorted(hours)),
        days=frozenset() if last and fields[2] == "l" else days,
        months=_numbers(fields[3], 3),
        weekdays=weekdays,
        nth=nth,
        last=last,
        any_day=fields[2].startswith("*"),
        any_weekday=fields[4].startswith("*"),
        flowing=fields[1].startswith("*"),
    )
    if next(_days(cron, date(2024, 1, 1)), None) is None:
        raise NotCron(f"`{text}` never comes: there is no such day")
    return cron


def _numbers(field: str, which: int) -> frozenset[int]:
    low, high = _RANGES[which]
    found: set[int] = set()
    for part in field.split(","):
        span, _, step = part.partition("/")
        first, dash, end = span.partition("-")
        start = low if first == "*" else _number(first, which)
        stop = high if first == "*" or (step and not dash) else _number(end, which) if dash else start
        every = int(step) if step.isdigit() else 1
        if (step and not step.isdigit()) or every < 1 or not low <= start <= stop <= high:
            raise NotCron(
                f"{part!r} is no {_FIELDS[which]}: wanted {low} to {high}, such as {low}, {low}-{high} or */5"
            )
        found.update(range(start, stop + 1, every))
    return frozenset(found)


def _number(text: str, which: int) -> int:
    names = {3: _MONTHS, 4: _DAYS}.get(which, {})
    if text[:3] in names and len(text) >= 3 and text.isalpha():
        return names[text[:3]]
    if not text.isdigit():
        low, high = _RANGES[which]
        raise NotCron(f"{text!r} is no {_FIELDS[which]}: wanted a number from {low} to {high}")
    return int(text)


def _nth(field: str) -> tuple[frozenset[tuple[int, int]], str]:
    found, plain = set(), []
    for part in field.split(","):
        name, mark, number = part.partition("#")
        if not mark:
            plain.append(part)
            continue
        if number not in ("1", "2", "3", "4", "5"):
            raise NotCron(f"{part!r}: after # wanted 1 to 5, the how manieth of the month")
        found.add(((_number(name, 4) - 1) % 7, int(number)))
    return frozenset(found), ",".join(plain)


def following(cron: Cron, zone: str, after: float) -> float:
    """The first instant after `after` (Unix seconds) at which it runs."""
    return next(occurrences(cron, zone, after))


def occurrences(cron: Cron, zone: str, after: float) -> Iterator[float]:
    """Every instant after `after`, in order; without end."""
    where = ZoneInfo(zone)
    first = datetime.fromtimestamp(after, where)
    latest = after
    for day in _days(cron, first.date() - timedelta(days=1)):
        for at in sorted(set(_flowing(cron, day, where) if cron.flowing else _named(cron, day, where))):
            if at > latest:
                latest = at
                yield at


def _days(cron: Cron, start: date) -> Iterator[date]:
    day, idle = start, 0
    while idle <= _HORIZON:
        idle += 1
        if cron.on(day):
            idle = 0
            yield day
        day += timedelta(days=1)


def _named(cron: Cron, day: date, where: tzinfo) -> Iterator[float]:
    """Once for each wall-clock time: after the jump where there is none, the first where there are two."""
    for hour in cron.hours:
        for minute in cron.minutes:
            yield instant(datetime(day.year, day.month, day.day, hour, minute), where)  # noqa: DTZ001  a wall clock


def instant(wall: datetime, where: tzinfo) -> float:
    """Unix seconds of a wall-clock time: the first of two; where there is none, the moment the clock jumps."""
    there = wall.replace(tzinfo=where, fold=0)
    at = there.timestamp()
    if datetime.fromtimestamp(at, where).replace(tzinfo=None) == wall:
        return at
    low, high = at - 4 * 3600, at
    offset = datetime.fromtimestamp(low, where).utcoffset()
    while high - low > 1:
        middle = (low + high) // 2
        if datetime.fromtimestamp(middle, where).utcoffset() == offset:
            low = middle
        else:
            high = middle
    return float(high)


def _flowing(cron: Cron, day: date, where: tzinfo) -> Iterator[float]:
    """Every instant of that day whose wall clock fits, minute by minute of passing time where the offset changes."""
    begin = datetime(day.year, day.month, day.day, tzinfo=where).astimezone(UTC)
    end = datetime.combine(day + timedelta(days=1), datetime.min.time(), where).astimezone(UTC)
    hours, minutes = set(cron.hours), set(cron.minutes)
    quarter = begin
    while quarter < end:
        there = quarter.astimezone(where)
        if there.hour in hours:
            for minute in range(15):
                moment = there.minute + minute
                if moment in minutes:
                    yield (quarter + timedelta(minutes=minute)).timestamp()
        quarter += timedelta(minutes=15)


def clock_changes(cron: Cron, zone: str, after: float, within: float = 366 * 86_400.0) -> list[str]:
    """What it does at the next changes of the clocks, in words; empty where they do not touch it."""
    if cron.flowing:
        return []
    where, said = ZoneInfo(zone), []
    for before, jump in _transitions(where, after, after + within):
        gap = jump > 0
        edge = datetime.fromtimestamp(before, where)
        start = edge.replace(tzinfo=None)
        low, high = (
            (start - timedelta(seconds=jump), start) if gap else (start, start + timedelta(seconds=-jump))
        )
        touched = [
            wall
            for hour in cron.hours
            for minute in cron.minutes
            if low <= (wall := datetime(start.year, start.month, start.day, hour, minute)) < high  # noqa: DTZ001
            and cron.on(wall.date())
        ]
        for wall in touched[:1]:
            day = f"{start.day} {start:%B %Y}"
            if gap:
                said.append(
                    f"On {day} there is no {wall:%H:%M} in {zone}: it runs at {start:%H:%M}, when the clock jumps."
                )
            else:
                said.append(f"On {day} {wall:%H:%M} comes twice in {zone}: it runs the first time only.")
    return said


def _transitions(where: tzinfo, start: float, end: float) -> Iterator[tuple[float, float]]:
    """(the instant after a change of the offset, seconds gained: positive when clocks go forward)."""

    def offset(at: float) -> float:
        shift = datetime.fromtimestamp(at, where).utcoffset()
        return shift.total_seconds() if shift is not None else 0.0

    at = start
    while at < end:
        later = min(at + 7 * 86_400.0, end)
        if offset(at) != offset(later):
            low, high = at, later
            while high - low > 1:
                middle = (low + high) // 2
                low, high = (middle, high) if offset(middle) == offset(at) else (low, middle)
            yield float(high), offset(later) - offset(at)
        at = later


@dataclass(frozen=True, slots=True)
class Due:
    """What is to be done now: occurrences to run with those each makes up for, and those that are let go."""

    run: tuple[tuple[float, tuple[float, ...]], ...]
    skipped: tuple[float, ...]


def due(times: Sequence[float], late: Late, now: float) -> Due:
    """By the rule for missed ones. `times` are the occurrences up to now that nobody took, oldest first.

    run_once: the latest runs and makes up for the others. skip: only what is in time runs. each: all run.
    """
    in_time = [at for at in times if now - at <= GRACE]
    missed = [at for at in times if now - at > GRACE]
    if late == "each":
        kept = times[-MOST_MADE_UP:]
        return Due(tuple((at, ()) for at in kept), tuple(times[: len(times) - len(kept)]))
    if late == "skip":
        return Due(tuple((at, ()) for at in in_time), tuple(missed))
    if not times:
        return Due((), ())
    first, *others = in_time or missed[-1:]
    made_up = tuple(at for at in missed if at != first)
    return Due(((first, made_up), *((at, ()) for at in others)), made_up)
