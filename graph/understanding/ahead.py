"""Times to come in people's words: shifts of next week, silences for two hours or until six. Symbols as in times.py."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from graph.understanding.times import Span, zone_of

_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_NAMED = re.compile(
    r"\b(tomorrow(?: (?:night|morning|evening|afternoon))?|tonight|today|(?:this|next|the|over the|on the) weekend|"
    r"weekend|next week|this week|next month|this month|right now|next \d{1,2} (?:days|weeks)|"
    rf"(?:on |next )?(?:{'|'.join(_DAYS)}))\b"
)
_CLOCK = r"(\d{1,2})(?::(\d{2}))?\s*(am|pm)?"
_UNTIL = re.compile(
    rf"\b(?:until|till|til|up to)\s+(?:(?:(tomorrow)\s+(?:at\s+)?)?{_CLOCK}\b|"
    rf"(tomorrow|tonight|midnight|noon|{'|'.join(_DAYS)}|next week|end of (?:the )?day)\b)"
)
_COUNTS = {
    "a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "eight": 8, "ten": 10,
    "twelve": 12, "fifteen": 15, "twenty": 20, "thirty": 30, "forty five": 45, "half an": 0.5, "a couple of": 2,
    "a few": 3,
}  # fmt: skip
_SECONDS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0, "w": 604_800.0}
_COUNT = "|".join(sorted(_COUNTS, key=len, reverse=True))
_LENGTH = re.compile(
    rf"\b(?:for|next)\s+(?:the\s+next\s+|another\s+|about\s+)?(\d{{1,4}}(?:\.\d)?|{_COUNT})\s*"
    r"(seconds?|secs?|minutes?|mins?|hours?|hrs?|days?|weeks?|[smhdw])\b"
)
_BARE_LENGTH = re.compile(r"\b(\d{1,4}(?:\.\d)?)\s*(minutes?|mins?|hours?|hrs?|days?|[mhd])\b")


def find(text: str) -> str | None:
    """The first time to come (or today, tonight, now) in lower-case `text`: its words."""
    match = _NAMED.search(text)
    return re.sub(r"^(?:on|over)\s+|\bthe\s+", "", match[1]).strip() if match else None


def resolve(symbol: str, now: float, zone: str) -> Span:
    """The instants that `symbol` means for a reader in `zone`; the end may lie ahead. Raises ValueError."""
    here = datetime.fromtimestamp(now, zone_of(zone))
    day = here.replace(hour=0, minute=0, second=0, microsecond=0)
    week = day - timedelta(days=day.weekday())
    words = f"{symbol} ({here:%Z})"
    if symbol == "right now":
        return Span(now, now + 1.0, "now")
    if match := re.fullmatch(r"next (\d+) (days|weeks)", symbol):
        return Span(now, now + int(match[1]) * _SECONDS[match[2][0]], f"over the {symbol}")
    weekday = symbol.removeprefix("next ")
    if weekday in _DAYS:
        at = day + timedelta(
            days=(_DAYS.index(weekday) - day.weekday()) % 7 or (7 if symbol != weekday else 0)
        )
        return Span(max(now, at.timestamp()), (at + timedelta(days=1)).timestamp(), f"on {words}")
    month = (day.replace(day=1) + timedelta(days=32)).replace(day=1)
    spans = {
        "today": (here, day + timedelta(days=1)),
        "tonight": (max(here, day + timedelta(hours=18)), day + timedelta(hours=31)),
        "tomorrow": (day + timedelta(days=1), day + timedelta(days=2)),
        "tomorrow morning": (day + timedelta(hours=30), day + timedelta(hours=36)),
        "tomorrow afternoon": (day + timedelta(hours=36), day + timedelta(hours=42)),
        "tomorrow evening": (day + timedelta(hours=41), day + timedelta(hours=48)),
        "tomorrow night": (day + timedelta(hours=42), day + timedelta(hours=55)),
        "weekend": (week + timedelta(days=5), week + timedelta(days=7)),
        "this weekend": (week + timedelta(days=5), week + timedelta(days=7)),
        "next weekend": (week + timedelta(days=12), week + timedelta(days=14)),
        "this week": (here, week + timedelta(days=7)),
        "next week": (week + timedelta(days=7), week + timedelta(days=14)),
        "this month": (here, month),
        "next month": (month, (month + timedelta(days=32)).replace(day=1)),
    }
    if symbol not in spans:
        raise ValueError(f"{symbol!r} is not understood; say for example 'tomorrow' or 'next week'")
    start, end = (moment.timestamp() for moment in spans[symbol])
    return Span(start, end, words)


def length(text: str) -> float | None:
    """Seconds of `for two hours`, `for 30m`; None where no length is said."""
    match = _LENGTH.search(text.lower()) or _BARE_LENGTH.search(text.lower())
    if match is None:
        return None
    count = _COUNTS.get(match[1])
    return (float(match[1]) if count is None else count) * _SECONDS[match[2][0]]


def until(text: str) -> str | None:
    """`18:00`, `tomorrow 09:00`, `friday` of `until 6pm`, …; None where no end is said."""
    match = _UNTIL.search(text.lower())
    if match is None:
        return None
    if match[5]:
        return match[5].replace("the ", "")
    hour = int(match[2])
    if match[4] == "pm" and hour < 12:
        hour += 12
    if hour > 23 or int(match[3] or 0) > 59:
        return None
    day = "tomorrow " if match[1] else ""
    return f"{day}{hour:02d}:{int(match[3] or 0):02d}"


def end_of(symbol: str, now: float, zone: str) -> float:
    """The instant that `until(…)`'s symbol means: the next one, in the reader's zone. Raises ValueError."""
    here = datetime.fromtimestamp(now, zone_of(zone))
    day = here.replace(hour=0, minute=0, second=0, microsecond=0)
    if match := re.fullmatch(r"(tomorrow )?(\d\d):(\d\d)", symbol):
        at = day.replace(hour=int(match[2]), minute=int(match[3]))
        if match[1] or at <= here:
            at += timedelta(days=1)
        return at.timestamp()
    if symbol in _DAYS:
        return (day + timedelta(days=(_DAYS.index(symbol) - day.weekday()) % 7 or 7)).timestamp()
    ends = {
        "tomorrow": day + timedelta(days=1, hours=9),
        "tonight": day + timedelta(hours=22),
        "midnight": day + timedelta(days=1),
        "noon": day + timedelta(hours=12 if here.hour < 12 else 36),
        "end of day": day + timedelta(hours=18 if here.hour < 18 else 42),
        "next week": day - timedelta(days=day.weekday()) + timedelta(days=7, hours=9),
    }
    if symbol not in ends:
        raise ValueError(f"{symbol!r} is not understood; say for example 'until 18:00' or 'for 30 minutes'")
    at = ends[symbol]
    return (at if at > here else at + timedelta(days=1)).timestamp()
