"""The small curves of the fleet, drawn by ourselves: path data and the same in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.console.look import Look
from insight.comparison import said

WIDE, HIGH = 120.0, 32.0


@dataclass(frozen=True, slots=True)
class Chart:
    """A curve in a box of `WIDE` × `HIGH`, as SVG path data, and its figures in words."""

    title: str
    path: str
    area: str
    words: str
    latest: str


def line(points: Sequence[tuple[float, float]]) -> tuple[str, str]:
    """SVG path data of the curve, and of the area below it; points are (instant, value) with rising instants.

    The floor is zero, so that what hardly moves looks as if it hardly moves. Empty with fewer than two points.
    """
    if len(points) < 2:
        return "", ""
    first, last = points[0][0], points[-1][0]
    low, high = min(0.0, *(one for _, one in points)), max(one for _, one in points)
    span, rise = (last - first) or 1.0, (high - low) or 1.0
    found = [
        ((at - first) / span * WIDE, HIGH - 2 - (value - low) / rise * (HIGH - 4)) for at, value in points
    ]
    curve = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in found)
    return curve, f"{curve}L{WIDE:.1f} {HIGH:.1f}L0 {HIGH:.1f}Z"


def drawn(title: str, points: Sequence[tuple[float, float]], unit: str, look: Look) -> Chart:
    """One line of one metric."""
    if not points:
        return Chart(title, "", "", "no data in this time", "no data")
    path, area = line(points)
    low, high, last = (
        min(points, key=lambda one: one[1]), max(points, key=lambda one: one[1]), points[-1],
    )  # fmt: skip
    words = (
        f"last {said(last[1], unit)}, lowest {said(low[1], unit)} at {look.moment(low[0])}, "
        f"highest {said(high[1], unit)} at {look.moment(high[0])}"
    )
    return Chart(title, path, area, words, said(last[1], unit))
