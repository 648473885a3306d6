"""Are promises kept: each objective, what is left of its error budget, and how fast that burns."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from graph import cards, charts
from graph.answers.within import absent, gaps, known_from, within
from graph.answers.words import amount, length
from graph.intents.model import Answer, Ask, Slots
from graph.message import Block
from graph.ports import Tools
from graph.understanding import times
from insight import slo
from insight.facts import MetricSeries, Missing, Objective, Point, Stat
from insight.slo import Slice, Standing
from integrations.ports import Metrics

_LONG_STEP, _SHORT_STEP, _SHORT = 3600.0, 300.0, 6 * 3600.0
_INDICATORS = {"latency": "latency", "ttft": "latency", "error_rate": "availability"}
_ORDER = {"breached": 0, "at risk": 1, "unknown": 2, "met": 3}


class SloSlots(Slots):
    service: str | None = None
    environment: str | None = None
    team: str | None = None
    metric: str | None = None
    aspect: str | None = None
    time_range: str | None = None


@dataclass(frozen=True, slots=True)
class Kept:
    """An objective as it stands, its slices (oldest first) and the queries they came from."""

    standing: Standing
    slices: tuple[Slice, ...]
    queries: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Objectives:
    """Those that were asked for, the worst first. `window` is the time asked for, None: each one's own."""

    kept: tuple[Kept, ...]
    missing: tuple[Missing, ...]
    window: times.Span | None


async def facts(tools: Tools, ask: Ask) -> Objectives:
    slots: SloSlots = ask.slots
    now = tools.clock.now()
    window = times.resolve(slots.time_range, now, ask.zone) if slots.time_range else None
    if tools.sources.objectives is None:
        return Objectives((), (absent("objectives", "objectives"),), window)
    if tools.sources.metrics is None:
        return Objectives((), (absent("metrics", "metrics"),), window)
    found = await within("the objectives", tools.sources.objectives.objectives())
    if isinstance(found, Missing):
        return Objectives((), (found,), window)
    wanted = [one for one in found if _asked_for(one, slots, tools)]
    at = window.end if window is not None else now
    length_ = window.end - window.start if window is not None else None
    got = await asyncio.gather(*(_kept(tools.sources.metrics, one, at, length_) for one in wanted))
    kept = sorted((one for one in got if isinstance(one, Kept)), key=_worst_first)
    return Objectives(tuple(kept), tuple(one for one in got if isinstance(one, Missing)), window)


def _asked_for(one: Objective, slots: SloSlots, tools: Tools) -> bool:
    owner = tools.catalogue.services[one.service].owner if one.service in tools.catalogue.services else None
    indicator = None if slots.aspect == "error_budget" else _INDICATORS.get(slots.metric or "")
    return (
        slots.service in (None, one.service)
        and slots.environment in (None, one.environment)
        and slots.team in (None, owner)
        and indicator in (None, one.indicator)
    )


def _worst_first(one: Kept) -> tuple[int, float, str]:
    return _ORDER[one.standing.state], one.standing.left, one.standing.objective.service


async def _kept(metrics: Metrics, one: Objective, at: float, window: float | None) -> Kept | Missing:
    """Hourly slices over the window (at least the longest burn window) and five-minute ones over the last hours."""
    what = f"the {one.indicator} of {one.service} in {one.environment}"
    reach = max(window or one.window, slo.PAIRS[-1].long)
    long = await within(what, _slices(metrics, one, at - reach, at, _LONG_STEP))
    short = await within(what, _slices(metrics, one, at - _SHORT, at, _SHORT_STEP))
    if isinstance(long, Missing):
        return long
    fine = () if isinstance(short, Missing) else short[0]
    standing = slo.standing(one, long[0], fine, at, window)
    looked = window or one.window
    return Kept(standing, tuple(slice_ for slice_ in long[0] if slice_.at >= at - looked), long[1])


async def _slices(
    metrics: Metrics, one: Objective, start: float, end: float, step: float
) -> tuple[tuple[Slice, ...], tuple[str, ...]]:
    async def series(metric: str, stat: Stat) -> MetricSeries:
        return await metrics.series(one.service, one.environment, metric, stat, start, end, step)

    if one.indicator == "availability":
        errors, load = await asyncio.gather(series("error_rate", "mean"), series("throughput", "mean"))
        return slo.availability(errors, load), (errors.query, load.query)
    middle, tail, load = await asyncio.gather(
        series("latency", "p50"), series("latency", "p95"), series("throughput", "mean")
    )
    slices = slo.within(middle, tail, load, one.threshold or 0.0)
    return slices, (middle.query, tail.query, load.query)


def answer(tools: Tools, ask: Ask, found: Objectives) -> Answer:
    slots: SloSlots = ask.slots
    lost = gaps(found.missing)
    if not found.kept:
        words = " ".join(lost) or _none(slots)
        return Answer(words, (cards.text(words),))
    now = tools.clock.now()
    shown = found.kept
    if slots.aspect == "breached":
        shown = tuple(one for one in found.kept if one.standing.state in ("breached", "at risk"))
    said = [_summary(found, slots), *(_sentence(one, found) for one in shown[: 1 if len(shown) > 3 else 3])]
    words = " ".join([*(one for one in said if one), *lost])
    blocks: list[Block] = [cards.text(words), _table(found)]
    if shown:
        blocks.append(_chart(shown[0], ask.zone, now))
    queries = [query for one in found.kept for query in one.queries]
    blocks.append(known_from(queries))
    entities = {"service": shown[0].standing.objective.service} if len(found.kept) == 1 else {}
    return Answer(words, tuple(blocks), entities=entities)


def _none(slots: SloSlots) -> str:
    of = f" of {slots.service or slots.team}" if slots.service or slots.team else ""
    where = f" in {slots.environment}" if slots.environment else ""
    return f"There is no objective{of}{where}. `slo status` lists all there are."


def _summary(found: Objectives, slots: SloSlots) -> str:
    if len(found.kept) == 1:
        return ""
    counted = {
        state: sum(1 for one in found.kept if one.standing.state == state)
        for state in ("breached", "at risk")
    }
    when = f" {found.window.words}" if found.window is not None else ""
    if not any(counted.values()):
        every = "Both" if len(found.kept) == 2 else f"All {len(found.kept)}"
        return f"{every} objectives {'were' if found.window else 'are'} met{when}."
    parts = [f"{count} {state}" for state, count in counted.items() if count]
    return f"Of {len(found.kept)} objectives{when}: {', '.join(parts)}."


def promise(one: Objective) -> str:
    """`99.5 % answered`, `95 % within 450 ms`."""
    kind = "answered" if one.indicator == "availability" else f"within {amount(one.threshold or 0, 'ms')}"
    return f"{one.target:.4%}".rstrip("0%").rstrip(".") + f" % {kind}"


def _sentence(one: Kept, found: Objectives) -> str:
    standing, objective = one.standing, one.standing.objective
    when = found.window.words if found.window else f"over {length(objective.window)}"
    who = f"{objective.service} in {objective.environment}"
    if standing.state == "unknown":
        return f"{who} ({promise(objective)}): nothing was measured {when}."
    left = (
        f"{standing.left:.0%} of its error budget is left"
        if standing.left >= 0
        else f"its error budget is spent {1 - standing.left:.1f} times over"
    )
    words = f"{who} ({promise(objective)}): {_exact(standing.attained)} {when}, {left}; {standing.state}."
    if found.window is not None:
        return words
    fast = [burn for burn in standing.burns if burn.alerts]
    if fast:
        worst = fast[0]
        words += (
            f" It burns {worst.long:.1f} times too fast over {length(worst.pair.long)} and {worst.short:.1f} over "
            f"{length(worst.pair.short)} ({worst.pair.severity} from {worst.limit:.1f})."
        )
    elif standing.burns:
        words += f" Burn rate over the last hour: {standing.burns[0].long:.2f}."
    if standing.lasts is not None and standing.lasts < objective.window:
        words += f" At the pace of the last hour it is spent in {length(standing.lasts)}."
    return words


def _exact(share: float) -> str:
    return f"{share:.3%}".replace("%", " %")


def _table(found: Objectives) -> Block:
    """Burn rates are of now: they stand only where no other time was asked for."""
    columns = ["service", "objective", "was", "budget left", "state"]
    if found.window is None:
        columns[4:4] = ["burn 1 h", "burn 6 h", "burn 3 days"]
    rows = []
    for one in found.kept:
        standing, measured = one.standing, one.standing.state != "unknown"
        row = [standing.objective.service, promise(standing.objective)]
        row += [_exact(standing.attained), f"{standing.left:.0%}"] if measured else ["-", "-"]
        if found.window is None:
            row += [f"{burn.long:.2f}" for burn in standing.burns] or ["-"] * len(slo.PAIRS)
        rows.append([*row, standing.state])
    return cards.table(columns, rows)


def _chart(one: Kept, zone: str, now: float) -> Block:
    objective = one.standing.objective
    left = [Point(at, share) for at, share in slo.left_over_time(one.slices, objective.target)]
    title = f"Error budget of {objective.service}: {promise(objective)}"
    return charts.burn(title, left, zone=zone, now=now)
