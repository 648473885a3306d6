"""What charts share: the block, encodings, and what is marked on them: events meanwhile, levels that matter."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from graph.message import Block

MarkKind = Literal["deployment", "config", "incident", "alert", "onset"]
Spec = dict[str, Any]

SCHEMA = "https://vega.github.io/schema/vega-lite/v5.json"
WIDTH, HEIGHT = 640, 220
MOST_MARKS = 6
_LONGEST = 34
_LETTER = 6.4  # pixels of an average letter of a label
_ROW = 14


@dataclass(frozen=True, slots=True)
class Mark:
    """Something that happened at an instant or, with `end`, over a time. `label` says what, in a few words."""

    at: float
    label: str
    kind: MarkKind
    end: float | None = None


@dataclass(frozen=True, slots=True)
class Threshold:
    """A level that matters, in the unit of the chart."""

    value: float
    label: str


def block(
    kind: str,
    title: str,
    unit: str,
    summary: str,
    spec: Spec,
    columns: Sequence[str] | None = None,
    rows: Sequence[Sequence[str]] = (),
) -> Block:
    """A chart block; with `columns` its figures are a table too."""
    whole = {"$schema": SCHEMA, "title": title, "width": WIDTH, "height": HEIGHT, **spec}
    found: Block = {
        "type": "chart",
        "kind": kind,
        "title": title,
        "unit": unit,
        "summary": summary,
        "spec": whole,
    }
    if columns is not None:
        found |= {"columns": list(columns), "rows": [list(row) for row in rows]}
    return found


def inside(marks: Iterable[Mark], start: float, end: float) -> list[Mark]:
    """Those that began in [start, end], oldest first: the latest 6 of them."""
    return sorted((one for one in marks if start <= one.at <= end), key=lambda one: one.at)[-MOST_MARKS:]


def rules(marks: Sequence[Mark], times: Sequence[float]) -> list[Spec]:
    """A rule and a label each, labels in rows above the plot so that none hides another."""
    layers: list[Spec] = []
    placed: list[_Placed] = []
    x = temporal("at")
    for mark in reversed(marks):
        label = _place(mark, times, placed)
        placed.append(label)
        data = {"values": [{"at": milliseconds(mark.at), "label": cut(mark.label)}]}
        y = -7 - _ROW * label.row
        rule = {"x": x, "y": {"value": y - 5}, "y2": {"value": "height"}}
        text = {"x": x, "y": {"value": y}, "text": {"field": "label"}}
        layers.append({"data": data, "mark": {"type": "rule", "style": mark.kind}, "encoding": rule})
        layers.append({"data": data, "mark": words(f"{mark.kind}-label", label.align), "encoding": text})
    return layers


@dataclass(frozen=True, slots=True)
class _Placed:
    """A label in pixels from the left, and its rule's place; rows count upwards from the plot."""

    x: float
    left: float
    right: float
    row: int
    align: str


def _place(mark: Mark, times: Sequence[float], placed: Sequence[_Placed]) -> _Placed:
    """Right of its rule, or left of it near the end, in the lowest row where no label and no rule cross."""
    start, end = min(times), max(times)
    x = WIDTH * (mark.at - start) / ((end - start) or 1.0)
    wide = _LETTER * len(cut(mark.label)) + 10
    align = "left" if x + wide <= WIDTH else "right"
    left, right = (x, x + wide) if align == "left" else (x - wide, x)
    for row in range(2 * MOST_MARKS):
        crossed = any(
            (one.row == row and left <= one.right and one.left <= right)
            or (one.row > row and left <= one.x <= right)
            or (one.row < row and one.left <= x <= one.right)
            for one in placed
        )
        if not crossed:
            return _Placed(x, left, right, row, align)
    return _Placed(x, left, right, len(placed), align)


def spans(marks: Sequence[Mark], times: Sequence[float]) -> list[Spec]:
    """A shade behind the line from the begin of each mark that has an end to that end."""
    found: list[Spec] = []
    for mark in marks:
        if mark.end is not None:
            until = min(mark.end, max(times))
            data = {"values": [{"at": milliseconds(mark.at), "end": milliseconds(until)}]}
            encoding = {"x": temporal("at"), "x2": {"field": "end"}}
            shade = {"type": "rect", "style": f"{mark.kind}-span"}
            found.append({"data": data, "mark": shade, "encoding": encoding})
    return found


def levels(thresholds: Sequence[Threshold], unit: str) -> list[Spec]:
    """A dashed rule across the plot and its label at the right."""
    found: list[Spec] = []
    y = {"field": "value", "type": "quantitative"}
    for one in thresholds:
        data = {"values": [{"value": scaled(one.value, unit), "label": cut(one.label)}]}
        label = {**words("threshold-label", "right"), "dy": -7}
        text = {"x": {"value": "width"}, "y": y, "text": {"field": "label"}}
        found.append({"data": data, "mark": {"type": "rule", "style": "threshold"}, "encoding": {"y": y}})
        found.append({"data": data, "mark": label, "encoding": text})
    return found


def words(style: str, align: str = "left", gap: int = 5) -> Spec:
    """A mark for text, `gap` pixels off its point."""
    dx = gap if align == "left" else -gap
    return {"type": "text", "style": style, "align": align, "baseline": "middle", "dx": dx}


def temporal(field: str) -> Spec:
    return {"field": field, "type": "temporal"}


def window(times: Sequence[float]) -> Spec:
    """The scale of a time axis, from the first to the last instant."""
    domain = [milliseconds(min(times)), milliseconds(max(times))] if times else [0, 1]
    return {"type": "utc", "domain": domain}


def colours(field: str, order: Sequence[str]) -> Spec:
    """A colour for each name, in that order, with a legend."""
    return {
        "field": field,
        "type": "nominal",
        "title": None,
        "sort": list(order),
        "scale": {"domain": list(order)},
    }


def scaled(value: float, unit: str) -> float | int:
    """Ratios are drawn in percent."""
    return rounded(value * 100 if unit == "ratio" else value)


def unit_words(unit: str) -> str:
    return "%" if unit == "ratio" else unit


def rounded(value: float) -> float | int:
    """Four significant digits."""
    short = float(f"{value:.4g}")
    return int(short) if short.is_integer() else short


def milliseconds(at: float) -> int:
    return round(at * 1000)


def cut(label: str) -> str:
    return label if len(label) <= _LONGEST else f"{label[: _LONGEST - 1].rstrip()}…"
