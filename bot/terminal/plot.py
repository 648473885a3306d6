"""A line of figures as text: braille dots where the terminal can show them, stars where it cannot."""

from __future__ import annotations

from collections.abc import Sequence

#: the bit of each dot of a braille cell, by row from the top and column
_DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))


def plot(points: Sequence[tuple[float, float]], width: int, height: int, braille: bool = True) -> list[str]:
    """`height` lines of `width` characters; points are (x, y) with rising x; neighbours are joined where x is close.

    The lowest value lies on the last line, the highest on the first. Empty without points.
    """
    if not points or width < 1 or height < 1:
        return []
    across, up = (2, 4) if braille else (1, 1)
    columns = _columns(points, width * across)
    values = [value for value in columns if value is not None]
    low, high = min(values), max(values)
    rows = height * up
    grid = [[False] * (width * across) for _ in range(rows)]
    last: int | None = None
    for x, value in enumerate(columns):
        if value is None:
            continue
        y = _row(value, low, high, rows)
        for between in range(min(y, y if last is None else last), max(y, y if last is None else last) + 1):
            grid[between][x] = True
        last = y
    return [_line(grid, line, width, braille) for line in range(height)]


def _columns(points: Sequence[tuple[float, float]], count: int) -> list[float | None]:
    """The mean value that falls in each column; gaps up to the spacing of the points are filled."""
    first, last = points[0][0], points[-1][0]
    span = (last - first) or 1.0
    heaps: list[list[float]] = [[] for _ in range(count)]
    for x, y in points:
        heaps[min(count - 1, int((x - first) / span * count))].append(y)
    found = [sum(heap) / len(heap) if heap else None for heap in heaps]
    usual = -(-count // len(points)) + 1
    known: int | None = None
    for at, value in enumerate(found):
        if value is None:
            continue
        if known is not None and 1 < at - known <= 2 * usual:
            left = found[known] or 0.0
            for step in range(known + 1, at):
                found[step] = left + (value - left) * (step - known) / (at - known)
        known = at
    return found


def _row(value: float, low: float, high: float, rows: int) -> int:
    if high == low:
        return rows // 2
    return rows - 1 - round((value - low) / (high - low) * (rows - 1))


def _line(grid: list[list[bool]], line: int, width: int, braille: bool) -> str:
    if not braille:
        return "".join("*" if dot else " " for dot in grid[line])
    cells = []
    for x in range(width):
        bits = sum(
            _DOTS[row][column]
            for row in range(4)
            for column in range(2)
            if grid[line * 4 + row][x * 2 + column]
        )
        cells.append(chr(0x2800 + bits) if bits else " ")
    return "".join(cells)
