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

#: service and environment, metric, statistic, seconds between two points
Line = tuple[Key, str, str, float]
Measure = Callable[[Key, str, str, Floats], Floats]


@dataclass(slots=True)
class _Block:
    """`effects` is what the values were worked out with: other effects make the block worthless."""

    effects: tuple[Effect, ...]
    times: Floats
    values: Floats
    points: tuple[Point, ...] = field(default=())


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
            block.points = block.points or points(block.times, block.values)
            found += block.points[low:high]
        return found

    def _runs(self, line: Line, start: float, count: int) -> list[tuple[_Block, int, int]]:
        """The blocks that hold the instants, and from where to where in each."""
        if line not in self._shifts:
            # so that the blocks of many lines do not all end at the same instant
            self._shifts[line] = key_of(*line) % LENGTH
        first = int(start // line[3]) + self._shifts[line]
        runs = []
        for number in range(first // LENGTH, (first + count - 1) // LENGTH + 1 if count else 0):
            low, high = max(0, first - number * LENGTH), min(LENGTH, first + count - number * LENGTH)
            runs.append((self._block(line, number), low, high))
        return runs

    def _block(self, line: Line, number: int) -> _Block:
        effects, name = self._effects(line[0]), (line, number)
        block = self._blocks.get(name)
        if block is None or block.effects is not effects:
            step = line[3]
            times = np.arange(LENGTH) * step + (number * LENGTH - self._shifts[line]) * step
            block = self._blocks[name] = _Block(effects, times, self._measure(*line[:3], times))
        self._blocks.move_to_end(name)
        if len(self._blocks) > MOST:
            self._blocks.popitem(last=False)
        return block
