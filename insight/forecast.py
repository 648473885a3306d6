"""Where a daily figure is going: a robust trend with a weekly season, an honest interval, and when a limit is met."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from insight.changepoint import median
from insight.facts import MetricSeries

DAY = 86_400.0
WEEK = 7
#: days of history below which nothing is foretold: three of each weekday
LEAST = 21
#: 80 % of a normal distribution lies within so many standard deviations
_Z80 = 1.2816
#: how far ahead may be looked, as a multiple of the history
REACH = 4


@dataclass(frozen=True, slots=True)
class Expected:
    """A day's figure: `middle`, and the bounds between which it lies with about 80 %."""

    low: float
    middle: float
    high: float


@dataclass(frozen=True, slots=True)
class Forecast:
    """`slope` a day with the bounds of its 80 % interval; `level` on the last day without its weekday's part.

    `season` has one addend for each day of the week, counted from the first day of the history.
    """

    days: int
    slope: float
    slope_low: float
    slope_high: float
    level: float
    season: tuple[float, ...]
    rest_low: float
    rest_high: float

    def on(self, ahead: int) -> Expected:
        """The figure `ahead` days after the last day of the history."""
        last = self.days - 1
        middle = self.level + self.slope * ahead + self.season[(last + ahead) % WEEK]
        arm = abs(last / 2 + ahead)
        low = middle - (self.slope - self.slope_low) * arm + self.rest_low
        high = middle + (self.slope_high - self.slope) * arm + self.rest_high
        return Expected(max(0.0, low), max(0.0, middle), max(0.0, high))

    def peak(self, ahead: int) -> Expected:
        """The greatest day of the week that ends `ahead` days after the history."""
        days = [self.on(day) for day in range(max(1, ahead - WEEK + 1), ahead + 1)]
        return Expected(
            max(one.low for one in days), max(one.middle for one in days), max(one.high for one in days)
        )

    @property
    def growth(self) -> float:
        """Share of the level that 30 days of the trend add; 0 for a level of 0."""
        return 30 * self.slope / self.level if self.level > 0 else 0.0

    @property
    def grows(self) -> bool | None:
        """True or False where the interval of the slope is on one side of 0; None where nobody can tell."""
        if self.slope_low > 0:
            return True
        return False if self.slope_high < 0 else None


@dataclass(frozen=True, slots=True)
class Reached:
    """Days until a limit is met: at the earliest, most likely, at the latest; None where not within the reach."""

    early: int | None
    likely: int | None
    late: int | None


def forecast(daily: Sequence[float]) -> Forecast | None:
    """The trend and season of figures one day apart, oldest first; None for fewer than 21 days.

    The slope is the seasonal Kendall estimator (Hirsch, Slack & Smith, Water Resources Research 18, 1982): the median
    of the slopes between days of the same weekday, so that neither the week nor single bad days bend it. Its interval
    takes the ranks of Sen (JASA 63, 1968) with the variance of Kendall's S summed over the weekdays. What is left
    after trend and season gives the width (its 10 % and 90 % quantiles).
    """
    days = len(daily)
    if days < LEAST:
        return None
    slopes = sorted(
        (daily[later] - daily[first]) / (later - first)
        for first in range(days)
        for later in range(first + WEEK, days, WEEK)
    )
    slope = median(slopes)
    half = _Z80 * math.sqrt(sum(_variance(len(range(one, days, WEEK))) for one in range(WEEK))) / 2
    middle = (len(slopes) - 1) / 2
    low = slopes[max(0, math.floor(middle - half))]
    high = slopes[min(len(slopes) - 1, math.ceil(middle + half))]
    flat = [value - slope * (day - (days - 1)) for day, value in enumerate(daily)]
    level = sum(median(flat[one::WEEK]) for one in range(WEEK)) / WEEK
    season = tuple(median(flat[one::WEEK]) - level for one in range(WEEK))
    rest = sorted(value - level - season[day % WEEK] for day, value in enumerate(flat))
    return Forecast(days, slope, low, high, level, season, _quantile(rest, 0.1), _quantile(rest, 0.9))


def _variance(count: int) -> float:
    return count * (count - 1) * (2 * count + 5) / 18


def _quantile(ordered: Sequence[float], share: float) -> float:
    at = share * (len(ordered) - 1)
    below = math.floor(at)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (at - below) * (ordered[above] - ordered[below])


def reached(seen: Forecast, limit: float, most: int) -> Reached:
    """When the week's peak meets `limit`, within `most` days and four times the history."""
    early = likely = late = None
    for day in range(1, min(most, REACH * seen.days) + 1):
        week = seen.on(day)
        early = day if early is None and week.high >= limit else early
        likely = day if likely is None and week.middle >= limit else likely
        late = day if late is None and week.low >= limit else late
    return Reached(early, likely, late)


def daily_peaks(series: MetricSeries, end: float) -> list[float]:
    """The greatest point of each 24 hours back from `end`, oldest first; days without points before the first that
    has some are left out, later ones take the day before."""
    peaks: dict[int, float] = {}
    for point in series.points:
        if point.at < end:
            day = math.ceil((end - point.at) / DAY) - 1
            peaks[day] = max(point.value, peaks.get(day, point.value))
    if not peaks:
        return []
    found: list[float] = []
    for day in range(max(peaks), -1, -1):
        found.append(peaks[day] if day in peaks else found[-1])
    return found


def replicas_for(demand: float, per_replica: float, fullness: float) -> int:
    """Replicas that serve `demand` when each is used to the part `fullness` of what it can bear. At least one."""
    if per_replica <= 0 or not 0 < fullness <= 1:
        raise ValueError("a replica serves more than nothing, and is used to a part between 0 and 1")
    return max(1, math.ceil(round(demand / (per_replica * fullness), 9)))
