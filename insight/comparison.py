"""A series against what is usual for it: is it worse now, by how much, since when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from insight.changepoint import best_split, median, onset, spread
from insight.facts import MetricSeries

#: points at the end of a series that say what it is now
TAIL = 4
#: how many spreads a value must lie off its usual level to count
_SPREADS = 5.0
#: the least share of the deviation that a split must explain to be taken for a change of level
_EXPLAINS = 0.5
#: a spread is at least this share of the level: a flat baseline must not make noise significant
_FLATTEST = 0.01


@dataclass(frozen=True, slots=True)
class Worse:
    """What makes a metric worse: its direction, and the least change that matters to people.

    `share` is relative to the usual level, `amount` in the unit of the metric; both must be reached.
    """

    rising: bool
    share: float = 0.0
    amount: float = 0.0


#: metric → when it is worse. Metrics that are not here are never a symptom.
WORSE: dict[str, Worse] = {
    "error_rate": Worse(rising=True, share=1.0, amount=0.01),
    "latency": Worse(rising=True, share=0.25),
    "ttft": Worse(rising=True, share=0.3),
    "eval_score": Worse(rising=False, amount=0.04),
    "throughput": Worse(rising=False, share=0.5),
    "queue_depth": Worse(rising=True, share=1.5),
    "saturation": Worse(rising=True, amount=0.12),
    "memory": Worse(rising=True, amount=0.2),
    "tokens": Worse(rising=True, share=0.7),
    "cost": Worse(rising=True, share=0.6),
}


@dataclass(frozen=True, slots=True)
class Shift:
    """`usual` → `now` in the unit of the series. `since` is Unix seconds, None when it began before the series.

    `size` says how far beyond the least change that matters it is (1.0: just).
    """

    usual: float
    now: float
    since: float | None
    size: float


@dataclass(frozen=True, slots=True)
class Level:
    """What a series is `now` and what is `usual` for it, the middle of the values `before`.

    `compared` says that these are of another time than now: of a baseline, or from before a change of level.
    """

    usual: float
    now: float
    before: Sequence[float]
    compared: bool = True

    @property
    def noise(self) -> float:
        """The spread of the usual."""
        return spread(self.before, self.usual)

    @property
    def ratio(self) -> float | None:
        """How many times the usual it is now; None where nothing is usual."""
        return self.now / self.usual if self.usual > 0 else None


def level(series: MetricSeries, baseline: MetricSeries | None) -> Level | None:
    """Without a baseline the series' own earlier level is what is usual; None with too few points for either."""
    values = [point.value for point in series.points]
    if len(values) < TAIL:
        return None
    now = median(values[-TAIL:])
    if baseline is not None and len(baseline.points) >= TAIL:
        before = [point.value for point in baseline.points]
        return Level(median(before), now, before)
    split = best_split(values)
    if split is None:
        return None
    compared = split.gain >= _EXPLAINS
    before = values[: split.index] if compared else values
    return Level(median(before), now, before, compared)


def worsening(series: MetricSeries, baseline: MetricSeries | None) -> Shift | None:
    """Whether `series` ends worse than usual."""
    if series.metric not in WORSE:
        return None
    found = level(series, baseline)
    return None if found is None else shift(series, found)


def shift(series: MetricSeries, found: Level) -> Shift | None:
    """Whether a level of `series` is worse than usual; None too for a metric that is never a symptom."""
    worse = WORSE.get(series.metric)
    if worse is None:
        return None
    moved = (found.now - found.usual) if worse.rising else (found.usual - found.now)
    least = max(worse.amount, worse.share * abs(found.usual))
    if (
        moved <= 0
        or moved < max(least, _SPREADS * _FLATTEST * abs(found.usual))
        or moved < _SPREADS * found.noise
    ):
        return None
    since = moved_since(series, found)
    return Shift(found.usual, found.now, since, moved / least if least > 0 else 1.0)


def moved_since(series: MetricSeries, found: Level) -> float | None:
    """When the series left the usual half of the way to where it is now; None when before its first point."""
    halfway = found.usual + (found.now - found.usual) / 2
    first = onset([point.value for point in series.points], halfway, found.now > found.usual)
    return None if first == 0 else series.points[min(first, len(series.points) - 1)].at


def said(value: float, unit: str) -> str:
    """A measured value in words: ratios in percent, thousands with commas, three significant digits below that."""
    if unit == "ratio":
        return f"{100 * value:.3g} %"
    number = f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
    return number if unit.startswith("score") else f"{number} {unit}"
