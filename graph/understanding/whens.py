"""When something is to happen, in people's words: `every weekday at 9`, `tomorrow at 10`, `in 2 hours`, cron."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from zoneinfo import available_timezones

from config.recurrence import instant
from graph.understanding.times import zone_of

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY = r"(?:mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?:day)?"
_LIST = rf"{_DAY}s?(?:(?:\s*,\s*|\s+and\s+|\s*&\s*){_DAY}s?)*"
_EACH = r"(?:every|each)"
_PART = r"(?:\s+(morning|afternoon|evening|night))?"
_NUMBERS = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]
_COUNT = rf"(\d{{1,4}}|half an?|an?|{'|'.join(_NUMBERS)}|fifteen|twenty|thirty)"
_COUNTS = {name: float(n) for n, name in enumerate(_NUMBERS, start=1)} | {
    "a": 1.0,
    "an": 1.0,
    "fifteen": 15.0,
}
_COUNTS |= {"twenty": 20.0, "thirty": 30.0, "half a": 0.5, "half an": 0.5}
_SECONDS = {"m": 60.0, "h": 3600.0, "d": 86_400.0, "w": 604_800.0}
#: abbreviations people use, and the zone that has their summer time too
_SHORT = {
    "utc": "UTC", "gmt": "UTC", "cet": "Europe/Berlin", "cest": "Europe/Berlin", "bst": "Europe/London",
    "est": "America/New_York", "edt": "America/New_York", "et": "America/New_York", "ist": "Asia/Kolkata",
    "pst": "America/Los_Angeles", "pdt": "America/Los_Angeles", "pt": "America/Los_Angeles",
}  # fmt: skip
#: hours that words stand for where no time is named
_PARTS = {"morning": 9, "afternoon": 14, "evening": 18, "night": 2, "tonight": 22}
_USUAL = 9

_CRON = re.compile(
    r"`?(?:\bcron:?\s+|(?<![\w/]))((?:[\d*][\d*/,\-]*\s+){2}[\d*l][\d*/,\-l]*\s+[\d*][\d*/,\-]*\s+[\w*][\w*/,\-#]*)`?(?!\S)",
    re.I,
)
_CLOCK = re.compile(
    r"(?:\b(?:at|@|by|around)\s*|(?<![\w.:-])(?=\d{1,2}(?::\d{2}|\s*[ap]m\b)))"
    rf"(?:(\d{{1,2}})(?:[:.](\d{{2}}))?\s*(am|pm|h\b|o'?clock)?|(noon|midnight|{'|'.join(_NUMBERS)})\s*(am|pm|o'?clock)?)"
    r"(?![\w%:.-]*\w)"
)
_AND_CLOCK = re.compile(r"\s*(?:,|and|&)\s*(\d{1,2})(?:[:.](\d{2}))?\s*(am|pm)?(?![\w%:])")
_NAMED_ZONE = re.compile(
    r"(?:\bin\s+)?\b([A-Z][A-Za-z]+/[A-Z][A-Za-z_]+(?:/[A-Z][A-Za-z_]+)?)\b(?:\s+time\b)?"
)
_CITY_TIME = re.compile(r"(?:\bin\s+)?\b([a-z]+(?: [a-z]+)?) time\b")
_AFTER_CLOCK = re.compile(r"\s*,?\s*(?:in\s+|\()?([a-z]+(?:[ _][a-z]+)?)\b\)?")

_TOO_ODD = re.compile(
    rf"\b{_EACH}\s+(?:other|second|2nd|third|3rd|\d+|two|three)\s+(?:weeks?|days?|months?|{_DAY})\b|\bbi-?weekly\b|"
    r"\bfortnight\w*\b|\bquarterly\b|\b(?:every|each) (?:quarter|year)\b|\byearly\b"
)


@dataclass(frozen=True, slots=True)
class Said:
    """Again by `cron`, or once `at` (Unix seconds); in `zone`. `rest` is the text without it.

    `guessed`: the time of day was not said. `problem` says what of it cannot be done.
    """

    rest: str
    zone: str
    cron: str | None = None
    at: float | None = None
    guessed: bool = False
    problem: str = ""


@dataclass(frozen=True, slots=True)
class _Rhythm:
    """The days of a cron line, or one day; `hour` where a word names a part of the day, `late` one after noon.

    `odd` says why it cannot be done.
    """

    days: str = "* * *"
    hour: int | None = None
    date: datetime | None = None
    every: str = ""
    at: float | None = None
    late: bool = False
    odd: str = ""


def find(text: str, now: float, zone: str) -> Said | None:
    """The first time or rhythm that `text` names, read in `zone` unless it names another; None where it names none."""
    if match := _CRON.search(text):
        left = text[: match.start()] + " " + text[match.end() :]
        left, where = _zone(left, zone)
        return Said(_tidy(left), where, " ".join(match[1].split()))
    if _TOO_ODD.search(text.lower()):
        odd = "I can do hourly, daily, weekly and monthly, and days of the week or month; not that."
        return Said(_tidy(text), zone, problem=odd)
    left, where = _zone(text, zone)
    here = datetime.fromtimestamp(now, zone_of(where))
    left, rhythm = _rhythm(left, here)
    left, clocks = _clocks(left)
    if rhythm is None and not clocks:
        return None
    rhythm = rhythm or _Rhythm(date=here)
    said = Said(_tidy(left), where)
    if rhythm.odd:
        return replace(said, problem=rhythm.odd)
    if rhythm.at is not None:
        return replace(said, at=rhythm.at)
    if rhythm.every:
        return replace(said, cron=rhythm.every)
    guessed = not clocks and rhythm.hour is None
    if rhythm.late:
        clocks = [(hour + 12 if 4 < hour < 12 else hour, minute) for hour, minute in clocks]
    times = clocks or [(rhythm.hour if rhythm.hour is not None else _USUAL, 0)]
    if rhythm.date is not None:
        return replace(said, at=_once(rhythm, times[0], here), guessed=guessed)
    if len({minute for _, minute in times}) > 1:
        return replace(
            said, problem="Several times a day must have the same minute; make a schedule for each."
        )
    hours = ",".join(str(hour) for hour, _ in sorted(times))
    return replace(said, cron=f"{times[0][1]} {hours} {rhythm.days}", guessed=guessed)


def _once(rhythm: _Rhythm, clock: tuple[int, int], here: datetime) -> float:
    """The next such moment: today's is tomorrow's once it is over."""
    assert rhythm.date is not None
    hour, minute = clock
    day = rhythm.date
    at = _moment(day, hour, minute, here)
    if at <= here.timestamp() and day.date() == here.date():
        at = _moment(day + timedelta(days=1), hour, minute, here)
    return at


def _moment(day: datetime, hour: int, minute: int, here: datetime) -> float:
    zone = here.tzinfo
    assert zone is not None
    return instant(datetime(day.year, day.month, day.day, hour, minute), zone)  # noqa: DTZ001  a wall clock


def _zone(text: str, zone: str) -> tuple[str, str]:
    """The text without the zone it names, and that zone."""
    for match in _NAMED_ZONE.finditer(text):
        if match[1] in _zones().values():
            return text[: match.start()] + " " + text[match.end() :], match[1]
    low = text.lower()
    for match in _CITY_TIME.finditer(low):
        for name in (match[1], match[1].split()[-1]):
            if found := _zones().get(name):
                start = match.start() + match[0].index(name)
                return text[:start] + " " + text[match.end() :], found
    for clock in _CLOCK.finditer(low):
        after = _AFTER_CLOCK.match(low, clock.end())
        for name in (after[1], after[1].split()[0]) if after else ():
            if after and (found := _zones().get(name)):
                end = after.start(1) + len(name)
                return text[: clock.end()] + " " + text[end:].lstrip(")"), found
    return text, zone


@cache
def _zones() -> dict[str, str]:
    """IANA names by city and by abbreviation, and by themselves."""
    known = sorted(
        one for one in available_timezones() if "/" in one and one[:4] not in ("Etc/", "posi", "righ")
    )
    cities = {name.rpartition("/")[2].lower().replace("_", " "): name for name in known}
    return cities | {name.lower(): name for name in known} | _SHORT


def _clocks(text: str) -> tuple[str, list[tuple[int, int]]]:
    match = next((one for one in _CLOCK.finditer(text.lower()) if _read(one) is not None), None)
    if match is None:
        return text, []
    first, end = _read(match), match.end()
    assert first is not None
    found = [first]
    while more := _AND_CLOCK.match(text.lower(), end):
        clock = _hour(int(more[1]), more[2], more[3])
        if clock is None:
            break
        found.append(clock)
        end = more.end()
    return text[: match.start()] + " " + text[end:], found


def _read(match: re.Match[str]) -> tuple[int, int] | None:
    if match[4] in ("noon", "midnight"):
        return (12, 0) if match[4] == "noon" else (0, 0)
    if match[4]:
        return _hour(_NUMBERS.index(match[4]) + 1, None, match[5])
    return _hour(int(match[1]), match[2], match[3])


def _hour(hour: int, minute: str | None, half: str | None) -> tuple[int, int] | None:
    if half == "pm" and hour < 12:
        hour += 12
    if half == "am" and hour == 12:
        hour = 0
    return (hour, int(minute or 0)) if hour < 24 and int(minute or 0) < 60 else None


def _rhythm(text: str, here: datetime) -> tuple[str, _Rhythm | None]:
    low = text.lower()
    for pattern, read in _READERS:
        match = pattern.search(low)
        rhythm = read(match, here) if match else None
        if match is not None and rhythm is not None:
            return text[: match.start()] + " " + text[match.end() :], rhythm
    return text, None


def _frequent(match: re.Match[str], here: datetime) -> _Rhythm:
    if match[3]:
        return _Rhythm(every="0,30 * * * *" if "half" in match[3] else "0 * * * *")
    count, hours = _COUNTS.get(match[1] or "a") or float(match[1]), match[2].startswith("h")
    minutes = count * (60 if hours else 1)
    if minutes < 60 and 60 % minutes == 0:
        return _Rhythm(every=f"*/{minutes:g} * * * *")
    if minutes % 60 == 0 and 24 % (minutes / 60) == 0:
        step = int(minutes / 60)
        return _Rhythm(every="0 * * * *" if step == 1 else "0 0 * * *" if step == 24 else f"0 */{step} * * *")
    return _Rhythm(
        odd="That does not go evenly into an hour or a day; say every 15, 20 or 30 minutes, or 2 hours."
    )


def _weekdays(names: str) -> str:
    found = [_DAYS.index(name[:3]) for name in re.findall(_DAY, names)]
    return f"* * {','.join(str((one + 1) % 7) for one in sorted(found))}"


def _weekly(match: re.Match[str], here: datetime) -> _Rhythm:
    days = match[1] or match[3] or match[4] or "monday"
    return _Rhythm(_weekdays(days), _PARTS.get(match[2] or ""))


def _monthly(match: re.Match[str], here: datetime) -> _Rhythm | None:
    day = match[1] or match[2] or "1"
    if not 1 <= int(day) <= 31:
        return None
    return _Rhythm(f"{int(day)} * *")


def _nth(match: re.Match[str], here: datetime) -> _Rhythm:
    number = ("first", "second", "third", "fourth").index(match[1]) + 1
    return _Rhythm(f"* * {match[2][:3]}#{number}")


def _in(match: re.Match[str], here: datetime) -> _Rhythm | None:
    count = _COUNTS.get(match[1]) or float(match[1])
    return _Rhythm(at=here.timestamp() + count * _SECONDS[match[2][0]]) if count else None


def _date(match: re.Match[str], here: datetime) -> _Rhythm | None:
    try:
        return _Rhythm(date=here.replace(year=int(match[1]), month=int(match[2]), day=int(match[3])))
    except ValueError:
        return None


def _near(match: re.Match[str], here: datetime) -> _Rhythm:
    day = here + timedelta(days=match[1] == "tomorrow")
    part = match[2] or (match[1].split()[-1] if match[1] not in ("today", "tomorrow") else "")
    hour = 22 if part in ("tonight", "night") else _PARTS.get(part)
    return _Rhythm(hour=hour, date=day, late=part in ("tonight", "night", "evening", "afternoon"))


def _day(match: re.Match[str], here: datetime) -> _Rhythm:
    ahead = (_DAYS.index(match[1][:3]) - here.weekday()) % 7 or 7
    return _Rhythm(
        hour=_PARTS.get(match[2] or ""),
        date=here + timedelta(days=ahead),
        late=match[2] in ("afternoon", "evening"),
    )


_Reader = Callable[[re.Match[str], datetime], _Rhythm | None]
_OFTEN = rf"\b{_EACH}\s+(?:{_COUNT}\s*)?(minutes?|mins?|hours?|hrs?|half hour)\b|\b(hourly|half-hourly)\b"
_WORKDAYS = rf"\b(?:{_EACH}\s+|on\s+)?(?:weekdays?|work(?:ing)?[\s-]?days?|business days?)\b"
_NTH = (
    rf"\b(?:on\s+)?(?:the\s+|{_EACH}\s+)?(first|second|third|fourth)\s+({_DAY})\s+(?:of|in)\s+"
    rf"(?:the|{_EACH})\s+month\b"
)
_MONTHLY = (
    rf"\b(?:monthly|{_EACH} month|once a month)\b(?:,?\s+on\s+the\s+(\d{{1,2}})(?:st|nd|rd|th)?)?|"
    rf"\bon\s+the\s+(\d{{1,2}})(?:st|nd|rd|th)?(?:\s+of\s+(?:the|{_EACH})\s+month)?\b"
)
_WEEKLY = (
    rf"\b{_EACH}\s+({_LIST})\b{_PART}|\b(?:weekly|{_EACH} week|once a week)\b(?:,?\s+on\s+({_LIST}))?\b|"
    rf"\b(?:on\s+)?({_DAY}s(?:\s*(?:,|and|&)\s*{_DAY}s)*)\b"
)
_DAILY = rf"\b(?:daily|everyday|{_EACH} day|once a day|nightly|{_EACH}\s+(morning|afternoon|evening|night))\b"


def _daily(match: re.Match[str], here: datetime) -> _Rhythm:
    return _Rhythm(hour=_PARTS.get(match[1] or ("night" if match[0] == "nightly" else "")))


_NEAR = (
    r"\b(?:later\s+)?(today(?=,?\s+(?:at|by|@)?\s*\d)|tonight|tomorrow|"
    rf"this (?:morning|afternoon|evening)){_PART}\b"
)
_READERS: tuple[tuple[re.Pattern[str], _Reader], ...] = (
    (re.compile(_OFTEN), _frequent),
    (re.compile(_WORKDAYS), lambda match, here: _Rhythm("* * 1-5")),
    (re.compile(rf"\b(?:{_EACH}|on|at)\s+(?:the\s+)?weekends?\b"), lambda match, here: _Rhythm("* * 0,6")),
    (re.compile(_NTH), _nth),
    (
        re.compile(rf"\b(?:on\s+)?(?:the\s+)?last day of (?:the|{_EACH}) month\b"),
        lambda match, here: _Rhythm("L * *"),
    ),
    (re.compile(_MONTHLY), _monthly),
    (re.compile(_WEEKLY), _weekly),
    (re.compile(_DAILY), _daily),
    (re.compile(rf"\bin\s+{_COUNT}\s*(minutes?|mins?|hours?|hrs?|days?|weeks?|[mhd])\b"), _in),
    (re.compile(r"\b(?:on\s+)?(\d{4})-(\d{2})-(\d{2})\b"), _date),
    (re.compile(_NEAR), _near),
    (re.compile(rf"\b(?:on\s+|next\s+|this\s+)?({_DAY})\b{_PART}"), _day),
)


def _tidy(text: str) -> str:
    return " ".join(text.split()).strip(" ,;:.!?-")
