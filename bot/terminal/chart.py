"""A chart block (a Vega-Lite line) as text: the curve, its axes, and its figures in words."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.text import Text

from bot.terminal.look import Block, Look, heading, plain
from bot.terminal.plot import plot
from bot.times import moment
from insight.comparison import said

PLOT_LINES = 6
WIDEST = 72


def chart(block: Block, look: Look, width: int) -> RenderableType:
    spec = block["spec"]
    points = [(float(at), float(value)) for at, value in spec["data"]["values"]]
    unit = str(spec["encoding"]["y"].get("title") or "")
    title = heading(block["title"])
    if not points:
        return Group(title, plain("no data in this time", "dim"))
    return Group(title, *_axes(points, unit, look, width), _extremes(points, unit, look))


def _axes(points: list[tuple[float, float]], unit: str, look: Look, width: int) -> Iterator[Text]:
    values = [value for _, value in points]
    high, low = said(max(values), unit), said(min(values), unit)
    left = max(len(high), len(low))
    across = max(10, min(WIDEST, width - left - 3))
    lines = plot(points, across, PLOT_LINES, braille=look.unicode)
    tick, bar, corner, floor = ("┤", "│", "└", "─") if look.unicode else ("+", "|", "+", "-")
    for number, line in enumerate(lines):
        name = high if number == 0 else low if number == len(lines) - 1 else ""
        yield Text.assemble(f"{name:>{left}} ", tick if name else bar, (line.rstrip(), "cyan"))
    yield Text(" " * (left + 1) + corner + floor * across)
    start, end = moment(points[0][0], look.zone, look.now), moment(points[-1][0], look.zone, look.now)
    yield Text(" " * (left + 2) + start + " " * max(1, across - len(start) - len(end)) + end)


def _extremes(points: list[tuple[float, float]], unit: str, look: Look) -> Text:
    low, high = min(points, key=lambda point: point[1]), max(points, key=lambda point: point[1])
    last = points[-1]
    words = (
        f"last {said(last[1], unit)}, lowest {said(low[1], unit)} at {moment(low[0], look.zone, look.now)}, "
        f"highest {said(high[1], unit)} at {moment(high[0], look.zone, look.now)}"
    )
    return plain(words, "dim")
