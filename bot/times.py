"""Instants and durations as people read them, always with the zone."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

DAY = 86_400.0


def zone_of(name: str) -> ZoneInfo:
    """The reader's zone; UTC when this machine does not know it."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")


def moment(at: float, zone: ZoneInfo, now: float) -> str:
    """`14:02 CET` today, with the date on another day."""
    then, today = datetime.fromtimestamp(at, zone), datetime.fromtimestamp(now, zone)
    form = "%H:%M %Z" if then.date() == today.date() else "%Y-%m-%d %H:%M %Z"
    return then.strftime(form)


def lasted(seconds: float) -> str:
    """`0.4 s`, `12 s`, `3 min 5 s`, `2 h 10 min`, `3 d 4 h`."""
    seconds = max(0.0, seconds)
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    for size, unit, part, below in ((60, "min", 1, "s"), (3600, "h", 60, "min"), (86_400, "d", 3600, "h")):
        bigger, rest = divmod(whole, size)
        if bigger < (60 if unit == "min" else 24 if unit == "h" else 10**9):
            rest //= part
            return f"{bigger} {unit} {rest} {below}" if rest else f"{bigger} {unit}"
    return f"{whole} s"


def parsed(iso: str) -> float:
    """Unix seconds of an ISO 8601 instant; one without a zone is UTC."""
    at = datetime.fromisoformat(iso)
    return (at if at.tzinfo is not None else at.replace(tzinfo=UTC)).timestamp()
