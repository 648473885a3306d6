"""What happened, or who is on duty, along the time: lanes of stretches, or events one below the other."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from graph.answers.words import moment
from graph.charts.axis import axis
from graph.charts.parts import Mark, Spec, block, colours, cut, milliseconds, temporal, window, words
from graph.message import Block

MOST_SHOWN = 20
_LANE, _EVENT = 34, 26
#: from this share of the width on an event's label lies left of its point
_LATE = 0.6


@dataclass(frozen=True, slots=True)
class Stretch:
    """A time on a lane: a shift, an incident. `label` is written on it."""

    lane: str
    start: float
    end: float
    label: str


def timeline(
    title: str,
    stretches: Sequence[Stretch] = (),
    *,
    zone: str,
    now: float,
    marks: Iterable[Mark] = (),
    start: float | None = None,
    end: float | None = None,
) -> Block:
    """Stretches on lanes with events as rules across them; without stretches, events one below the other.

    At most 20 of each. The table lists all of them, oldest first. `start` and `end` widen or cut the time shown.
    """
    shown = list(stretches)[:MOST_SHOWN]
    seen = sorted(marks, key=lambda one: one.at)[:MOST_SHOWN]
    times = [at for one in shown for at in (one.start, one.end)] + [one.at for one in seen]
    first = min(times, default=now) if start is None else start
    last = max(times, default=now) if end is None else end
    x: Spec = {
        **temporal("at"),
        "axis": axis((first, last), zone),
        "scale": {**window((first, last)), "clamp": True},
    }
    layers = [*_lanes(shown, x), *(_across(seen, x) if shown else _below(seen, x, first, last))]
    lanes = len({one.lane for one in shown})
    height = _LANE * lanes if lanes else _EVENT * max(1, len(seen))
    table = [(one.start, [moment(one.start, zone, now), one.lane, one.label]) for one in shown]
    table += [(one.at, [moment(one.at, zone, now), one.kind, one.label]) for one in seen]
    rows = [row for _, row in sorted(table, key=lambda pair: pair[0])]
    summary = "; ".join(" ".join(row) for row in rows[:4]) or "nothing in this time"
    spec = {"layer": layers or [_nothing(x)], "data": {"values": []}, "height": height}
    return block("timeline", title, "", summary, spec, ["when", "what", "who or which"], rows)


def _lanes(shown: Sequence[Stretch], x: Spec) -> list[Spec]:
    if not shown:
        return []
    rows = [
        {
            "at": milliseconds(one.start),
            "end": milliseconds(one.end),
            "lane": one.lane,
            "label": cut(one.label),
        }
        for one in shown
    ]
    lanes = list(dict.fromkeys(one.lane for one in shown))
    y: Spec = {
        "field": "lane",
        "type": "nominal",
        "sort": lanes,
        "axis": {"title": None, "grid": False, "ticks": False},
    }
    colour = {**colours("label", list(dict.fromkeys(cut(one.label) for one in shown))), "legend": None}
    data = {"values": rows}
    bar = {"x": x, "x2": {"field": "end"}, "y": y, "color": colour}
    text = {"x": x, "y": y, "text": {"field": "label"}}
    return [
        {"data": data, "mark": {"type": "bar", "style": "stretch"}, "encoding": bar},
        {"data": data, "mark": words("stretch-label"), "encoding": text},
    ]


def _across(seen: Sequence[Mark], x: Spec) -> list[Spec]:
    return [
        {
            "data": {"values": [{"at": milliseconds(one.at)}]},
            "mark": {"type": "rule", "style": one.kind},
            "encoding": {"x": x},
        }
        for one in seen
    ]


def _below(seen: Sequence[Mark], x: Spec, first: float, last: float) -> list[Spec]:
    layers: list[Spec] = []
    y: Spec = {"field": "row", "type": "ordinal", "axis": None, "sort": list(range(len(seen)))}
    for number, one in enumerate(seen):
        late = (one.at - first) / ((last - first) or 1.0) > _LATE
        data = {"values": [{"at": milliseconds(one.at), "label": cut(one.label), "row": number}]}
        point = {"type": "point", "style": f"{one.kind}-event"}
        layers.append({"data": data, "mark": point, "encoding": {"x": x, "y": y}})
        label = words("event-label", "right" if late else "left", gap=9)
        text = {"x": x, "y": y, "text": {"field": "label"}}
        layers.append({"data": data, "mark": label, "encoding": text})
    return layers


def _nothing(x: Spec) -> Spec:
    return {"mark": {"type": "point", "style": "onset-event"}, "encoding": {"x": x}}
