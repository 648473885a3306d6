"""Time ranges in people's words: a short symbol that is kept, and the instants it means now in the reader's zone."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_UNITS = {
    "second": "s",
    "sec": "s",
    "minute": "m",
    "min": "m",
    "hour": "h",
    "hr": "h",
    "day": "d",
    "week": "w",
}
_UNITS |= {"s": "s", "m": "m", "h": "h", "d": "d", "w": "w", "month": "mo"}
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800, "mo": 2_592_000}
_COUNTS = {
    "": 1,
    "a": 1,
    "an": 1,
    "one": 1,
    "couple of": 2,
    "two": 2,
    "few": 3,
    "three": 3,
    "half an": 0.5,
    "half": 0.5,
}
_COUNTS |= {"four": 4, "five": 5, "six": 6, "ten": 10, "twelve": 12, "fifteen": 15, "thirty": 30}
_NUMBER = (
    r"\d{1,4}|half an?|couple of|a couple of|few|one|two|three|four|five|six|ten|twelve|fifteen|thirty|an?"
)
_UNIT = r"seconds?|secs?|minutes?|mins?|hours?|hrs?|days?|weeks?|months?|[smhdw]"
#: nobody told us how long a sprint is
_SPRINT = timedelta(days=14)
_CLOCK = r"(\d{1,2})(?::(\d{2}))?\s*(am|pm)?"

_LAST = re.compile(
    rf"\b(?:(?:in|over|during|for|from|within)\s+)?(?:the\s+)?(last|past|previous)\s*({_NUMBER})?\s*({_UNIT})\b"
)
_MINUS = re.compile(rf"(?<![\w-])-(\d{{1,4}})\s?({_UNIT})\b")
_BARE = re.compile(rf"\b(?:for|over|since|within|in)?\s*\b(\d{{1,4}})\s?({_UNIT})(?:\s+ago)?\b")
_AGO = re.compile(rf"\b(?:since\s+)?({_NUMBER})\s*({_UNIT})\s+ago\b")
_SINCE = re.compile(rf"\b(?:since|after|from)\s+{_CLOCK}\b")
_BETWEEN = re.compile(rf"\b(?:between|from)\s+{_CLOCK}\s+(?:and|to|until|-)\s+{_CLOCK}\b")
_AROUND = re.compile(r"\b(?:around|about|at)\s+(\d{1,2})(?::(\d{2}))?\s*(am|pm)?\b(?!\s*(?:percent|%|\d))")
#: `502s` are answers with that HTTP status
_STATUS = re.compile(r"[345]\d\d")
_NAMED = re.compile(
    r"\b(?:since\s+)?(today|yesterday|last night|tonight|this (?:morning|afternoon|evening|week|month|quarter|year)"
    r"|(?:last|previous) (?:week|month|quarter|sprint)|this sprint|q[1-4])(?:'s)?\b"
)


@dataclass(frozen=True, slots=True)
class Span:
    """[start, end) in Unix seconds and the words for it: `over the last 30 minutes`, `yesterday (CET)`."""

    start: float
    end: float
    words: str


@dataclass(frozen=True, slots=True)
class Said:
    """A time range as it was said: its symbol (`-30m`, `today`, `since:15:00`, `10:00-12:00`) and where in the text."""

    symbol: str
    start: int
    end: int


def find(text: str) -> Said | None:
    """The first time range in lower-case `text`, or None."""
    for pattern, read in _READERS:
        for match in pattern.finditer(text):
            symbol = read(match)
            if symbol is not None:
                return Said(symbol, match.start(), match.end())
    return None


def _amount(number: str, unit: str) -> str | None:
    short = _UNITS.get(unit) or _UNITS.get(unit.rstrip("s"))
    count = float(number) if number.isdigit() else _COUNTS.get(number.removeprefix("a ") or "a")
    if short is None or count is None or count == 0:
        return None
    if short == "mo":
        return f"-{int(count * 30)}d"
    if count != int(count):
        return f"-{int(count * _SECONDS[short] / 60)}m"
    return f"-{int(count)}{short}"


def _last(match: re.Match[str]) -> str | None:
    which, number, unit = match[1], match[2], match[3].rstrip("s") or "s"
    if number is None:
        if which != "past" and unit in ("week", "month"):
            return f"last_{unit}"
        return {"week": "-7d", "month": "-30d", "day": "-24h"}.get(unit) or _amount("a", unit)
    return _amount(number, unit)


def _clock(hour: str, minute: str | None, half: str | None) -> str | None:
    number = int(hour)
    if half == "pm" and number < 12:
        number += 12
    if half == "am" and number == 12:
        number = 0
    if number > 23 or int(minute or 0) > 59:
        return None
    return f"{number:02d}:{int(minute or 0):02d}"


def _since(match: re.Match[str]) -> str | None:
    if match[2] is None and match[3] is None and re.match(r"\s*(?:%|[a-z])", match.string[match.end() :]):
        return None
    at = _clock(match[1], match[2], match[3])
    return at and f"since:{at}"


def _around(match: re.Match[str]) -> str | None:
    if match[2] is None and match[3] is None:
        return None
    at = _clock(match[1], match[2], match[3])
    return at and f"around:{at}"


def _between(match: re.Match[str]) -> str | None:
    first, second = _clock(match[1], match[2], match[3] or match[6]), _clock(match[4], match[5], match[6])
    return f"{first}-{second}" if first and second else None


def _bare(match: re.Match[str]) -> str | None:
    if match[2] == "s" and _STATUS.fullmatch(match[1]):
        return None
    if (
        len(match[2]) == 1
        or match[0].startswith(("for", "over", "since", "within", "in"))
        or match[0].endswith("ago")
    ):
        return _amount(match[1], match[2])
    return None


_READERS = (
    (_BETWEEN, _between),
    (_LAST, _last),
    (_MINUS, lambda match: _amount(match[1], match[2])),
    (_AGO, lambda match: _amount(match[1], match[2])),
    (_SINCE, _since),
    (_NAMED, lambda match: match[1].replace(" ", "_").replace("previous", "last")),
    (_AROUND, _around),
    (_BARE, _bare),
)


def zone_of(name: str) -> tzinfo:
    """The zone of that IANA name; UTC when this machine does not know it."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return UTC


def resolve(symbol: str, now: float, zone: str) -> Span:
    """The instants that `symbol` means at `now` for a reader in `zone`. Raises ValueError for an unknown symbol."""
    here = datetime.fromtimestamp(now, zone_of(zone))
    if symbol.startswith("-"):
        match = re.fullmatch(r"-(\d+)([smhdw])", symbol)
        if match is None:
            raise ValueError(
                f"time range {symbol!r} is not understood; say for example 'last 30 minutes' or 'today'"
            )
        length = int(match[1]) * _SECONDS[match[2]]
        return Span(now - length, now, f"over the last {_length(int(match[1]), match[2])}")
    if symbol.startswith("since:"):
        start = _at(here, symbol[6:])
        return Span(start.timestamp(), now, f"since {start:%H:%M} {start:%Z}")
    if symbol.startswith("around:"):
        middle = _at(here, symbol[7:]).timestamp()
        return Span(middle - 1800, min(now, middle + 1800), f"around {symbol[7:]} {here:%Z}")
    if match := re.fullmatch(r"(\d\d:\d\d)-(\d\d:\d\d)", symbol):
        start = _at(here, match[1])
        end = start.replace(hour=int(match[2][:2]), minute=int(match[2][3:]))
        end = end if end > start else end + timedelta(days=1)
        return Span(start.timestamp(), min(now, end.timestamp()), f"{match[1]} to {match[2]} {here:%Z}")
    return _named(symbol, here, now)


def _length(count: int, unit: str) -> str:
    words = {"s": "second", "m": "minute", "h": "hour", "d": "day", "w": "week"}[unit]
    return words if count == 1 else f"{count} {words}s"


def _at(here: datetime, clock: str) -> datetime:
    """The latest time of day `clock` that is not after `here`."""
    start = here.replace(hour=int(clock[:2]), minute=int(clock[3:]), second=0, microsecond=0)
    return start if start <= here else start - timedelta(days=1)


def _quarter(month: datetime, number: int) -> tuple[datetime, datetime]:
    """The latest such quarter that has begun."""
    start = month.replace(month=3 * number - 2)
    start = start if start <= month else start.replace(year=start.year - 1)
    return start, (start + timedelta(days=95)).replace(day=1)


def _named(symbol: str, here: datetime, now: float) -> Span:
    day = here.replace(hour=0, minute=0, second=0, microsecond=0)
    week = day - timedelta(days=day.weekday())
    month = day.replace(day=1)
    quarter = month.replace(month=3 * ((month.month - 1) // 3) + 1)
    starts: dict[str, tuple[datetime, datetime]] = {
        "today": (day, here),
        "yesterday": (day - timedelta(days=1), day),
        "last_night": (day - timedelta(hours=4), day + timedelta(hours=7)),
        "tonight": (day + timedelta(hours=18), here),
        "this_morning": (day + timedelta(hours=6), day + timedelta(hours=12)),
        "this_afternoon": (day + timedelta(hours=12), day + timedelta(hours=18)),
        "this_evening": (day + timedelta(hours=17), here),
        "this_week": (week, here),
        "last_week": (week - timedelta(days=7), week),
        "this_month": (month, here),
        "last_month": ((month - timedelta(days=1)).replace(day=1), month),
        "this_quarter": (quarter, here),
        "last_quarter": ((quarter - timedelta(days=80)).replace(day=1), quarter),
        "this_year": (month.replace(month=1), here),
        "this_sprint": (here - _SPRINT, here),
        "last_sprint": (here - 2 * _SPRINT, here - _SPRINT),
        **{f"q{number}": _quarter(month, number) for number in (1, 2, 3, 4)},
    }
    if symbol not in starts:
        raise ValueError(
            f"time range {symbol!r} is not understood; say for example 'last 30 minutes' or 'today'"
        )
    start, end = (moment.timestamp() for moment in starts[symbol])
    if start >= now:
        start -= 86_400
    words = {"this_sprint": "over the last 14 days (a sprint)", "last_sprint": "14 to 28 days ago (a sprint)"}
    said = (
        words.get(symbol) or f"{symbol.upper() if symbol[0] == 'q' else symbol.replace('_', ' ')} ({here:%Z})"
    )
    return Span(start, min(max(end, start + 60), now), said)
