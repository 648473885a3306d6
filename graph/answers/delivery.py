"""How well releases go: how often, how long they take, how many go wrong, how soon that is mended."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from graph import cards, charts
from graph.answers.within import absent, gaps, within
from graph.answers.words import change, length, listed, moment
from graph.intents.model import Answer, Ask, Slots
from graph.message import Block
from graph.ports import Tools
from graph.understanding import times
from insight.delivery import DAY, Delivery, Restored, delivered, grouped, is_rollback, restored
from insight.facts import Change, Incident, Missing, Point

_DEFAULT = "-30d"
#: how far before the window builds are followed back to their first deployment
_BORN = 21 * DAY
_FAR = 90 * DAY
_MOST = 12
_MANY = 14


class DeliverySlots(Slots):
    service: str | None = None
    environment: str | None = None
    team: str | None = None
    user: str | None = None
    aspect: str | None = None
    group_by: str | None = None
    last_n: int | None = None
    time_range: str = _DEFAULT


@dataclass(frozen=True, slots=True)
class Shipped:
    """Deployments of the window and of the time before it (as long), oldest first, to one environment. `history` are
    all changes everywhere of both times and three weeks before; `incidents` were opened in the window."""

    window: times.Span
    environment: str
    deployments: tuple[Change, ...] = ()
    before: tuple[Change, ...] = ()
    history: tuple[Change, ...] = ()
    incidents: tuple[Incident, ...] = ()
    earlier: tuple[Incident, ...] = ()
    missing: tuple[Missing, ...] = ()

    @property
    def days(self) -> float:
        return (self.window.end - self.window.start) / DAY


async def facts(tools: Tools, ask: Ask) -> Shipped:
    slots: DeliverySlots = ask.slots
    now = tools.clock.now()
    window = times.resolve(slots.time_range, now, ask.zone)
    if slots.last_n is not None and slots.time_range == _DEFAULT:
        window = times.Span(now - _FAR, now, "over the last 90 days")
    environment = slots.environment or next(iter(tools.catalogue.environments))
    if tools.sources.deployments is None:
        return Shipped(window, environment, missing=(absent("deployments", "deployments"),))
    size = window.end - window.start
    start = window.start - size
    changes, incidents = await asyncio.gather(
        within("the deployments", tools.sources.deployments.changes(start - _BORN, window.end + 1.0)),
        _incidents(tools, start, window.end),
    )
    if isinstance(changes, Missing):
        return Shipped(window, environment, missing=(changes,))
    mine = [one for one in changes if _asked_for(one, slots, tools, environment)]
    opened = () if isinstance(incidents, Missing) else incidents
    opened = tuple(
        one for one in opened if _about(one.service, slots, tools) and one.environment == environment
    )
    inside = [one for one in mine if window.start <= one.at]
    return Shipped(
        window,
        environment,
        tuple(inside[-slots.last_n :] if slots.last_n else inside),
        tuple(one for one in mine if start <= one.at < window.start),
        tuple(changes),
        tuple(one for one in opened if one.opened_at >= window.start),
        tuple(one for one in opened if one.opened_at < window.start),
        (incidents,) if isinstance(incidents, Missing) else (),
    )


async def _incidents(tools: Tools, start: float, end: float) -> tuple[Incident, ...] | Missing:
    if tools.sources.incidents is None:
        return absent("incidents", "incidents")
    return await within("the incidents", tools.sources.incidents.past_incidents(start, end + 1.0))


def _about(service: str, slots: DeliverySlots, tools: Tools) -> bool:
    known = tools.catalogue.services.get(service)
    return slots.service in (None, service) and slots.team in (None, known.owner if known else None)


def _asked_for(one: Change, slots: DeliverySlots, tools: Tools, environment: str) -> bool:
    return (
        one.kind == "deployment"
        and one.environment == environment
        and _about(one.service, slots, tools)
        and slots.user in (None, one.by)
    )


def answer(tools: Tools, ask: Ask, shipped: Shipped) -> Answer:
    slots: DeliverySlots = ask.slots
    lost = gaps(shipped.missing)
    whose = _whose(slots, shipped.environment)
    if not shipped.deployments:
        words = (
            " ".join(lost)
            if shipped.missing and not shipped.history
            else f"No deployments{whose} {shipped.window.words}."
        )
        return Answer(words, (cards.text(words),))
    now = _figures("all", shipped.deployments, shipped, shipped.incidents)
    before = _figures("before", shipped.before, shipped, shipped.earlier) if not slots.last_n else None
    mended = restored(shipped.incidents)
    said = [_lead(slots, now, before, mended, shipped, whose)]
    groups = _groups(tools, slots, shipped)
    if groups and slots.group_by:
        said.append(_ranking(slots, groups))
    words = " ".join([*said, *lost])
    blocks: list[Block] = [cards.text(words), _keys(now, before, mended, shipped)]
    if groups:
        blocks.append(_table(slots, groups))
    if now.failures:
        blocks.append(_failures(now, ask.zone, tools.clock.now()))
    if len(shipped.deployments) >= _MANY:
        blocks.append(_weekly(tools, ask, shipped, whose))
    blocks.append(_known(shipped))
    return Answer(words, tuple(blocks))


def _whose(slots: DeliverySlots, environment: str) -> str:
    of = slots.service or (f"team {slots.team}" if slots.team else None)
    return (f" of {of}" if of else "") + (f" by {slots.user}" if slots.user else "") + f" to {environment}"


def _figures(
    name: str, deployments: tuple[Change, ...], shipped: Shipped, incidents: tuple[Incident, ...]
) -> Delivery:
    return delivered(name, deployments, shipped.history, incidents, shipped.days, shipped.window.end)


def _lead(
    slots: DeliverySlots,
    now: Delivery,
    before: Delivery | None,
    mended: Restored,
    shipped: Shipped,
    whose: str,
) -> str:
    """The figure that was asked for first, then the rest in one line."""
    when = f"among the last {now.deployments}" if slots.last_n else shipped.window.words
    share = f"{now.failure_rate or 0:.0%}"
    rate = f"{len(now.failures)} of {now.changes} releases{whose} went wrong {when} ({share})"
    counted = "1 deployment" if now.deployments == 1 else f"{now.deployments} deployments"
    often = f"{counted}{whose} {when}, {now.per_week:.1f} a week"
    wrong = f"{len(now.failures)} went wrong ({share})" if now.failures else "none went wrong"
    match slots.aspect:
        case "failure_rate":
            return f"{rate}{_than(now.failure_rate, before.failure_rate if before else None)}."
        case "rollbacks":
            taken = "1 deployment was" if now.rollbacks == 1 else f"{now.rollbacks} deployments were"
            back = now.rollbacks / now.deployments
            return f"{taken} a rollback{whose} {when} ({back:.0%} of {now.deployments})."
        case "lead_time":
            took = (
                "is not known: no build was seen elsewhere before"
                if now.lead_time is None
                else length(now.lead_time)
            )
            return f"Lead time{whose} {when}: {took} (median, from a build's first deployment anywhere)."
        case "restore":
            return _restore(now, mended, when, whose)
    trend = ""
    if before is not None and before.deployments:
        trend = f" ({change(now.deployments, before.deployments)} against the same time before: {before.deployments})"
    lead = f"; lead time {length(now.lead_time)}" if now.lead_time is not None else ""
    return f"{often}{trend}; {wrong}{lead}."


def _than(now: float | None, before: float | None) -> str:
    return "" if now is None or before is None else f"; in the same time before: {before:.0%}"


def _restore(now: Delivery, mended: Restored, when: str, whose: str) -> str:
    incidents = "1 incident" if mended.incidents == 1 else f"{mended.incidents} incidents"
    said = (
        f"Time to restore {when}: {length(mended.resolved)} (median of {incidents}"
        if mended.resolved is not None
        else f"No incident was resolved {when} ({incidents}"
    )
    seen = f", acknowledged after {length(mended.acknowledged)})" if mended.acknowledged is not None else ")"
    bad = (
        f" A bad deployment{whose} was mended after {length(now.recovery)}."
        if now.recovery is not None
        else " No bad deployment is known to have been mended in that time."
    )
    return f"{said}{seen}.{bad}"


def _groups(tools: Tools, slots: DeliverySlots, shipped: Shipped) -> tuple[Delivery, ...]:
    """By what was asked for; by team unless it is one team's or one service's already."""
    by: dict[str, Callable[[Change], str]] = {
        "team": lambda one: (
            tools.catalogue.services[one.service].owner
            if one.service in tools.catalogue.services
            else "nobody"
        ),
        "service": lambda one: one.service,
        "person": lambda one: one.by,
    }
    group = slots.group_by if slots.group_by in by else "service" if slots.team else "team"
    if slots.group_by is None and (slots.service or slots.user):
        return ()
    return grouped(
        shipped.deployments, by[group], shipped.history, shipped.incidents, shipped.days, shipped.window.end
    )


def _ranking(slots: DeliverySlots, groups: tuple[Delivery, ...]) -> str:
    if slots.aspect in ("failure_rate", "rollbacks"):
        worst = max(groups, key=lambda one: (one.failure_rate or 0.0, one.deployments))
        return f"Most go wrong for {worst.group}: {len(worst.failures)} of {worst.changes}."
    return "Most: " + listed([f"{one.group} ({one.deployments})" for one in groups[:3]]) + "."


def _keys(now: Delivery, before: Delivery | None, mended: Restored, shipped: Shipped) -> Block:
    told = {
        "Deployment frequency": f"{now.per_week:.1f} a week ({now.deployments} in {shipped.days:.0f} days)",
        "Lead time for changes": _or_unknown(now.lead_time),
        "Change failure rate": f"{now.failure_rate or 0:.0%} ({len(now.failures)} of {now.changes} releases)",
        "Rollbacks": str(now.rollbacks),
        "Recovery from a bad deployment": _or_unknown(now.recovery),
        "Time to restore (incidents)": f"{_or_unknown(mended.resolved)} ({mended.incidents} incidents)",
    }
    if before is not None and before.deployments:
        told["In the same time before"] = (
            f"{before.deployments} deployments, {before.failure_rate or 0:.0%} went wrong, lead time "
            f"{_or_unknown(before.lead_time)}"
        )
    return cards.facts(told, "The four keys, medians")


def _or_unknown(seconds: float | None) -> str:
    return "not known" if seconds is None else length(seconds)


def _table(slots: DeliverySlots, groups: tuple[Delivery, ...]) -> Block:
    rows = [
        [
            one.group,
            str(one.deployments),
            f"{one.per_week:.1f}",
            f"{len(one.failures)} ({one.failure_rate or 0:.0%})",
            str(one.rollbacks),
            _or_unknown(one.lead_time),
        ]
        for one in groups[:_MOST]
    ]
    name = slots.group_by or ("service" if slots.team else "team")
    return cards.table([name, "deployments", "a week", "went wrong", "rollbacks", "lead time"], rows)


def _failures(now: Delivery, zone: str, at: float) -> Block:
    rows = [
        [
            moment(one.change.at, zone, at),
            one.change.service,
            f"{one.change.before} → {one.change.after}",
            one.change.by,
            one.why,
            "-" if one.over_at is None else length(one.over_at - one.change.at),
        ]
        for one in now.failures[-_MOST:]
    ]
    return cards.table(
        ["when", "service", "what", "by", "how it was seen", "mended after"], rows, "What went wrong"
    )


def _weekly(tools: Tools, ask: Ask, shipped: Shipped, whose: str) -> Block:
    """Deployments a week (a day where the time is short), releases and rollbacks apart."""
    step = 7 * DAY if shipped.days > 21 else DAY
    stacks: dict[str, dict[float, float]] = {"releases": {}, "rollbacks": {}}
    for index, one in enumerate(shipped.deployments):
        back = is_rollback(one, shipped.deployments[:index])
        slot = shipped.window.end - step * (1 + int((shipped.window.end - one.at) // step))
        sums = stacks["rollbacks" if back else "releases"]
        sums[slot] = sums.get(slot, 0.0) + 1.0
    points = {
        name: [Point(at, count) for at, count in sorted(sums.items())]
        for name, sums in stacks.items()
        if sums
    }
    title = f"Deployments{whose}, each {'week' if step > DAY else 'day'}"
    return charts.stacked(
        title, "deployments", points, zone=ask.zone, now=tools.clock.now(), step=step, name="kind"
    )


def _known(shipped: Shipped) -> Block:
    start, end = shipped.window.start, shipped.window.end
    words = f"changes(kind=deployment, environment={shipped.environment})[{start:.0f}..{end:.0f}]"
    counted = f"{len(shipped.deployments)} deployments"
    other = f"incidents(environment={shipped.environment})[{start:.0f}..{end:.0f}]: {len(shipped.incidents)}"
    return cards.facts({"How I know": f"{words}: {counted}; {other}"})
