"""Incidents of a time, for reports: how many, how grave, how soon acknowledged and resolved, and where."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from graph import cards
from graph.answers.within import absent, gaps, within
from graph.answers.words import length, moment
from graph.intents.model import Answer, Ask, Slots
from graph.message import Block
from graph.ports import Tools
from graph.understanding import times
from insight.delivery import restored
from insight.facts import Incident, Missing

_MOST = 10


class OutageSlots(Slots):
    service: str | None = None
    environment: str | None = None
    team: str | None = None
    time_range: str = "-7d"


@dataclass(frozen=True, slots=True)
class Outages:
    """Incidents opened in the window, oldest first, and as many seconds before it."""

    window: times.Span
    incidents: tuple[Incident, ...] = ()
    before: tuple[Incident, ...] = ()
    missing: tuple[Missing, ...] = ()


async def facts(tools: Tools, ask: Ask) -> Outages:
    slots: OutageSlots = ask.slots
    window = times.resolve(slots.time_range, tools.clock.now(), ask.zone)
    if tools.sources.incidents is None:
        return Outages(window, missing=(absent("incidents", "incidents"),))
    start = 2 * window.start - window.end
    got = await within("the incidents", tools.sources.incidents.past_incidents(start, window.end + 1.0))
    if isinstance(got, Missing):
        return Outages(window, missing=(got,))
    mine = [one for one in got if _about(one, slots, tools)]
    inside = tuple(one for one in mine if one.opened_at >= window.start)
    return Outages(window, inside, tuple(one for one in mine if one.opened_at < window.start))


def _about(one: Incident, slots: OutageSlots, tools: Tools) -> bool:
    known = tools.catalogue.services.get(one.service)
    return (
        slots.service in (None, one.service)
        and slots.environment in (None, one.environment)
        and slots.team in (None, known.owner if known else None)
    )


def answer(tools: Tools, ask: Ask, found: Outages) -> Answer:
    lost = gaps(found.missing)
    if not found.incidents:
        words = " ".join(lost) or f"No incident was opened {found.window.words}{_before(found)}."
        return Answer(words, (cards.text(words), _known(found)))
    figures = restored(found.incidents)
    grave = Counter(one.severity for one in found.incidents)
    where = Counter(one.service for one in found.incidents).most_common(1)[0]
    still = sum(1 for one in found.incidents if one.status != "resolved")
    words = (
        f"{_counted(len(found.incidents))} {found.window.words} ("
        + ", ".join(f"{count} {severity}" for severity, count in sorted(grave.items()))
        + f"){_before(found)}; {still or 'none'} still open."
    )
    if figures.acknowledged is not None:
        words += f" Median time to acknowledge {length(figures.acknowledged)}"
        words += f", to resolve {length(figures.resolved)}." if figures.resolved is not None else "."
    if where[1] > 1:
        words += f" Most of {where[0]}: {where[1]}."
    return Answer(words, (cards.text(words), _table(found, ask.zone, tools.clock.now()), _known(found)))


def _counted(count: int) -> str:
    return "1 incident was opened" if count == 1 else f"{count} incidents were opened"


def _before(found: Outages) -> str:
    return f"; in the same time before: {len(found.before) or 'none'}"


def _table(found: Outages, zone: str, now: float) -> Block:
    rows = [
        [
            one.id,
            moment(one.opened_at, zone, now),
            one.service,
            one.severity,
            one.status,
            "-" if one.resolved_at is None else length(one.resolved_at - one.opened_at),
            one.cause or "-",
        ]
        for one in reversed(found.incidents[-_MOST:])
    ]
    return cards.table(["id", "opened", "service", "severity", "status", "lasted", "cause"], rows)


def _known(found: Outages) -> Block:
    asked = f"incidents[{found.window.start:.0f}..{found.window.end:.0f}]: {len(found.incidents)}"
    return cards.facts({"How I know": asked})
