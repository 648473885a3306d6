"""What the back ends say of money, gathered for an answer: the time asked for, the one before, the month, the fleet."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from graph.answers.within import absent, within
from graph.intents.model import Ask, Slots
from graph.ports import Tools
from graph.understanding import times
from insight.cost import DAY, MACHINES
from insight.facts import Budget, Capacity, MetricSeries, Missing, Spend
from integrations.ports import Costs

_HISTORY = 28 * DAY
_HOURLY_BELOW = 2 * DAY


class CostSlots(Slots):
    service: str | None = None
    environment: str | None = None
    team: str | None = None
    model: str | None = None
    provider: str | None = None
    item: str | None = None
    group_by: str | None = None
    aspect: str | None = None
    last_n: int | None = None
    time_range: str = "this_month"
    horizon: str | None = None


@dataclass(frozen=True, slots=True)
class Spent:
    """`spends` of the window and `before` it (as long), narrowed to what was asked for. `month` is since the 1st (UTC)
    and `history` the 28 whole days before today, both in days and of everything; `requests` by service in the window;
    `peaks` the busiest hour (requests/s) by service in the first environment."""

    window: times.Span
    spends: tuple[Spend, ...] = ()
    before: tuple[Spend, ...] = ()
    month: tuple[Spend, ...] = ()
    history: tuple[Spend, ...] = ()
    budgets: tuple[Budget, ...] = ()
    requests: tuple[tuple[str, float], ...] = ()
    peaks: tuple[tuple[str, float], ...] = ()
    capacity: tuple[Capacity, ...] = ()
    queries: tuple[str, ...] = ()
    missing: tuple[Missing, ...] = ()


def month_of(now: float) -> tuple[float, float]:
    """The first instant of this calendar month and of the next one, UTC."""
    start = datetime.fromtimestamp(now, UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return start.timestamp(), (start + timedelta(days=32)).replace(day=1).timestamp()


async def facts(tools: Tools, ask: Ask) -> Spent:
    """What its aspect needs: budgets and projections the month, unit costs the requests, savings the fleet."""
    slots: CostSlots = ask.slots
    now = tools.clock.now()
    window = times.resolve(slots.time_range, now, ask.zone)
    costs = tools.sources.costs
    if costs is None:
        return Spent(window, missing=(absent("costs", "costs"),))
    match slots.aspect:
        case "budget" | "projection":
            return await _month(tools, slots, costs, window, now)
        case "savings":
            return await _fleet(tools, slots, costs, window, now)
        case _:
            return await _window(tools, slots, costs, window)


async def _window(tools: Tools, slots: CostSlots, costs: Costs, window: times.Span) -> Spent:
    size = window.end - window.start
    step = 3600.0 if size <= _HOURLY_BELOW else DAY
    start, place = window.start, slots.environment
    now_, before = await asyncio.gather(
        within("the costs", costs.spend(start, window.end, step, place)),
        within("the costs before", costs.spend(start - size, start, step, place)),
    )
    if isinstance(now_, Missing):
        return Spent(window, missing=(now_,))
    spends = narrowed(now_, slots, tools)
    earlier = () if isinstance(before, Missing) else narrowed(before, slots, tools)
    missing: tuple[Missing, ...] = (before,) if isinstance(before, Missing) else ()
    requests: list[tuple[str, float]] = []
    queries = [one.query for one in spends]
    if slots.aspect == "unit":
        for got in await _traffic(tools, spends, window.start, window.end):
            if isinstance(got, Missing):
                missing = (*missing, got)
            else:
                requests.append((got.service, sum(point.value for point in got.points) * got.step))
                queries.append(got.query)
    return Spent(window, spends, earlier, requests=tuple(requests), queries=tuple(queries), missing=missing)


async def _traffic(
    tools: Tools, spends: Sequence[Spend], start: float, end: float
) -> list[MetricSeries | Missing]:
    """Hourly requests/s of each service and environment that spent something."""
    if tools.sources.metrics is None:
        return [absent("metrics", "metrics")]
    metrics = tools.sources.metrics
    places = list(dict.fromkeys((one.service, one.environment) for one in spends))
    return await asyncio.gather(
        *(
            within(
                f"the requests of {service} in {place}",
                metrics.series(service, place, "throughput", "mean", start, end, 3600.0),
            )
            for service, place in places
        )
    )


async def _month(tools: Tools, slots: CostSlots, costs: Costs, window: times.Span, now: float) -> Spent:
    first, _ = month_of(now)
    today = now - now % DAY
    month, history, budgets = await asyncio.gather(
        within("the costs of this month", costs.spend(first, now, DAY)),
        within("the costs of the last 28 days", costs.spend(today - _HISTORY, today, DAY)),
        within("the budgets", costs.budgets()),
    )
    if isinstance(month, Missing):
        return Spent(window, missing=(month,))
    missing = tuple(one for one in (history, budgets) if isinstance(one, Missing))
    return Spent(
        window,
        spends=narrowed(month, slots, tools),
        month=month,
        history=() if isinstance(history, Missing) else history,
        budgets=() if isinstance(budgets, Missing) else budgets,
        queries=tuple(one.query for one in narrowed(month, slots, tools)),
        missing=missing,
    )


async def _fleet(tools: Tools, slots: CostSlots, costs: Costs, window: times.Span, now: float) -> Spent:
    main = next(iter(tools.catalogue.environments))
    today = now - now % DAY
    history = await within("the costs", costs.spend(today - _HISTORY, today, DAY, slots.environment))
    if isinstance(history, Missing):
        return Spent(window, missing=(history,))
    mine = narrowed(history, slots, tools)
    missing: list[Missing] = []
    capacity: tuple[Capacity, ...] = ()
    if tools.sources.capacities is None:
        missing.append(absent("capacity", "capacity"))
    else:
        got = await within("the replicas", tools.sources.capacities.capacity(main))
        if isinstance(got, Missing):
            missing.append(got)
        else:
            names = {one.service for one in mine}
            capacity = tuple(one for one in got if one.service in names)
    live = [one for one in mine if one.environment == main]
    traffic = await _traffic(tools, live, today - _HISTORY, now)
    missing += [one for one in traffic if isinstance(one, Missing)]
    series = [one for one in traffic if isinstance(one, MetricSeries) and one.points]
    peaks = tuple((one.service, max(point.value for point in one.points)) for one in series)
    queries = (*(one.query for one in mine), *(one.query for one in series))
    return Spent(window, mine, peaks=peaks, capacity=capacity, queries=queries, missing=tuple(missing))


def narrowed(spends: Sequence[Spend], slots: CostSlots, tools: Tools) -> tuple[Spend, ...]:
    """Those of the service, environment, team, model, provider or machines that were asked for."""

    def provider(one: Spend) -> str | None:
        known = tools.catalogue.services.get(one.service)
        return known.provider if known is not None and one.item not in MACHINES else None

    return tuple(
        one
        for one in spends
        if slots.service in (None, one.service)
        and slots.environment in (None, one.environment)
        and slots.team in (None, one.team)
        and slots.model in (None, one.item)
        and (slots.provider is None or slots.provider == provider(one))
        and (slots.item is None or slots.item == one.item)
    )
