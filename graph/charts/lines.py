"""Lines over time: metrics with what happened meanwhile, now against before, what is left of an error budget."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from graph.answers.words import amount, moment
from graph.charts.axis import axis
from graph.charts.parts import (
    Mark,
    Spec,
    Threshold,
    block,
    colours,
    inside,
    levels,
    milliseconds,
    rules,
    scaled,
    spans,
    temporal,
    unit_words,
    window,
)
from graph.message import Block
from insight.facts import MetricSeries, Point

MOST_POINTS, MOST_LINES = 80, 6
_DASHES = ([1, 0], [6, 4], [2, 3], [9, 3, 2, 3], [12, 5], [4, 2])


@dataclass(frozen=True, slots=True)
class Line:
    name: str
    points: Sequence[Point]


def line(
    title: str,
    unit: str,
    lines: Sequence[Line],
    *,
    zone: str,
    now: float,
    marks: Iterable[Mark] = (),
    thresholds: Sequence[Threshold] = (),
) -> Block:
    """Lines over time with what happened meanwhile. At most 6 lines of 80 points, and 6 marks, the latest."""
    shown = [Line(one.name, thinned(one.points)) for one in lines if one.points][:MOST_LINES]
    times = [point.at for one in shown for point in one.points]
    if not times:
        return block("line", title, unit, "no data in this time", _empty(unit))
    seen = inside(marks, min(times), max(times))
    values = [_row(one.name, point, unit, len(shown) > 1) for one in shown for point in one.points]
    heights = [float(row["value"]) for row in values] + [scaled(one.value, unit) for one in thresholds]
    layers = [*spans(seen, times), _curves(shown, unit, heights, times, zone)]
    layers += [*rules(seen, times), *levels(thresholds, unit)]
    said = [_ends(one, unit, zone, now, named=len(shown) > 1) for one in shown]
    said += [f"{one.label} at {moment(one.at, zone, now)}" for one in seen]
    said += [f"{one.label}: {amount(one.value, unit)}" for one in thresholds]
    return block("line", title, unit, "; ".join(said), {"layer": layers, "data": {"values": values}})


def series(
    one: MetricSeries,
    title: str,
    *,
    zone: str,
    now: float,
    marks: Iterable[Mark] = (),
    thresholds: Sequence[Threshold] = (),
) -> Block:
    """One metric of one service."""
    lines = [Line(one.service, one.points)]
    return line(title, one.unit, lines, zone=zone, now=now, marks=marks, thresholds=thresholds)


def comparison(
    present: MetricSeries,
    before: MetricSeries,
    title: str,
    *,
    words: str,
    zone: str,
    now: float,
    marks: Iterable[Mark] = (),
    thresholds: Sequence[Threshold] = (),
) -> Block:
    """A metric now with its earlier self, called `words`, laid upon it: the earlier points are moved to begin with
    the later ones."""
    lines = [Line("now", present.points)]
    if present.points and before.points:
        shift = present.points[0].at - before.points[0].at
        end = present.points[-1].at + present.step
        earlier = [Point(point.at + shift, point.value) for point in before.points]
        lines.append(Line(words, [point for point in earlier if point.at <= end]))
    return line(title, present.unit, lines, zone=zone, now=now, marks=marks, thresholds=thresholds)


def burn(title: str, left: Sequence[Point], *, zone: str, now: float, marks: Iterable[Mark] = ()) -> Block:
    """The part of an error budget that is left over its window: 1.0 is untouched, below 0 it is overspent."""
    spent = (Threshold(0.0, "budget spent"),)
    made = line(title, "ratio", [Line("left", left)], zone=zone, now=now, marks=marks, thresholds=spent)
    for number, layer in enumerate(made["spec"]["layer"]):
        if layer["mark"]["style"] == "curve":
            area = {**layer, "mark": {**layer["mark"], "type": "area", "style": "budget"}}
            made["spec"]["layer"].insert(number, area)
            break
    return {**made, "kind": "burn"}


def thinned(points: Sequence[Point], most: int = MOST_POINTS) -> Sequence[Point]:
    """At most `most` points that keep the look: of each stretch its first, lowest and highest, in order of time."""
    if len(points) <= most:
        return points
    size = -(-len(points) * 3 // most)
    kept: list[Point] = []
    for start in range(0, len(points) - 1, size):
        some = points[start : min(start + size, len(points) - 1)]
        ends = {some[0], min(some, key=lambda one: one.value), max(some, key=lambda one: one.value)}
        kept += sorted(ends, key=lambda one: one.at)
    return [*kept[: most - 1], points[-1]]


def _row(name: str, point: Point, unit: str, named: bool) -> Spec:
    row: Spec = {"at": milliseconds(point.at), "value": scaled(point.value, unit)}
    return row | {"series": name} if named else row


def _curves(
    lines: Sequence[Line], unit: str, heights: Sequence[float], times: Sequence[float], zone: str
) -> Spec:
    low, high = min(heights), max(heights)
    mark: Spec = {"type": "line", "style": "curve", "interpolate": "monotone"}
    if any(len(one.points) == 1 for one in lines):
        mark["point"] = True
    scale = {"zero": low <= 0 or low < 0.5 * high, "nice": True}
    encoding: Spec = {
        "x": {**temporal("at"), "axis": axis(times, zone), "scale": window(times)},
        "y": {
            "field": "value",
            "type": "quantitative",
            "scale": scale,
            "axis": {"title": unit_words(unit)},
        },
    }
    if len(lines) > 1:
        order = [one.name for one in lines]
        dashes = {"domain": order, "range": [list(one) for one in _DASHES[: len(order)]]}
        encoding["color"] = colours("series", order)
        encoding["strokeDash"] = {**colours("series", order), "scale": dashes}
    return {"mark": mark, "encoding": encoding}


def _empty(unit: str) -> Spec:
    """The axes alone; the spec must be a chart nevertheless."""
    y = {"field": "value", "type": "quantitative", "axis": {"title": unit_words(unit)}}
    encoding = {"x": {**temporal("at"), "axis": axis((), "UTC"), "scale": window(())}, "y": y}
    layer = {"mark": {"type": "line", "style": "curve"}, "encoding": encoding}
    return {"layer": [layer], "data": {"values": []}}


def _ends(one: Line, unit: str, zone: str, now: float, named: bool) -> str:
    low, high = (pick(one.points, key=lambda point: point.value) for pick in (min, max))
    lead = f"{one.name}: " if named else ""
    return (
        f"{lead}last {amount(one.points[-1].value, unit)}, lowest {amount(low.value, unit)} at "
        f"{moment(low.at, zone, now)}, highest {amount(high.value, unit)} at {moment(high.at, zone, now)}"
    )
