"""A chart block as text: a curve with its axes and what happened meanwhile, or a table; its figures in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rich.console import Group, RenderableType
from rich.text import Text

from bot.terminal.look import Block, Look, data_table, heading, plain
from bot.terminal.plot import plot
from bot.times import moment
from insight.comparison import said

PLOT_LINES = 6
WIDEST = 72
_BAR = 24


def chart(block: Block, look: Look, width: int) -> RenderableType:
    title, words = heading(block["title"]), plain(block["summary"], "dim")
    if block["kind"] == "bars":
        return Group(title, _bars(block, look))
    if block["kind"] not in ("line", "burn"):
        return Group(title, data_table(block["columns"], block["rows"]))
    lines = _lines(block)
    if not lines:
        return Group(title, words)
    name, points = next(iter(lines.items()))
    drawn = [plain(f"drawn: {name}", "dim")] if len(lines) > 1 else []
    return Group(title, *_axes(points, block, look, width), *drawn, words)


def _lines(block: Block) -> dict[str, list[tuple[float, float]]]:
    """Points as (Unix seconds, value in the block's unit) by the name of their line."""
    share = 100.0 if block["unit"] == "ratio" else 1.0
    lines: dict[str, list[tuple[float, float]]] = {}
    for row in block["spec"]["data"]["values"]:
        lines.setdefault(str(row.get("series", "")), []).append((row["at"] / 1000, row["value"] / share))
    return lines


def _axes(points: list[tuple[float, float]], block: Block, look: Look, width: int) -> Iterator[Text]:
    values, unit = [value for _, value in points], str(block["unit"])
    high, low = said(max(values), unit), said(min(values), unit)
    left = max(len(high), len(low))
    across = max(10, min(WIDEST, width - left - 3))
    lines = plot(points, across, PLOT_LINES, braille=look.unicode)
    tick, bar, corner, floor = ("┤", "│", "└", "─") if look.unicode else ("+", "|", "+", "-")
    for number, line in enumerate(lines):
        name = high if number == 0 else low if number == len(lines) - 1 else ""
        yield Text.assemble(f"{name:>{left}} ", tick if name else bar, (line.rstrip(), "cyan"))
    ground = list(floor * across)
    first, last = points[0][0], points[-1][0]
    for at in _marked(block["spec"]):
        if last > first and first <= at <= last:
            ground[min(across - 1, int((at - first) / (last - first) * across))] = (
                "▲" if look.unicode else "^"
            )
    yield Text(" " * (left + 1) + corner + "".join(ground))
    start, end = moment(first, look.zone, look.now), moment(last, look.zone, look.now)
    yield Text(" " * (left + 2) + start + " " * max(1, across - len(start) - len(end)) + end)


def _marked(spec: Mapping[str, Any]) -> list[float]:
    """The instants of what is marked on a curve, Unix seconds."""
    rules = [layer for layer in spec["layer"] if layer["mark"]["type"] == "rule" and "x" in layer["encoding"]]
    return [row["at"] / 1000 for layer in rules for row in layer["data"]["values"]]


def _bars(block: Block, look: Look) -> RenderableType:
    values = [float(row["value"]) for row in block["spec"]["data"]["values"]]
    most = max((abs(value) for value in values), default=0.0) or 1.0
    full = "█" if look.unicode else "#"
    drawn = [full * round(_BAR * max(0.0, value) / most) for value in values]
    drawn += [""] * (len(block["rows"]) - len(drawn))
    rows = [[*row, bar] for row, bar in zip(block["rows"], drawn, strict=True)]
    return data_table([*block["columns"], ""], rows)
