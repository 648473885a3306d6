"""The time axis of a chart in the reader's zone: ticks at round wall-clock times, labelled by us, not by the renderer.

Vega knows only UTC and the zone of the machine that draws; a reader is in neither.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta, tzinfo
from typing import Any

from graph.understanding.times import zone_of

MOST_TICKS = 8
_MINUTES = (1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720)
_DAYS = (1, 2, 7, 14, 30, 90)


def axis(times: Sequence[float], zone: str) -> dict[str, Any]:
    """A Vega-Lite axis for instants (Unix seconds) from the first to the last of `times`."""
    if not times:
        return {"title": None, "labels": False, "ticks": False}
    start, end, where = min(times), max(times), zone_of(zone)
    labels = {str(round(at * 1000)): label for at, label in ticks(start, end, where)}
    return {
        "title": _title(start, end, where, zone),
        "values": [int(at) for at in labels],
        "labelExpr": f"({json.dumps(labels)})[toString(toNumber(datum.value))]",
        "labelOverlap": True,
    }


def ticks(start: float, end: float, where: tzinfo) -> list[tuple[float, str]]:
    """At most 8 instants in [start, end] at round times of the wall clock there, with their labels.

    A wall-clock time that does not exist (spring) is left out; one that comes twice (autumn) is marked once.
    """
    for minutes in _MINUTES:
        if (end - start) / (60 * minutes) <= MOST_TICKS - 1:
            return [
                (at, _label(at, where)) for at in _instants(start, end, where, timedelta(minutes=minutes))
            ]
    for days in _DAYS:
        if (end - start) / (86_400 * days) <= MOST_TICKS - 1 or days == _DAYS[-1]:
            found = list(_instants(start, end, where, timedelta(days=days)))[: 2 * MOST_TICKS]
            return [(at, f"{datetime.fromtimestamp(at, where).day} {_month(at, where)}") for at in found]
    return []


def _instants(start: float, end: float, where: tzinfo, step: timedelta) -> Iterator[float]:
    wall = datetime.fromtimestamp(start, where).replace(minute=0, second=0, microsecond=0, tzinfo=None)
    if step >= timedelta(hours=1):
        wall = wall.replace(hour=0)
    while True:
        there = wall.replace(tzinfo=where)
        at = there.timestamp()
        exists = datetime.fromtimestamp(at, where).replace(tzinfo=None) == wall
        if at > end:
            return
        if at >= start and exists:
            yield at
        wall += step


def _label(at: float, where: tzinfo) -> str:
    there = datetime.fromtimestamp(at, where)
    midnight = there.hour == there.minute == 0
    return f"{there.day} {_month(at, where)}" if midnight else f"{there:%H:%M}"


def _month(at: float, where: tzinfo) -> str:
    return f"{datetime.fromtimestamp(at, where):%b}"


def _title(start: float, end: float, where: tzinfo, zone: str) -> str:
    first, last = datetime.fromtimestamp(start, where), datetime.fromtimestamp(end, where)
    days = f"{first.day} {first:%b %Y}"
    if first.date() != last.date():
        days = f"{first.day} {first:%b} to {last.day} {last:%b %Y}"
    return f"{days}, {zone}"
