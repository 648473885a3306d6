"""Bars: what each part adds to a whole day by day, and figures of several things side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from graph.answers.words import amount, moment
from graph.charts.axis import axis
from graph.charts.parts import (
    Spec,
    block,
    colours,
    cut,
    milliseconds,
    rounded,
    scaled,
    temporal,
    unit_words,
    window,
    words,
)
from graph.message import Block
from insight.facts import Point

MOST_BARS, MOST_PARTS, MOST_COLUMNS = 20, 6, 100
_OTHERS = "all others"
_BAR = 26


def stacked(
    title: str,
    unit: str,
    parts: Mapping[str, Sequence[Point]],
    *,
    zone: str,
    now: float,
    step: float = 86_400.0,
    name: str = "part",
) -> Block:
    """What each part adds to a whole, one column every `step` seconds; beyond 6 parts the smallest are taken together.

    The table has each part's sum and share, the largest first.
    """
    sums = {part: sum(point.value for point in points) for part, points in parts.items()}
    ranked = sorted(sums, key=lambda part: (-sums[part], part))
    kept = ranked if len(ranked) <= MOST_PARTS + 1 else ranked[:MOST_PARTS]
    order = kept if len(kept) == len(ranked) else [*kept, _OTHERS]
    values: dict[tuple[float, str], float] = {}
    for part, points in parts.items():
        for point in points:
            key = (point.at, part if part in kept else _OTHERS)
            values[key] = values.get(key, 0.0) + point.value
    days = sorted({at for at, _ in values})[-MOST_COLUMNS:]
    times = [*days, *(at + step for at in days)]
    encoding: Spec = {
        "x": {**temporal("at"), "axis": axis(times, zone), "scale": window(times)},
        "x2": {"field": "end"},
        "y": {"field": "low", "type": "quantitative", "axis": {"title": unit_words(unit)}},
        "y2": {"field": "high"},
        "color": colours("series", order),
    }
    column = {"type": "bar", "style": "stack", "orient": "vertical"}
    spec = {"mark": column, "encoding": encoding, "data": {"values": _stack(values, days, order, step, unit)}}
    whole = sum(sums.values())
    table = [
        [part, amount(sums[part], unit), f"{sums[part] / whole:.0%}" if whole else "-"] for part in ranked
    ]
    since = f" since {moment(days[0], zone, now)}" if days else ""
    summary = f"{amount(whole, unit)} in all{since}; most: {', '.join(ranked[:3]) or 'nothing'}"
    return block("stacked", title, unit, summary, spec, [name, "sum", "share"], table[:MOST_BARS])


def _stack(
    values: Mapping[tuple[float, str], float],
    days: Sequence[float],
    order: Sequence[str],
    step: float,
    unit: str,
) -> list[Spec]:
    rows: list[Spec] = []
    for at in days:
        low = 0.0
        for part in order:
            high = low + float(scaled(values.get((at, part), 0.0), unit))
            stretch = {"at": milliseconds(at), "end": milliseconds(at + step)}
            rows.append({**stretch, "low": rounded(low), "high": rounded(high), "series": part})
            low = high
    return rows


def bars(title: str, unit: str, rows: Sequence[tuple[str, float]], *, name: str = "") -> Block:
    """One bar a row, in the order given: the first 20. The table has them all."""
    values: list[Spec] = []
    for one, value in rows[:MOST_BARS]:
        drawn = scaled(value, unit)
        label = {"label": amount(value, unit), "end": max(0, drawn)}
        values.append({"name": cut(one), "value": drawn, **label})
    order = [row["name"] for row in values]
    y = {
        "field": "name",
        "type": "nominal",
        "sort": order,
        "axis": {"title": None, "grid": False, "ticks": False},
    }
    x = {"field": "value", "type": "quantitative", "axis": {"title": unit_words(unit)}}
    said = {"x": {**x, "field": "end"}, "y": y, "text": {"field": "label"}}
    layers = [
        {"mark": {"type": "bar", "style": "single"}, "encoding": {"x": x, "y": y}},
        {"mark": words("value-label"), "encoding": said},
    ]
    spec = {"layer": layers, "data": {"values": values}, "height": _BAR * max(1, len(values))}
    table = [[one, amount(value, unit)] for one, value in rows]
    summary = "; ".join(f"{one}: {figure}" for one, figure in table[:5]) or "nothing to show"
    return block("bars", title, unit, summary, spec, [name, unit_words(unit)], table)
