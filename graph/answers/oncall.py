"""Who is, was or will be on call: for a team, the owner of a service, a person; by level."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from graph import cards
from graph.answers.within import absent, gaps, within
from graph.answers.words import listed, moment
from graph.intents.model import Answer, Ask, Slots
from graph.ports import Tools
from graph.understanding import ahead, times
from insight.facts import Missing, Shift

#: how far ahead somebody's next shift is looked for, seconds
_AHEAD = 60 * 86_400.0
_MOST = 14
_LEVELS = {1: "primary", 2: "secondary"}


class RotaSlots(Slots):
    service: str | None = None
    team: str | None = None
    user: str | None = None
    time_range: str | None = None
    when: str | None = None
    level: int | None = None
    mine: bool = False
    upcoming: bool = False
    incident_id: str | None = None


@dataclass(frozen=True, slots=True)
class Rota:
    """Shifts that touch the time asked for, of `team` (None: every team) and `person` (None: everybody)."""

    shifts: tuple[Shift, ...]
    window: times.Span
    team: str | None
    person: str | None
    at_once: bool
    missing: tuple[Missing, ...] = ()


@dataclass(frozen=True, slots=True)
class OnCall:
    """`words` say who is on call for the service's team, or that nobody can tell."""

    team: str | None
    person: str | None
    words: str


async def now_on_call(tools: Tools, service: str) -> OnCall:
    """Who answers for the service now."""
    known = tools.catalogue.services.get(service)
    if known is None or tools.sources.on_call is None:
        return OnCall(
            known.owner if known else None, None, "Who is on call is not known: no rota is configured."
        )
    now = tools.clock.now()
    found = await within("the rota", tools.sources.on_call.shifts(now, now + 1.0, known.owner))
    if isinstance(found, Missing):
        return OnCall(known.owner, None, f"Who is on call could not be had: {found.why.rstrip('.')}.")
    first = next((one.person for one in found if one.level == 1), None)
    if first is None:
        return OnCall(known.owner, None, f"Nobody is on call for {known.owner} now.")
    return OnCall(known.owner, first, f"On call for {known.owner}: {_name(tools, first)}.")


async def facts(tools: Tools, ask: Ask) -> Rota:
    """Raises Absent for a team without a rota."""
    slots: RotaSlots = ask.slots
    now, at_once = tools.clock.now(), False
    person = slots.user or (ask.message.person.id if slots.mine and ask.message.person else None)
    if slots.when:
        window = ahead.resolve(slots.when, now, ask.zone)
    elif slots.time_range:
        window = times.resolve(slots.time_range, now, ask.zone)
    elif person is not None:
        window = times.Span(now, now + _AHEAD, "in the next 60 days")
    else:
        window, at_once = times.Span(now, now + 1.0, "now"), True
    team = slots.team or await _owner(tools, slots)
    if tools.sources.on_call is None:
        return Rota((), window, team, person, at_once, (absent("the rota", "on-call"),))
    shifts = await tools.sources.on_call.shifts(window.start, window.end, team)
    kept = [one for one in shifts if slots.level in (None, one.level) and person in (None, one.person)]
    return Rota(tuple(kept), window, team, person, at_once)


async def _owner(tools: Tools, slots: RotaSlots) -> str | None:
    """The team that owns what was asked about: a service, or an incident's."""
    service = slots.service
    if service is None and slots.incident_id is not None and tools.sources.incidents is not None:
        service = (await tools.sources.incidents.incident(slots.incident_id)).service
    known = tools.catalogue.services.get(service) if service else None
    return known.owner if known else None


def answer(tools: Tools, ask: Ask, rota: Rota) -> Answer:
    slots: RotaSlots = ask.slots
    entities: dict[str, Any] = {"team": rota.team} if rota.team else {}
    if rota.missing:
        words = " ".join(gaps(rota.missing))
        return Answer(words, (cards.text(words),), entities=entities)
    said = _of_person(tools, ask, rota) if rota.person else _of_teams(tools, ask, rota)
    if slots.service and rota.team:
        said = f"{slots.service} belongs to {rota.team}. {said}"
    blocks = [cards.text(said)]
    if len(rota.shifts) > 1 or not rota.at_once:
        blocks.append(_table(tools, rota.shifts[:_MOST], ask.zone, tools.clock.now()))
    how = f"shifts {rota.window.words} from the on-call back end, handed over on Mondays unless swapped"
    blocks.append(cards.facts({"How I know": how}))
    return Answer(said, tuple(blocks), entities=entities)


def _of_person(tools: Tools, ask: Ask, rota: Rota) -> str:
    assert rota.person is not None
    own = ask.message.person is not None and rota.person == ask.message.person.id
    who = "You are" if own else f"{_name(tools, rota.person)} is"
    if not rota.shifts:
        return f"{who} not on call {rota.window.words}."
    now = tools.clock.now()
    first = min(rota.shifts, key=lambda one: (one.start, one.level))
    if ask.slots.upcoming:
        first = min(rota.shifts, key=lambda one: (one.start <= now, one.start, one.level))
    role = f"{_level(first)} for {first.team}"
    if first.start <= now < first.end:
        return f"{who} on call now: {role}, until {_at(first.end, ask.zone, now)}."
    return f"{who} on call next from {_at(first.start, ask.zone, now)} to {_at(first.end, ask.zone, now)}: {role}."


def _of_teams(tools: Tools, ask: Ask, rota: Rota) -> str:
    now = tools.clock.now()
    where = f" for {rota.team}" if rota.team else ""
    if not rota.shifts:
        which = f"{_LEVELS.get(ask.slots.level or 1, 'on call')} " if ask.slots.level else ""
        return f"Nobody is {which}on call{where} {rota.window.words}."
    if rota.team is None:
        firsts = [one for one in rota.shifts if one.level == (ask.slots.level or 1)]
        names = [f"{_name(tools, one.person)} ({one.team})" for one in firsts[:8]]
        return f"On call {rota.window.words}: {listed(names)}."
    said = [
        f"{_name(tools, one.person)} ({_level(one)}, {_span(one, rota, ask.zone, now)})"
        for one in rota.shifts[:4]
    ]
    return f"On call{where} {rota.window.words}: {listed(said)}."


def _span(one: Shift, rota: Rota, zone: str, now: float) -> str:
    until = _at(one.end, zone, now)
    return f"until {until}" if rota.at_once else f"{_at(one.start, zone, now)} to {until}"


def _level(one: Shift) -> str:
    return _LEVELS.get(one.level, f"level {one.level}")


def _at(at: float, zone: str, now: float) -> str:
    return moment(at, zone, now)


def _table(tools: Tools, shifts: Sequence[Shift], zone: str, now: float) -> dict[str, Any]:
    rows = [
        [one.team, _name(tools, one.person), _level(one), _at(one.start, zone, now), _at(one.end, zone, now)]
        for one in shifts
    ]
    return cards.table(["team", "who", "level", "from", "to"], rows)


def _name(tools: Tools, person: str) -> str:
    known = tools.people.get(person)
    return known.name if known else person
