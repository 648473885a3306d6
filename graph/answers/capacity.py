"""Will it bear the load: what replicas can serve, how traffic grows, when it meets the limit, what more would cost."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from graph import cards, charts
from graph.answers.within import absent, gaps, known_from, within
from graph.answers.words import amount, length, listed
from graph.intents.model import Answer, Ask, Slots
from graph.message import Block
from graph.ports import Tools
from graph.understanding import aspects
from insight.facts import Capacity, MetricSeries, Missing, Point
from insight.forecast import DAY, Forecast, Reached, daily_peaks, forecast, reached, replicas_for
from integrations.ports import Metrics

_HISTORY = 56 * DAY
_AHEAD = 30
#: replicas are used to this part at most when one is to be lost without harm
FULLNESS = 0.8
_NOT_KNOWN = ("disk", "storage", "rate limit", "quota")


class CapacitySlots(Slots):
    service: str | None = None
    environment: str | None = None
    team: str | None = None
    model: str | None = None
    metric: str | None = None
    factor: float | None = None
    horizon: str | None = None
    time_range: str | None = None


@dataclass(frozen=True, slots=True)
class Outlook:
    """A service's capacity, the peak hour (requests/s) of the last 7 days, where it goes, when it meets the limit of
    the replicas that run (`now_full`) and of the most there may be (`full`)."""

    capacity: Capacity
    peak: float
    peaks: tuple[float, ...]
    seen: Forecast | None
    now_full: Reached | None
    full: Reached | None
    query: str

    @property
    def limit(self) -> float:
        return self.capacity.replicas * self.capacity.per_replica

    @property
    def most(self) -> float:
        return self.capacity.maximum * self.capacity.per_replica

    @property
    def used(self) -> float:
        return self.peak / self.limit if self.limit > 0 else 0.0


@dataclass(frozen=True, slots=True)
class Outlooks:
    """The fullest first. `ahead` is the days that were asked for."""

    outlooks: tuple[Outlook, ...]
    missing: tuple[Missing, ...]
    environment: str
    ahead: int


async def facts(tools: Tools, ask: Ask) -> Outlooks:
    slots: CapacitySlots = ask.slots
    now = tools.clock.now()
    environment = slots.environment or next(iter(tools.catalogue.environments))
    ahead = days_of(slots, now, ask.zone)
    if tools.sources.capacities is None:
        return Outlooks((), (absent("capacity", "capacity"),), environment, ahead)
    if tools.sources.metrics is None:
        return Outlooks((), (absent("metrics", "metrics"),), environment, ahead)
    found = await within(f"the capacity of {environment}", tools.sources.capacities.capacity(environment))
    if isinstance(found, Missing):
        return Outlooks((), (found,), environment, ahead)
    wanted = [one for one in found if _asked_for(one, slots, tools)]
    got = await asyncio.gather(*(_outlook(tools.sources.metrics, one, now, ahead) for one in wanted))
    seen = sorted((one for one in got if isinstance(one, Outlook)), key=lambda one: -one.used)
    return Outlooks(tuple(seen), tuple(one for one in got if isinstance(one, Missing)), environment, ahead)


def days_of(slots: CapacitySlots, now: float, zone: str) -> int:
    """Days ahead: what was said, the end of a quarter or a year that is running, else 30."""
    horizon = slots.horizon
    if horizon is None and slots.time_range in ("this_month", "this_quarter", "this_year"):
        horizon = f"end_of_{slots.time_range.removeprefix('this_')}"
    return aspects.days_ahead(horizon, now, zone) if horizon else _AHEAD


def _asked_for(one: Capacity, slots: CapacitySlots, tools: Tools) -> bool:
    service = tools.catalogue.services.get(one.service)
    if service is None:
        return slots.service == one.service
    return (
        slots.service in (None, one.service)
        and slots.team in (None, service.owner)
        and (slots.model is None or slots.model in service.models)
        and (slots.metric != "gpu" or slots.service is not None or one.accelerator is not None)
    )


async def _outlook(metrics: Metrics, one: Capacity, now: float, ahead: int) -> Outlook | Missing:
    what = f"the traffic of {one.service} in {one.environment}"
    got: MetricSeries | Missing = await within(
        what,
        metrics.series(one.service, one.environment, "throughput", "mean", now - _HISTORY, now, 3600.0),
    )
    if isinstance(got, Missing):
        return got
    peaks = daily_peaks(got, now)
    if not peaks:
        return Missing(what, "there are no points in that time")
    seen = forecast(peaks)
    limits = [count * one.per_replica for count in (one.replicas, one.maximum)]
    met = [None if seen is None else reached(seen, limit, max(ahead, 365)) for limit in limits]
    return Outlook(one, max(peaks[-7:]), tuple(peaks), seen, met[0], met[1], got.query)


def answer(tools: Tools, ask: Ask, found: Outlooks) -> Answer:
    slots: CapacitySlots = ask.slots
    lost = gaps(found.missing)
    low = ask.message.text.lower()
    unknown = [word for word in _NOT_KNOWN if word in low]
    if unknown:
        lost.append(
            f"I have no figures on any {listed(unknown, 'or')}; what I know is what replicas can serve."
        )
    if not found.outlooks:
        words = " ".join(lost) or f"Nothing with replicas in {found.environment} fits that."
        return Answer(words, (cards.text(words),))
    now = tools.clock.now()
    if len(found.outlooks) == 1:
        one = found.outlooks[0]
        words = " ".join([*_sentences(one, slots, found.ahead), *lost])
        blocks: list[Block] = [cards.text(words), _picture(one, found.ahead, ask.zone, now)]
        entities = {"service": one.capacity.service, "environment": found.environment}
    else:
        words = " ".join([_overview(found, slots), *lost])
        blocks, entities = [cards.text(words), _table(found, slots)], {"environment": found.environment}
    blocks.append(known_from([one.query for one in found.outlooks]))
    return Answer(words, tuple(blocks), entities=entities)


def _sentences(one: Outlook, slots: CapacitySlots, ahead: int) -> list[str]:
    mine = one.capacity
    said = [
        f"{mine.service} in {mine.environment} serves up to {_rate(one.limit)} on {mine.replicas} replicas; the "
        f"busiest hour of the last 7 days had {_rate(one.peak)} ({one.used:.0%})."
    ]
    if slots.factor is not None:
        return [*said, _if_times(one, slots.factor)]
    said.append(_growth(one, ahead))
    if one.seen is not None and one.now_full is not None and one.full is not None:
        said.append(_when(f"The {mine.replicas} replicas are full", one.now_full, max(ahead, 365)))
        if one.now_full.likely is not None and mine.maximum > mine.replicas:
            said.append(
                _when(f"The most there may be ({mine.maximum}) would be full", one.full, max(ahead, 365))
            )
        coming = one.seen.peak(ahead)
        said.append(_needed(one, coming.middle, coming.high, f"in {ahead} days"))
    return said


def _growth(one: Outlook, ahead: int) -> str:
    if one.seen is None:
        return f"There are only {len(one.peaks)} days of history: too few to say where it goes."
    expected = one.seen.peak(ahead)
    trend = {True: "grows", False: "falls", None: "does not clearly grow or fall"}[one.seen.grows]
    by = "" if one.seen.grows is None else f" by {abs(one.seen.growth):.0%} in 30 days"
    return (
        f"Its daily peak {trend}{by}; in {ahead} days the week's peak is expected at {_rate(expected.middle)} "
        f"(between {_rate(expected.low)} and {_rate(expected.high)}, from {one.seen.days} days of history)."
    )


def _when(what: str, met: Reached, most: int) -> str:
    if met.likely is None:
        early = f", at the earliest in {met.early} days" if met.early is not None else ""
        return f"{what} not within {length(most * DAY)} if it goes on like this{early}."
    late = f"{met.late} days" if met.late is not None else "never"
    return f"{what} in about {met.likely} days (at the earliest {met.early}, at the latest {late})."


def _needed(one: Outlook, likely: float, high: float, when: str) -> str:
    mine = one.capacity
    needed = replicas_for(likely, mine.per_replica, FULLNESS)
    safe = replicas_for(high, mine.per_replica, FULLNESS)
    upto = f" (up to {safe})" if safe > needed else ""
    words = f"To stay below {FULLNESS:.0%} {when} it takes {needed} replicas{upto}"
    if needed <= mine.replicas:
        return f"{words}: those that run are enough."
    cost = (needed - mine.replicas) * mine.monthly_cost
    most = f"; more than the {mine.maximum} it may have" if needed > mine.maximum else ""
    return f"{words}, {needed - mine.replicas} more than now: {amount(cost, 'USD')} a month{most}."


def _if_times(one: Outlook, factor: float) -> str:
    mine, load = one.capacity, one.peak * factor
    times_ = f"{factor:g} times the load is {_rate(load)} in the busiest hour"
    if load <= one.limit * FULLNESS:
        return f"Yes: {times_}, {load / one.limit:.0%} of what runs now."
    needed = replicas_for(load, mine.per_replica, FULLNESS)
    if load <= one.limit:
        lead = f"Barely: {times_}, {load / one.limit:.0%} of what runs now."
    elif needed <= mine.maximum:
        lead = f"Not as it runs now: {times_}, {load / one.limit:.0%} of it."
    else:
        lead = f"No: {times_}, and the {mine.maximum} replicas it may have serve {_rate(one.most)}."
    cost = (needed - mine.replicas) * mine.monthly_cost
    more = (
        f" To stay below {FULLNESS:.0%} it takes {needed} replicas ({needed - mine.replicas} more, "
        f"{amount(cost, 'USD')} a month)"
    )
    return lead + more + (f"; it may have {mine.maximum}." if needed > mine.maximum else ".")


def _overview(found: Outlooks, slots: CapacitySlots) -> str:
    first, count = found.outlooks[0], len(found.outlooks)
    if slots.factor is not None:
        short = [one for one in found.outlooks if one.peak * slots.factor > one.most * FULLNESS]
        wanting = [one for one in found.outlooks if one.peak * slots.factor > one.limit * FULLNESS]
        cost = sum(_extra(one, one.peak * slots.factor) * one.capacity.monthly_cost for one in found.outlooks)
        extra = {one.capacity.service: _extra(one, one.peak * slots.factor) for one in found.outlooks}
        gpus = sum(extra[one.capacity.service] for one in found.outlooks if one.capacity.accelerator)
        words = (
            f"At {slots.factor:g} times the load {len(wanting)} of {count} services in {found.environment} need more "
            f"replicas: {sum(extra.values())} in all, {gpus} of them with a GPU, {amount(cost, 'USD')} a month."
        )
        if short:
            names = listed([one.capacity.service for one in short])
            words += f" Beyond what they may have: {names}."
        return words
    soon = [
        one
        for one in found.outlooks
        if one.now_full and one.now_full.likely and one.now_full.likely <= found.ahead
    ]
    tight = (
        f"Within {found.ahead} days {listed([one.capacity.service for one in soon])} will meet the limit of what runs."
        if soon
        else f"None of {count} services in {found.environment} meets the limit of what runs within {found.ahead} days."
    )
    return f"{tight} The fullest is {first.capacity.service}: {first.used:.0%} in its busiest hour of the last 7 days."


def _extra(one: Outlook, load: float) -> int:
    return max(0, replicas_for(load, one.capacity.per_replica, FULLNESS) - one.capacity.replicas)


def _table(found: Outlooks, slots: CapacitySlots) -> Block:
    rows = []
    for one in found.outlooks:
        mine = one.capacity
        load = (
            one.peak * slots.factor
            if slots.factor is not None
            else one.seen.peak(found.ahead).middle
            if one.seen
            else one.peak
        )
        needed = replicas_for(load, mine.per_replica, FULLNESS)
        likely = one.now_full.likely if one.now_full else None
        growth = "-" if one.seen is None else f"{one.seen.growth:+.0%}"
        rows.append(
            [
                mine.service,
                f"{mine.replicas} of {mine.maximum}",
                _rate(one.peak),
                f"{one.used:.0%}",
                growth,
                "-" if likely is None else f"{likely} days",
                f"{needed}{'' if needed <= mine.maximum else ' (too many)'}",
            ]
        )
    when = f"at x{slots.factor:g}" if slots.factor is not None else f"in {found.ahead} days"
    columns = ["service", "replicas", "busiest hour", "used", "growth in 30 days", "full in", f"needs {when}"]
    return cards.table(columns, rows)


def _picture(one: Outlook, ahead: int, zone: str, now: float) -> Block:
    """The daily peaks, what is expected, and the limits."""
    start = now - len(one.peaks) * DAY
    past = [Point(start + (day + 1) * DAY, value) for day, value in enumerate(one.peaks)]
    lines = [charts.Line("daily peak", past)]
    if one.seen is not None:
        days: Sequence[int] = range(0, min(ahead, 120) + 1)
        expected = [one.seen.on(day) for day in days]
        for name, values in (
            ("expected", [each.middle for each in expected]),
            ("at least", [each.low for each in expected]),
            ("at most", [each.high for each in expected]),
        ):
            points = [Point(now + day * DAY, value) for day, value in zip(days, values, strict=True)]
            lines.append(charts.Line(name, points))
    mine = one.capacity
    limits = [charts.Threshold(one.limit, f"limit of {mine.replicas} replicas")]
    title = f"Busiest hour of each day: {mine.service} in {mine.environment}"
    return charts.line(title, "req/s", lines, zone=zone, now=now, thresholds=limits)


def _rate(value: float) -> str:
    return amount(value, "req/s")
