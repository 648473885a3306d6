"""When a series left its usual level: robust, without assuming a distribution."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

#: scales the median absolute deviation to a standard deviation for normal noise
_MAD = 1.4826


def median(values: Sequence[float]) -> float:
    """Raises ValueError for no values."""
    if not values:
        raise ValueError("the median of no values is not defined")
    ordered = sorted(values)
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2


def spread(values: Sequence[float], centre: float) -> float:
    """The median absolute deviation from `centre`, scaled to a standard deviation."""
    return _MAD * median([abs(value - centre) for value in values])


@dataclass(frozen=True, slots=True)
class Split:
    """`index` is the first point of the later part; `gain` the share (0-1) of the deviation that the split explains."""

    index: int
    before: float
    after: float
    gain: float


def best_split(values: Sequence[float], smallest: int = 4) -> Split | None:
    """The split into two levels with the least squared deviation; None when there are too few points for two parts.

    Binary segmentation's first step (Scott and Knott 1974) on values clipped to three spreads around the quartiles,
    so that single spikes do not carry it.
    """
    count = len(values)
    if count < 2 * smallest:
        return None
    ordered = sorted(values)
    low, high = ordered[count // 4], ordered[(3 * count) // 4]
    room = 3 * (high - low)
    clipped = [min(max(value, low - room), high + room) for value in values] if room else list(values)
    total, squares = sum(clipped), sum(value * value for value in clipped)
    whole = squares - total * total / count
    best, best_at, left = -1.0, smallest, 0.0
    for index in range(1, count - smallest + 1):
        left += clipped[index - 1]
        if index < smallest:
            continue
        right = total - left
        between = left * left / index + right * right / (count - index) - total * total / count
        if between > best:
            best, best_at = between, index
    gain = best / whole if whole > 0 else 0.0
    return Split(best_at, median(values[:best_at]), median(values[best_at:]), gain)


def onset(values: Sequence[float], limit: float, rising: bool, forgiven: float = 0.2) -> int:
    """The first point of the last stretch that lies beyond `limit`, up to the end of the series.

    A stretch may have single points back within the limit: a share `forgiven` of it, never three in a row.
    Returns len(values) when the series does not end beyond the limit.
    """
    first, inside, row = len(values), 0, 0
    for index in range(len(values) - 1, -1, -1):
        beyond = values[index] > limit if rising else values[index] < limit
        row = 0 if beyond else row + 1
        inside += not beyond
        if row >= 3 or (inside > 2 and inside > forgiven * (len(values) - index)):
            break
        if beyond:
            first = index
    return first
