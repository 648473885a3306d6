"""A metric: its value now, over the time asked for, against the same time before, and how anyone can check it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from config.errors import CopilotError
from graph import cards, charts
from graph.answers.marks import marks_of
from graph.answers.words import amount, change, listed, metric_words, moment
from graph.intents.model import Answer, Ask, Slots
from graph.message import Block
from graph.ports import Tools
from graph.understanding import times
from insight.facts import Change, MetricSeries, Missing, Stat
from integrations.ports import Metrics

_DEADLINE = 5.0
_POINTS = 30
_LOOK_BACK = 14 * 86_400.0
_DEFAULT_RANGE = "-30m"
_OVERVIEW = ("latency", "error_rate", "throughput")
_STATS: dict[str, Stat] = {"latency": "p95", "ttft": "p95"}
_SHIFTS = {"-1h": 3600.0, "-1d": 86_400.0, "-7d": 604_800.0, "-28d": 2_419_200.0}
_MOST_SERVICES = 6


class MetricSlots(Slots):
    service: str | None = None
    environment: str | None = None
    model: str | None = None
    deployment_id: str | None = None
    metric: str | None = None
    stat: Stat | None = None
    time_range: str = _DEFAULT_RANGE
    compare_to: str | None = None


@dataclass(frozen=True, slots=True)
class Seen:
    """One metric of one service: over the time asked for, and over the time it is compared with."""

    series: MetricSeries
    before: MetricSeries | None


@dataclass(frozen=True, slots=True)
class Measured:
    """`window` is what was asked for; `against` says what it is compared with; `marks` what happened meanwhile."""

    seen: tuple[Seen, ...]
    missing: tuple[Missing, ...]
    window: times.Span
    against: str
    environment: str
    marks: tuple[charts.Mark, ...] = ()


async def facts(tools: Tools, ask: Ask) -> Measured:
    """Every series in parallel, each within 5 s; what cannot be had is named."""
    slots: MetricSlots = ask.slots
    now, zone = tools.clock.now(), ask.zone
    window = times.resolve(slots.time_range, now, zone)
    shift, against = _shift(slots.compare_to, window)
    environment = slots.environment or next(iter(tools.catalogue.environments))
    services = [slots.service] if slots.service else _using(tools, slots.model or "")
    if not services and slots.deployment_id is not None:
        last = await _deployment(tools, slots.deployment_id, environment, now)
        if isinstance(last, Missing):
            return Measured((), (last,), window, against, environment)
        services = [last.service]
        window = times.Span(min(last.at, now - 60.0), now, f"since {last.after} was deployed ({last.id})")
    metrics = [slots.metric] if slots.metric else list(_OVERVIEW)
    if tools.sources.metrics is None:
        return Measured(
            (), (Missing("metrics", "no metrics back end is configured"),), window, against, environment
        )
    compared = slots.compare_to is not None
    asked = [
        _one(
            tools.sources.metrics, service, environment, metric, _stat(slots, metric), window, shift, compared
        )
        for service in services[:_MOST_SERVICES]
        for metric in metrics
    ]
    window_marks = _marks(tools, services, metrics, environment, window)
    got, marks = await asyncio.gather(asyncio.gather(*asked), window_marks)
    seen = tuple(one for one in got if isinstance(one, Seen))
    missing = tuple(one for one in got if isinstance(one, Missing))
    return Measured(seen, missing, window, against, environment, marks)


async def _marks(
    tools: Tools, services: Sequence[str], metrics: Sequence[str], environment: str, window: times.Span
) -> tuple[charts.Mark, ...]:
    """A chart is drawn of a single metric of a single service."""
    if len(services) != 1 or len(metrics) != 1:
        return ()
    return await marks_of(tools.sources, services[0], environment, window)


def _using(tools: Tools, model: str) -> list[str]:
    return [name for name, service in tools.catalogue.services.items() if model in service.models]


async def _deployment(tools: Tools, named: str, environment: str, now: float) -> Change | Missing:
    """The deployment that was named; `last` is the newest one of the environment."""
    if tools.sources.deployments is None:
        return Missing("the last deployment", "no deployments back end is configured")
    try:
        async with asyncio.timeout(_DEADLINE):
            changes = await tools.sources.deployments.changes(now - _LOOK_BACK, now + 1.0, environment)
    except TimeoutError:
        return Missing("the deployments", f"no answer within {_DEADLINE:g} s")
    except CopilotError as err:
        return Missing("the deployments", str(err))
    fitting = [one for one in changes if one.kind == "deployment" and named in ("last", one.id)]
    return (
        fitting[-1]
        if fitting
        else Missing(f"deployment {named}", f"there is none in {environment} in two weeks")
    )


def _stat(slots: MetricSlots, metric: str) -> Stat:
    return slots.stat or _STATS.get(metric, "mean")


def _shift(compare_to: str | None, window: times.Span) -> tuple[float, str]:
    """How many seconds back the comparison lies, and its words."""
    size = window.end - window.start
    if compare_to in _SHIFTS:
        words = {
            "-1h": "an hour before",
            "-1d": "the day before",
            "-7d": "a week before",
            "-28d": "four weeks before",
        }
        return max(_SHIFTS[compare_to], size), words[compare_to]
    if size <= 86_400.0 and compare_to is None:
        return 86_400.0, "the day before"
    return size, "the period before"


async def _one(
    metrics: Metrics,
    service: str,
    environment: str,
    metric: str,
    stat: Stat,
    window: times.Span,
    shift: float,
    compared: bool,
) -> Seen | Missing:
    step = max(10.0, round((window.end - window.start) / _POINTS))
    wide = step if compared else max(10.0, round((window.end - window.start) / 6))
    try:
        async with asyncio.timeout(_DEADLINE):
            series = await metrics.series(service, environment, metric, stat, window.start, window.end, step)
            start, end = window.start - shift, window.end - shift
            before = await metrics.series(service, environment, metric, stat, start, end, wide)
    except TimeoutError:
        return Missing(f"{metric_words(metric, stat)} of {service}", f"no answer within {_DEADLINE:g} s")
    except CopilotError as err:
        return Missing(f"{metric_words(metric, stat)} of {service}", str(err))
    if not series.points:
        return Missing(f"{metric_words(metric, stat)} of {service}", "there are no points in that time")
    return Seen(series, before if before.points else None)


def answer(tools: Tools, ask: Ask, measured: Measured) -> Answer:
    """One metric: a sentence, a chart, the query. Several: a table."""
    gaps = [f"I could not get {one.what}: {one.why}" for one in measured.missing]
    entities: dict[str, str] = {}
    if not measured.seen:
        words = " ".join(gaps) or "Nothing in the catalogue matches that."
        return Answer(words, (cards.text(words),), entities=entities)
    if len(measured.seen) == 1:
        return _single(tools, ask, measured, measured.seen[0], gaps, entities)
    return _table(ask, measured, gaps, entities)


def mean(series: MetricSeries) -> float:
    return sum(point.value for point in series.points) / len(series.points)


def latest(series: MetricSeries) -> float:
    """The last tenth of the points, so that one noisy point does not speak for now."""
    last = series.points[-max(1, len(series.points) // 10) :]
    return sum(point.value for point in last) / len(last)


def _single(
    tools: Tools, ask: Ask, measured: Measured, seen: Seen, gaps: Sequence[str], entities: dict[str, str]
) -> Answer:
    series, unit = seen.series, seen.series.unit
    name = metric_words(series.metric, series.stat)
    peak = max(series.points, key=lambda point: point.value)
    ended = measured.window.end < tools.clock.now() - 120
    now = "" if ended else f"{amount(latest(series), unit)} now, "
    when = moment(peak.at, ask.zone, tools.clock.now())
    words = (
        f"{name} of {series.service} in {measured.environment}: {now}{amount(mean(series), unit)} on average "
        f"{measured.window.words}, at most {amount(peak.value, unit)} at {when}."
    )
    if seen.before is not None:
        usual = mean(seen.before)
        words += f" {measured.against.capitalize()}: {amount(usual, unit)} ({change(mean(series), usual)})."
    words = " ".join([words[0].upper() + words[1:], *gaps])
    blocks = (
        cards.text(words),
        _chart(tools, ask, measured, seen, f"{name} of {series.service} in {measured.environment}"),
        cards.facts({"How I know": series.query}),
    )
    return Answer(words, blocks, entities=entities)


def _chart(tools: Tools, ask: Ask, measured: Measured, seen: Seen, title: str) -> Block:
    """With what it is compared with laid upon it, when somebody asked to compare."""
    slots: MetricSlots = ask.slots
    now, marks = tools.clock.now(), measured.marks
    title = title[:1].upper() + title[1:]
    if slots.compare_to is None or seen.before is None:
        return charts.series(seen.series, title, zone=ask.zone, now=now, marks=marks)
    return charts.comparison(
        seen.series, seen.before, title, words=measured.against, zone=ask.zone, now=now, marks=marks
    )


def _table(ask: Ask, measured: Measured, gaps: Sequence[str], entities: dict[str, str]) -> Answer:
    rows = []
    for one in measured.seen:
        series, usual = one.series, mean(one.before) if one.before else None
        rows.append(
            [
                series.service,
                metric_words(series.metric, series.stat),
                amount(latest(series), series.unit),
                amount(mean(series), series.unit),
                "-" if usual is None else f"{amount(usual, series.unit)} ({change(mean(series), usual)})",
            ]
        )
    services = listed(list(dict.fromkeys(one.series.service for one in measured.seen)))
    slots: MetricSlots = ask.slots
    via = (
        f", which use {slots.model} (figures are of the whole service)"
        if slots.model and not slots.service
        else ""
    )
    words = " ".join([f"{services}{via} in {measured.environment}, {measured.window.words}.", *gaps])
    text = words + "".join(f"\n{row[0]} {row[1]}: {row[2]} now, {row[3]} on average" for row in rows)
    columns = ["service", "metric", "now", "average", measured.against]
    query = cards.facts({"How I know": measured.seen[0].series.query})
    return Answer(text, (cards.text(words), cards.table(columns, rows), query), entities=entities)
