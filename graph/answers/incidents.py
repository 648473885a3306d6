"""Incidents as they stand: one with its timeline, or those that fit; and which one a person means."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from config.errors import NotFound
from graph import cards
from graph.answers import asking
from graph.answers.within import absent, gaps, within
from graph.answers.words import length, listed, moment
from graph.intents.model import Answer, Ask, Slots
from graph.message import Block
from graph.ports import Tools
from graph.understanding import times
from insight.facts import Incident, IncidentEvent, Missing
from integrations.ports import Incidents

#: incidents that are listed, and events of a timeline that are shown
MOST = 10
_MOST_EVENTS = 15


class IncidentSlots(Slots):
    """What an incident is picked by."""

    incident_id: str | None = None
    service: str | None = None
    environment: str | None = None
    team: str | None = None
    severity: str | None = None


class StatusSlots(IncidentSlots):
    time_range: str | None = None
    last_n: int | None = None


@dataclass(frozen=True, slots=True)
class Seen:
    """One incident with its timeline, or `listed` ones, newest last; `window` is set where a time was asked for."""

    one: Incident | None = None
    timeline: tuple[IncidentEvent, ...] = ()
    listed: tuple[Incident, ...] = ()
    window: times.Span | None = None
    missing: tuple[Missing, ...] = ()


async def facts(tools: Tools, ask: Ask) -> Seen:
    """Raises Absent for an incident nobody knows."""
    slots: StatusSlots = ask.slots
    port = tools.sources.incidents
    if port is None:
        return Seen(missing=(absent("the incidents", "incidents"),))
    if slots.incident_id is not None:
        one = await port.incident(slots.incident_id)
        timeline = await within(f"the timeline of {one.id}", port.timeline(one.id))
        if isinstance(timeline, Missing):
            return Seen(one, missing=(timeline,))
        return Seen(one, timeline)
    now = tools.clock.now()
    window = times.resolve(slots.time_range, now, ask.zone) if slots.time_range else None
    if window is None:
        found = await within("the open incidents", port.open_incidents())
    else:
        found = await within("the incidents", port.past_incidents(window.start, window.end + 1.0))
    if isinstance(found, Missing):
        return Seen(window=window, missing=(found,))
    return Seen(listed=tuple(fitting(tools, found, slots)), window=window)


def fitting(tools: Tools, found: Sequence[Incident], slots: IncidentSlots) -> list[Incident]:
    """Those of the service, environment, team and severity that were named, oldest first."""
    return [
        one
        for one in sorted(found, key=lambda one: one.opened_at)
        if slots.service in (None, one.service)
        and slots.environment in (None, one.environment)
        and slots.severity in (None, one.severity)
        and slots.team in (None, owner(tools, one.service))
    ]


def owner(tools: Tools, service: str) -> str | None:
    """The team that owns the service; None when the catalogue has no such service."""
    known = tools.catalogue.services.get(service)
    return known.owner if known else None


def answer(tools: Tools, ask: Ask, seen: Seen) -> Answer:
    if seen.one is not None:
        return shown(tools, ask, seen.one, seen)
    if seen.missing:
        words = " ".join(gaps(seen.missing))
        return Answer(words, (cards.text(words),))
    return _listed(tools, ask, seen)


def shown(tools: Tools, ask: Ask, one: Incident, seen: Seen) -> Answer:
    """One incident: how it stands, who has it, what was done, and what may be said next."""
    now, zone = tools.clock.now(), ask.zone
    words = " ".join([f"{line(tools, one)} {_stands(tools, one, now)}", *gaps(seen.missing)])
    blocks: list[Block] = [cards.text(words)]
    if one.cause:
        blocks.append(cards.facts({"Cause": one.cause}))
    if seen.timeline:
        blocks.append(timeline_table(tools, seen.timeline[-_MOST_EVENTS:], zone, now))
    blocks.append(
        cards.facts({"How I know": f"incident {one.id} and its timeline in the incidents back end"})
    )
    says = next_words(one)
    if says:
        blocks.append(cards.choices([(say, say) for say in says]))
    return Answer(words, tuple(blocks), _pending(says), entities=about(tools, one))


def _stands(tools: Tools, one: Incident, now: float) -> str:
    who = name_of(tools, one.assignee) if one.assignee else "nobody"
    if one.status == "resolved":
        took = length((one.resolved_at or now) - one.opened_at)
        cause = f" Cause: {one.cause}." if one.cause else ""
        return f"Resolved after {took} by {who}.{cause}"
    age = length(now - one.opened_at)
    if one.status == "acknowledged":
        return f"Open for {age}, acknowledged; {who} works on it."
    return f"Open for {age}, not acknowledged by anybody yet."


def line(tools: Tools, one: Incident) -> str:
    """`INC-104 (sev2, rag-api in production): rag-api fails requests.`"""
    return f"{one.id} ({one.severity}, {one.service} in {one.environment}): {one.title.rstrip('.')}."


def about(tools: Tools, one: Incident) -> dict[str, Any]:
    """What later words in the conversation may point back to."""
    found = {"incident_id": one.id, "service": one.service, "environment": one.environment}
    team = owner(tools, one.service)
    return found | ({"team": team} if team else {})


def next_words(one: Incident) -> list[str]:
    """Exact words that do something about it."""
    if one.status == "resolved":
        return [f"draft the postmortem of {one.id}"]
    first = [f"ack {one.id}"] if one.status == "open" else []
    return [*first, f"what is wrong with {one.service} in {one.environment}", f"resolve {one.id}"]


def name_of(tools: Tools, person: str) -> str:
    known = tools.people.get(person)
    return known.name if known else person


def timeline_table(tools: Tools, events: Sequence[IncidentEvent], zone: str, now: float) -> Block:
    rows = [[moment(one.at, zone, now), one.kind, name_of(tools, one.by), one.text or "-"] for one in events]
    return cards.table(["when", "what", "by", "words"], rows, "Timeline")


def _listed(tools: Tools, ask: Ask, seen: Seen) -> Answer:
    slots: StatusSlots = ask.slots
    now, kept = tools.clock.now(), seen.listed[-(slots.last_n or MOST) :]
    of = said_of(slots)
    if not seen.listed:
        when = f" {seen.window.words}" if seen.window else " now"
        words = f"No{' ' if seen.window else ' open '}incidents{of}{when}."
        return Answer(words, (cards.text(words), _how(seen)), entities=_subject(slots))
    counted = "1 incident" if len(seen.listed) == 1 else f"{len(seen.listed)} incidents"
    words = f"{counted}{of} {seen.window.words}" if seen.window else f"{counted}{of} open"
    words += f" ({by_severity(seen.listed)})."
    if len(kept) < len(seen.listed):
        words += f" The newest {len(kept)} are shown; name a service, a severity or a shorter time for fewer."
    newest = kept[-1]
    words += f" {'It is' if len(seen.listed) == 1 else 'The newest is'} {line(tools, newest)} "
    words += _stands(tools, newest, now)
    blocks = [cards.text(words), table(tools, kept, ask.zone, now), _how(seen)]
    says = next_words(newest) if len(seen.listed) == 1 else [f"show {one.id}" for one in reversed(kept[-3:])]
    blocks.append(cards.choices([(say, say) for say in says]))
    known = about(tools, newest) if len(seen.listed) == 1 else _subject(slots)
    return Answer(words, tuple(blocks), _pending(says), entities=known)


def table(tools: Tools, found: Sequence[Incident], zone: str, now: float) -> Block:
    """Newest first."""
    rows = [
        [one.id, one.severity, one.service, one.environment, one.status, moment(one.opened_at, zone, now),
         name_of(tools, one.assignee) if one.assignee else "-", one.title]
        for one in reversed(found)
    ]  # fmt: skip
    return cards.table(["id", "severity", "service", "environment", "status", "opened", "who", "title"], rows)


def by_severity(found: Sequence[Incident]) -> str:
    """`1 sev1, 2 sev2`."""
    severities = sorted({one.severity for one in found})
    return ", ".join(f"{sum(one.severity == name for one in found)} {name}" for name in severities)


def said_of(slots: IncidentSlots) -> str:
    of = f" of {slots.severity}" if slots.severity else ""
    of += f" for {slots.service}" if slots.service else ""
    of += f" of team {slots.team}" if slots.team else ""
    return of + (f" in {slots.environment}" if slots.environment else "")


def _subject(slots: IncidentSlots) -> dict[str, Any]:
    return {key: value for key, value in slots.model_dump().items() if value is not None}


def _how(seen: Seen) -> Block:
    asked = "incidents opened in that time" if seen.window else "incidents that are not resolved"
    return cards.facts({"How I know": f"{asked}, from the incidents back end"})


def _pending(says: Sequence[str]) -> dict[str, Any] | None:
    return {"missing": "choice", "options": list(says)} if says else None


async def meant(tools: Tools, slots: IncidentSlots, verb: str, fresh: bool = False) -> Incident | Answer:
    """The one incident that a person means, or the question which. `verb` makes the exact words: `ack`, `resolve`.

    Named by id, by what it is about, or the only open one (with `fresh`: the only one nobody took yet).
    Raises Absent for an unknown id, NotFound where no back end keeps incidents.
    """
    port = tools.sources.incidents
    if port is None:
        raise NotFound("No back end for incidents is configured, so there are none to work on.")
    if slots.incident_id is not None:
        return await port.incident(slots.incident_id)
    found = fitting(tools, await port.open_incidents(), slots)
    waiting = [one for one in found if one.status == "open"]
    if fresh and len(waiting) == 1:
        return waiting[0]
    if len(found) == 1:
        return found[0]
    if not found:
        return await _none(port, slots)
    options = [(f"{one.id}: {one.title}", f"{verb} {one.id}") for one in reversed(found)]
    return asking.question(f"{len(found)} incidents{said_of(slots)} are open. Which one?", options)


async def _none(port: Incidents, slots: IncidentSlots) -> Answer:
    others = await port.open_incidents() if said_of(slots) else ()
    service = slots.service or "SERVICE"
    words = f"There is no open incident{said_of(slots)}. To open one: `open an incident for {service}: what happens`."
    if others:
        words = (
            f"There is no open incident{said_of(slots)}. Open are {listed([one.id for one in others[:5]])}."
        )
    return asking.question(words)
