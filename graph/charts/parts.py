"""What charts share: the block, encodings, and what is marked on them: events meanwhile, levels that matter."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
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
    """Something that happened at an instant or, with `end` (inf: it goes on), over a time. `label` says what, in a
    few words."""

    at: float
    label: str
    kind: MarkKind
    end: float | None = None


@dataclass(frozen=True, slots=True)
class Threshold:
    """A level that matters, in the unit of the chart: a limit, or what is usual."""

    value: float
    label: str
    kind: Literal["limit", "usual"] = "limit"


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
    x = temporal("at")
    for mark, label in _placed(marks, times):
        data = {"values": [{"at": milliseconds(mark.at), "label": cut(mark.label)}]}
        y = -7 - _ROW * label.row
        rule = {"x": x, "y": {"value": y - 5}, "y2": {"value": "height"}}
        text = {"x": x, "y": {"value": y}, "text": {"field": "label"}}
        layers.append({"data": data, "mark": {"type": "rule", "style": mark.kind}, "encoding": rule})
        layers.append({"data": data, "mark": words(f"{mark.kind}-label", label.align), "encoding": text})
    return layers


@dataclass(frozen=True, slots=True)
class _Place:
    """A label in pixels from the left, and its rule's place; rows count upwards from the plot."""

    x: float
    left: float
    right: float
    row: int
    align: str

    def crosses(self, other: _Place) -> bool:
        """Whether labels overlap, or the rule of the higher one runs through the lower one's label."""
        if self.row == other.row:
            return self.left <= other.right and other.left <= self.right
        low, high = sorted((self, other), key=lambda one: one.row)
        return low.left <= high.x <= low.right


def _placed(marks: Sequence[Mark], times: Sequence[float]) -> list[tuple[Mark, _Place]]:
    """Each label right of its rule, the latest lowest; near the end left of it, the earliest lowest: so a rule on its
    way up meets no other's label."""
    start, end = min(times), max(times)
    ready: list[tuple[Mark, _Place]] = []
    turned: list[tuple[Mark, _Place]] = []
    for mark in sorted(marks, key=lambda one: -one.at):
        x = WIDTH * (mark.at - start) / ((end - start) or 1.0)
        wide = _LETTER * len(cut(mark.label)) + 10
        late = x + wide > WIDTH or any(x <= other.x <= x + wide for _, other in turned)
        if late and x >= wide:
            turned.insert(0, (mark, _Place(x, x - wide, x, 0, "right")))
        else:
            ready.append((mark, _Place(x, x, x + wide, 0, "left")))
    done: list[tuple[Mark, _Place]] = []
    for mark, place in [*turned, *ready]:
        rows = (replace(place, row=row) for row in range(2 * MOST_MARKS))
        free = (one for one in rows if not any(one.crosses(other) for _, other in done))
        done.append((mark, next(free, replace(place, row=len(done)))))
    return done


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
        label = {**words(f"{one.kind}-label", "right"), "dy": -7}
        text = {"x": {"value": "width"}, "y": y, "text": {"field": "label"}}
        found.append({"data": data, "mark": {"type": "rule", "style": one.kind}, "encoding": {"y": y}})
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
