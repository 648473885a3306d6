"""What things cost: by service, model and team, by the request and the token; budgets to the month's end; savings."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from insight.changepoint import median, spread
from insight.facts import Budget, Capacity, Spend

DAY = 86_400.0
WEEK = 7
#: 80 % of a normal distribution lies within so many standard deviations
_Z80 = 1.2816
#: items that are machines; every other item is a model
MACHINES = frozenset({"gpu", "compute"})
#: hours a week in which nobody works on what is not production: nights (20 to 8) and the weekend
_OFF_HOURS = (5 * 12 + 48) / 168
#: a machine's replicas may be used to this part at the peak
FULLNESS = 0.7
#: the least that is worth saying, USD a month; a rise of an item that is worth a look
_WORTH, _RISE = 20.0, 0.3
MONTH_DAYS = 30.4


@dataclass(frozen=True, slots=True)
class Part:
    """What one name spent, and the tokens that went with it."""

    name: str
    usd: float
    tokens: float

    @property
    def per_thousand_tokens(self) -> float | None:
        return 1000 * self.usd / self.tokens if self.tokens > 0 else None


@dataclass(frozen=True, slots=True)
class Projection:
    """USD by the end of the month: what is spent plus what is expected, with about 80 % between low and high."""

    spent: float
    low: float
    likely: float
    high: float


@dataclass(frozen=True, slots=True)
class BudgetState:
    """A budget, what is spent of it this month, and where the month will end. `gone_in` days: when it is used up at
    the expected pace, None when not within this month."""

    budget: Budget
    projection: Projection
    gone_in: float | None

    @property
    def used(self) -> float:
        return self.projection.spent / self.budget.monthly if self.budget.monthly > 0 else math.inf

    @property
    def state(self) -> str:
        if self.projection.spent >= self.budget.monthly:
            return "over"
        if self.projection.likely > self.budget.monthly:
            return "will be over"
        return "may be over" if self.projection.high > self.budget.monthly else "within"


@dataclass(frozen=True, slots=True)
class Saving:
    """An idea: what to do, USD a month it would save, and the figures that say so."""

    what: str
    monthly: float
    why: str


def total(spends: Iterable[Spend]) -> float:
    return math.fsum(point.value for one in spends for point in one.points)


def parts(spends: Iterable[Spend], by: Callable[[Spend], str]) -> list[Part]:
    """What each name spent, the most first. Tokens of machines are 0."""
    usd: dict[str, float] = {}
    tokens: dict[str, float] = {}
    for one in spends:
        name = by(one)
        usd[name] = usd.get(name, 0.0) + total((one,))
        tokens[name] = tokens.get(name, 0.0) + one.tokens
    return sorted((Part(name, usd[name], tokens[name]) for name in usd), key=lambda one: (-one.usd, one.name))


def daily(spends: Iterable[Spend]) -> dict[float, float]:
    """Instant of a point → USD of all that was spent then."""
    sums: dict[float, float] = {}
    for one in spends:
        for point in one.points:
            sums[point.at] = sums.get(point.at, 0.0) + point.value
    return dict(sorted(sums.items()))


def project(history: Sequence[float], spent: float, left: float) -> Projection:
    """What the month will come to: `history` are USD of whole days, oldest first and the last one yesterday; `spent`
    is what this month cost so far, `left` the days (with a fraction) until it ends.

    Each day to come is expected to cost the median of the same weekday in the last four weeks. The interval takes what
    the days of the history were off that, as independent from day to day, and what the last week was off it in all, as
    if it went on.
    """
    if not history:
        return Projection(spent, spent, spent, spent)
    recent = list(history[-4 * WEEK :])
    offset = len(recent) % WEEK
    usual = [median(recent[day::WEEK] or recent) for day in range(WEEK)]
    coming = 0.0
    for ahead in range(math.ceil(left)):
        share = min(1.0, left - ahead)
        coming += share * usual[(offset + ahead) % WEEK]
    off = spread([value - usual[day % WEEK] for day, value in enumerate(recent)], 0.0)
    week = [value - usual[day % WEEK] for day, value in enumerate(recent)][-WEEK:]
    drift = left * math.fsum(week) / len(week)
    room = math.hypot(_Z80 * off * math.sqrt(max(0.0, left)), drift)
    return Projection(spent, max(spent, spent + coming - room), spent + coming, spent + coming + room)


def budget_state(budget: Budget, history: Sequence[float], spent: float, left: float) -> BudgetState:
    """How a budget stands, from the days of its scope."""
    projection = project(history, spent, left)
    rest, coming = budget.monthly - spent, projection.likely - spent
    gone = rest / coming * left if coming > 0 and 0 < rest < coming else 0.0 if rest <= 0 else None
    return BudgetState(budget, projection, gone)


def of_budget(budget: Budget, spends: Iterable[Spend]) -> list[Spend]:
    return [one for one in spends if budget.scope == (one.team if budget.kind == "team" else one.service)]


def savings(
    spends: Sequence[Spend], days: float, peaks: Mapping[str, float], capacity: Sequence[Capacity], main: str
) -> list[Saving]:
    """Ideas with figures, the greatest first: idle replicas, dearer models, machines beside `main` (the environment
    that users see) out of hours, items that rose. `spends` cover `days` days in points of one day; `peaks` are the
    greatest requests/s of a service in `main` in that time."""
    ideas = [
        *_idle(peaks, capacity),
        *_dear(spends, days),
        *_asleep(spends, days, main),
        *_risen(spends),
    ]
    return sorted((one for one in ideas if one.monthly >= _WORTH), key=lambda one: -one.monthly)


def _idle(peaks: Mapping[str, float], capacity: Sequence[Capacity]) -> list[Saving]:
    found = []
    for one in capacity:
        peak = peaks.get(one.service)
        if peak is None or one.per_replica <= 0:
            continue
        needed = max(one.minimum, math.ceil(peak / (one.per_replica * FULLNESS)))
        if needed < one.replicas:
            why = (
                f"its peak was {peak:.0f} req/s, {peak / (one.per_replica * one.replicas):.0%} of what "
                f"{one.replicas} replicas bear; {needed} would be used to at most {FULLNESS:.0%}"
            )
            what = f"run {one.service} in {one.environment} on {needed} replicas instead of {one.replicas}"
            found.append(Saving(what, (one.replicas - needed) * one.monthly_cost, why))
    return found


def _dear(spends: Sequence[Spend], days: float) -> list[Saving]:
    """Half of a service's tokens of its dearest model on the cheapest one that the same service uses already."""
    found = []
    for service in dict.fromkeys(one.service for one in spends):
        models = [
            one
            for one in parts(
                (each for each in spends if each.service == service and each.item not in MACHINES),
                lambda each: each.item,
            )
            if one.per_thousand_tokens
        ]
        priced = sorted(models, key=lambda one: one.per_thousand_tokens or 0.0)
        if len(priced) < 2:
            continue
        low, high = priced[0].per_thousand_tokens or 0.0, priced[-1].per_thousand_tokens or 0.0
        monthly = 0.5 * priced[-1].tokens / 1000 * (high - low) / days * MONTH_DAYS
        why = (
            f"{priced[-1].name} costs {high:.3g} USD for 1,000 tokens, {priced[0].name} {low:.3g}; compare their "
            "answers first"
        )
        what = f"move half of the {priced[-1].name} tokens of {service} to {priced[0].name}"
        found.append(Saving(what, monthly, why))
    return found


def _asleep(spends: Sequence[Spend], days: float, main: str) -> list[Saving]:
    found = []
    for place in dict.fromkeys(one.environment for one in spends if one.environment != main):
        machines = [one for one in spends if one.environment == place and one.item in MACHINES]
        monthly = total(machines) / days * MONTH_DAYS
        why = f"its machines cost {monthly:,.0f} USD a month, and {_OFF_HOURS:.0%} of it are nights and weekends"
        found.append(Saving(f"stop the machines of {place} out of hours", monthly * _OFF_HOURS, why))
    return found


def _risen(spends: Sequence[Spend]) -> list[Saving]:
    found = []
    for one in spends:
        values = [point.value for point in one.points]
        if len(values) < 3 * WEEK:
            continue
        before, now = median(values[:-WEEK]), median(values[-WEEK:])
        if before > 0 and now / before - 1 >= _RISE:
            why = f"its days cost {now:,.2f} USD in the last week and {before:,.2f} before ({now / before - 1:+.0%})"
            what = f"find out why {one.item} of {one.service} in {one.environment} rose"
            found.append(Saving(what, (now - before) * MONTH_DAYS, why))
    return found
