"""Service level objectives: how well they were met, what is left of the error budget, how fast it burns.

Budgets, burn rates and the pairs of windows are those of the Google SRE Workbook, chapter 5 ("Alerting on SLOs",
method 6: multiwindow, multi-burn-rate alerts).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from insight.facts import MetricSeries, Objective

HOUR = 3600.0
_NO_ERROR = 1e-12
#: the 95 % quantile of the standard normal distribution
_Z95 = 1.6449

State = Literal["met", "at risk", "breached", "unknown"]


@dataclass(frozen=True, slots=True)
class Slice:
    """Requests of [at, at + step): how many, and how many of them were bad."""

    at: float
    step: float
    total: float
    bad: float


@dataclass(frozen=True, slots=True)
class Pair:
    """An alert of two windows (seconds): it speaks when both burn at `rate` or faster."""

    long: float
    short: float
    spent: float
    severity: Literal["page", "ticket"]

    def rate(self, window: float) -> float:
        """The burn rate that spends the part `spent` of the budget of `window` seconds within the long window."""
        return self.spent * window / self.long


#: 2 % of the budget in an hour, 5 % in six hours, 10 % in three days (workbook, table 5-8)
PAIRS = (
    Pair(HOUR, 300.0, 0.02, "page"),
    Pair(6 * HOUR, 1800.0, 0.05, "page"),
    Pair(72 * HOUR, 6 * HOUR, 0.10, "ticket"),
)


@dataclass(frozen=True, slots=True)
class Burn:
    """How fast a budget burns over both windows of a pair: 1 spends it exactly by the end of the SLO's window."""

    pair: Pair
    long: float
    short: float
    limit: float

    @property
    def alerts(self) -> bool:
        return self.long >= self.limit and self.short >= self.limit


@dataclass(frozen=True, slots=True)
class Standing:
    """How an objective stands: `attained` is the part of requests that were good; `left` the part of the error budget
    that is left (below 0: overspent); `lasts` the seconds until it is spent at the pace of the last hour, None when it
    is not being spent. `state` is unknown when nothing was measured."""

    objective: Objective
    attained: float
    left: float
    total: float
    bad: float
    burns: tuple[Burn, ...]
    lasts: float | None
    state: State


def availability(error_rate: MetricSeries, throughput: MetricSeries) -> tuple[Slice, ...]:
    """Requests and failed ones from a ratio and requests/s; instants that either series lacks are left out."""
    rates = {point.at: point.value for point in error_rate.points}
    return tuple(
        Slice(
            point.at,
            throughput.step,
            point.value * throughput.step,
            point.value * throughput.step * min(1.0, max(0.0, rates[point.at])),
        )
        for point in throughput.points
        if point.at in rates
    )


def within(
    p50: MetricSeries, p95: MetricSeries, throughput: MetricSeries, threshold: float
) -> tuple[Slice, ...]:
    """Requests, and those slower than `threshold` ms, estimated from two percentiles as log-normal: the part that is
    faster is Phi((ln threshold - ln p50) / sigma) with sigma = (ln p95 - ln p50) / 1.645."""
    middles = {point.at: point.value for point in p50.points}
    tails = {point.at: point.value for point in p95.points}
    return tuple(
        Slice(
            point.at,
            throughput.step,
            point.value * throughput.step,
            point.value * throughput.step * slower(middles[point.at], tails[point.at], threshold),
        )
        for point in throughput.points
        if point.at in middles and point.at in tails
    )


def slower(p50: float, p95: float, threshold: float) -> float:
    """The part (0-1) of a log-normal sample above `threshold`, from its 50 % and 95 % quantiles."""
    if p50 <= 0 or threshold <= 0:
        return 0.0 if threshold > 0 else 1.0
    sigma = math.log(max(p95, p50) / p50) / _Z95
    if sigma < 1e-9:
        return 1.0 if p50 > threshold else 0.0
    return 0.5 * math.erfc(math.log(threshold / p50) / sigma / math.sqrt(2))


def standing(
    objective: Objective,
    long: Sequence[Slice],
    short: Sequence[Slice],
    at: float,
    window: float | None = None,
) -> Standing:
    """How the objective stands at `at`. `long` are slices over the window, `short` finer ones over the last hours;
    burn rates use the short ones where they reach back far enough. `window` looks at another time than its own: then
    nothing is said of how long the budget lasts."""
    looked = window or objective.window
    seen = [one for one in long if at - looked <= one.at < at]
    total, bad = sum(one.total for one in seen), sum(one.bad for one in seen)
    if total <= 0:
        return Standing(objective, 1.0, 1.0, 0.0, 0.0, (), None, "unknown")
    allowed = (1.0 - objective.target) * total
    left = 1.0 - bad / max(allowed, _NO_ERROR)
    burns = tuple(
        Burn(
            pair,
            burn_rate(objective.target, _finest(long, short, at, pair.long), at - pair.long, at),
            burn_rate(objective.target, _finest(long, short, at, pair.short), at - pair.short, at),
            pair.rate(objective.window),
        )
        for pair in PAIRS
    )
    pace = burns[0].long
    lasts = left * looked / pace if left > 0 and pace > 0 and window is None else None
    state: State = "breached" if left <= 0 else "at risk" if any(one.alerts for one in burns) else "met"
    return Standing(objective, 1.0 - bad / total, left, total, bad, burns, lasts, state)


def _finest(long: Sequence[Slice], short: Sequence[Slice], at: float, length: float) -> Sequence[Slice]:
    return short if short and short[0].at <= at - length + short[0].step else long


def burn_rate(target: float, slices: Sequence[Slice], start: float, end: float) -> float:
    """The part of bad requests in [start, end) over the part that the target allows; 0 without requests."""
    seen = [one for one in slices if start <= one.at < end]
    total = sum(one.total for one in seen)
    if total <= 0:
        return 0.0
    return sum(one.bad for one in seen) / total / max(1.0 - target, _NO_ERROR)


def left_over_time(slices: Sequence[Slice], target: float) -> list[tuple[float, float]]:
    """(instant, part of the window's error budget left), oldest first: the curve of a burn-down chart."""
    allowed = max((1.0 - target) * sum(one.total for one in slices), _NO_ERROR)
    spent, curve = 0.0, []
    for one in slices:
        spent += one.bad
        curve.append((one.at + one.step, 1.0 - spent / allowed))
    return curve
