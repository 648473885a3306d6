"""Series on a fixed grid of instants, kept in blocks: asking again a moment later computes only what is new."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from insight.facts import Point
from integrations.demo.effects import Effect
from integrations.demo.noise import Floats, key_of
from integrations.demo.releases import Key

#: points of a block
LENGTH = 128
#: the most blocks that are kept (about 15 kB each), and the longest run of points worth keeping
MOST = 640
LONGEST = 4 * LENGTH
#: points are made so many at a time
_AHEAD = 8

#: service and environment, metric, statistic, seconds between two points
Line = tuple[Key, str, str, float]
Measure = Callable[[Key, str, str, Floats], Floats]


@dataclass(slots=True)
class _Block:
    """`effects` is what the values were worked out with: other effects make the block worthless."""

    effects: tuple[Effect, ...]
    times: Floats
    values: Floats
    low: int = 0
    points: tuple[Point, ...] = field(default=())

    def between(self, low: int, high: int) -> tuple[Point, ...]:
        """The points of those rows: each is made once, together with those between it and the ones already made."""
        if not self.points:
            self.low = low
        if low < self.low:
            self.points = self._made(low, self.low) + self.points
            self.low = low
        if high > (known := self.low + len(self.points)):
            self.points += self._made(known, min(LENGTH, -(-high // _AHEAD) * _AHEAD))
        return self.points[low - self.low : high - self.low]

    def _made(self, low: int, high: int) -> tuple[Point, ...]:
        return points(self.times[low:high], self.values[low:high])


def on_grid(start: float, step: float) -> bool:
    """Whether series from `start` fall on the instants that blocks are made of: whole multiples of whole seconds."""
    return step >= 1.0 and float(step).is_integer() and start % step == 0.0


def points(times: Floats, values: Floats) -> tuple[Point, ...]:
    return tuple(map(Point, times.tolist(), np.round(values, 5).tolist()))


class Blocks:
    """`measure` gives values at instants, `effects` the troubles of a service: a new tuple whenever they change.

    A block may reach into the future: what is there follows from what is known now, and is worked out anew when an
    event changes it.
    """

    def __init__(self, measure: Measure, effects: Callable[[Key], tuple[Effect, ...]]) -> None:
        self._measure = measure
        self._effects = effects
        self._blocks: OrderedDict[tuple[Line, int], _Block] = OrderedDict()
        self._shifts: dict[Line, int] = {}

    def values(self, line: Line, start: float, count: int) -> Floats:
        """The values at `count` instants from `start`, which is on the grid."""
        runs = [block.values[low:high] for block, low, high in self._runs(line, start, count)]
        return runs[0] if len(runs) == 1 else np.concatenate([*runs, np.empty(0)])

    def points(self, line: Line, start: float, count: int) -> tuple[Point, ...]:
        found: tuple[Point, ...] = ()
        for block, low, high in self._runs(line, start, count):
            found += block.between(low, high)
        return found

    def _runs(self, line: Line, start: float, count: int) -> list[tuple[_Block, int, int]]:
        """The blocks that hold the instants, and from where to where in each."""
        if line not in self._shifts:
            if len(self._shifts) >= 8 * MOST:
                self._shifts.clear()
            # so that the blocks of many lines do not all end at the same instant
            self._shifts[line] = key_of(*line) % LENGTH
        shift, effects = self._shifts[line], self._effects(line[0])
        first = int(start // line[3]) + shift
        numbers = range(first // LENGTH, (first + count - 1) // LENGTH + 1 if count else first // LENGTH)
        stale = [n for n in numbers if (b := self._blocks.get((line, n))) is None or b.effects is not effects]
        if stale:
            self._make(line, effects, stale[0], stale[-1] + 1, shift)
        runs = []
        for number in numbers:
            low, high = max(0, first - number * LENGTH), min(LENGTH, first + count - number * LENGTH)
            runs.append((self._blocks[line, number], low, high))
            self._blocks.move_to_end((line, number))
        while len(self._blocks) > MOST:
            self._blocks.popitem(last=False)
        return runs

    def _make(self, line: Line, effects: tuple[Effect, ...], first: int, end: int, shift: int) -> None:
        """Blocks `first` up to `end`, measured at one go."""
        step = line[3]
        times = (np.arange(first * LENGTH, end * LENGTH) - shift) * step
        values = self._measure(*line[:3], times)
        for number in range(first, end):
            rows = slice((number - first) * LENGTH, (number - first + 1) * LENGTH)
            self._blocks[line, number] = _Block(effects, times[rows], values[rows])
