"""Schedules: making one from people's words, holding, moving, ending it; what there is."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from config.errors import CopilotError
from config.people import Person
from config.recurrence import Late, clock_changes, parse
from graph import cards
from graph.answers import asking, scheduling
from graph.answers.words import moment
from graph.intents.model import Answer, Ask, Intent, Slots
from graph.ports import Tools
from graph.understanding import whens
from runbooks.firing import NOBODY
from runbooks.schedules import When
from store.schedule_records import Schedule

_MOST = 20
_WHEN = "every weekday at 9"
#: what sounds like a schedule and is a condition
_CONDITION = re.compile(
    r"\b(?:if|whenever|as soon as|automatically|once|when|after)\b.*\b(?:exceed|above|below|over|under|fail|errors?|"
    r"complet|deploy|finish|drops?|rises?|goes?|fires?|breach|%|percent)",
    re.I,
)
_VERBS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("resume", re.compile(r"\b(?:resume|re-?enable|unpause|turn on|switch on|start again|continue)\b", re.I)),
    ("pause", re.compile(r"\b(?:pause|suspend|hold|mute|disable|turn off|switch off|snooze)\b", re.I)),
    (
        "cancel",
        re.compile(r"\b(?:cancel|delete|remove|unschedule|drop|end|stop|get rid of|unsubscribe)\b", re.I),
    ),
    ("change", re.compile(r"\b(?:change|move|reschedule|shift|postpone|delay)\b", re.I)),
)
_MAKES = re.compile(r"\s*(?:please\s+)?(?:schedule|remind|send|post|run|set up|create|add|make|give)\b", re.I)
_LATE_WORDS: Mapping[Late, str] = {
    "run_once": "missed times are made up for once",
    "skip": "missed times are left out",
    "each": "each missed time is made up for",
}


class ScheduleSlots(Slots):
    action: Literal["make", "pause", "resume", "cancel", "change", "late"] | None = None
    schedule_id: str | None = None
    text: str | None = None
    late: Late | None = None


def said(text: str, extracted: object) -> dict[str, str]:
    """What the reader finds beside names: the words themselves, and how they are said back."""
    steers = any(words.search(text[:40]) for _, words in _VERBS) and not _makes(text)
    return {"text": text, "said": text if steers else f"schedule {text}"}


def make_manage(readable: Mapping[str, Intent]) -> Callable[[Tools, Ask], Any]:
    """`readable` are the intents that a schedule may ask for, by name."""

    async def manage(tools: Tools, ask: Ask) -> Answer:
        """Raises NotFound, Forbidden, BadRequest, Conflict."""
        slots: ScheduleSlots = ask.slots
        text = slots.text or ask.message.text
        action = slots.action or _action(text)
        if action == "make":
            return await _make(tools, ask, text, readable)
        found = await _which(tools, ask, action, text)
        return found if isinstance(found, Answer) else await _steer(tools, ask, action, found, text)

    return manage


def _action(text: str) -> str:
    found = next((verb for verb, words in _VERBS if words.match(text.strip())), None)
    return found or next(
        (verb for verb, words in _VERBS if words.search(text[:40]) and not _makes(text)), "make"
    )


def _makes(text: str) -> bool:
    return (
        re.match(
            r"\s*(?:please\s+)?(?:schedule|remind|send|post|run|set up|create|add|make|give)\b", text, re.I
        )
        is not None
    )


async def _make(tools: Tools, ask: Ask, text: str, readable: Mapping[str, Intent]) -> Answer:
    person, now = _person(ask), tools.clock.now()
    if _CONDITION.search(text):
        return asking.question(
            "I do things at times, not on conditions: an alert watches those. Name a time, such as "
            f"`schedule WHAT {_WHEN}`, or ask for the change when it is wanted."
        )
    said = whens.find(text, now, ask.zone)
    if said is None or said.problem:
        words = (
            said.problem
            if said
            else "When? Say for example `every weekday at 9`, `tomorrow at 10`, `in 2 hours`."
        )
        return asking.question(words)
    when = When(said.zone, said.cron, said.at)
    wanted = await scheduling.what(tools, ask, said.rest, when, readable)
    if isinstance(wanted, Answer):
        return wanted
    if wanted.kind == "runbook" and ask.reading.source != "command":
        exact = f"schedule {wanted.words} {scheduling.exactly(when)}"
        plain = (
            f"Did you mean: `{exact}`? Each time it is planned anew and asks for approval as if you asked."
        )
        return asking.question(plain, [(exact, exact)])
    schedule_id = f"sch_{ask.message.id.rpartition('_')[2]}"
    one = await tools.schedules.make(
        wanted, person, place=ask.message.place, schedule_id=schedule_id, acting_as=ask.message.acting_as
    )
    guessed = "You named no time of day. " if said.guessed else ""
    return _made(one, ask, now, guessed)


def _made(one: Schedule, ask: Ask, now: float, guessed: str) -> Answer:
    assert one.next_at is not None
    what, at = scheduling.said_of(one), moment(one.next_at, one.zone, now)
    notes = clock_changes(parse(one.cron), one.zone, now) if one.cron else []
    if one.cron is None:
        words = f"{guessed}{at}: {what}. It is {one.id}; `cancel {one.id}` takes it back."
    else:
        rhythm = scheduling.rhythm(one.cron)
        words = (
            f"{guessed}{rhythm[:1].upper()}{rhythm[1:]}, {one.zone}: {what}. The first is {at}. It is {one.id}: "
            f"`pause {one.id}`, `cancel {one.id}`, `change {one.id} {_WHEN}`."
        )
    words = " ".join([words, *notes])
    return Answer(words, (cards.text(words), _card(one, ask, now)), entities={"schedule_id": one.id})


def _card(one: Schedule, ask: Ask, now: float) -> dict[str, Any]:
    told = {"What": scheduling.said_of(one), "When": scheduling.when_of(one, now)}
    if one.next_at is not None:
        told["Next"] = moment(one.next_at, ask.zone, now)
    told |= {"Here": one.place, "If it is late": _LATE_WORDS[one.late], "Whose": one.owner or "nobody's yet"}
    return cards.facts(told | ({"Note": one.note} if one.note else {}), one.id)


async def _which(tools: Tools, ask: Ask, action: str, text: str) -> Schedule | Answer:
    """The one that is meant: by its id, by its words, or the only one there is."""
    slots: ScheduleSlots = ask.slots
    person = _person(ask)
    if slots.schedule_id is not None:
        return await tools.schedules.get(slots.schedule_id, person)
    every = [one for one in await tools.schedules.every(person) if _fits_action(one, action)]
    mine = [one for one in every if one.owner == person.id]
    fitting = (
        scheduling.matching(text, mine)
        or scheduling.matching(text, every)
        or (mine if len(mine) == 1 else [])
    )
    if len(fitting) == 1:
        return fitting[0]
    if not every:
        return asking.question(f"There is no schedule to {action}. `schedules` lists what there is.")
    when = f" {_WHEN}" if action == "change" else ""
    options = [
        (
            f"{scheduling.said_of(one)}, {scheduling.when_of(one, tools.clock.now())}",
            f"{action} {one.id}{when}",
        )
        for one in fitting or mine or every
    ]
    return asking.question(f"Which one shall I {action}?", options)


def _fits_action(one: Schedule, action: str) -> bool:
    return one.status == ("paused" if action == "resume" else "active") or action == "cancel"


async def _steer(tools: Tools, ask: Ask, action: str, one: Schedule, text: str) -> Answer:
    slots: ScheduleSlots = ask.slots
    person, acting, now = _person(ask), ask.message.acting_as, tools.clock.now()
    match action:
        case "pause":
            one = await tools.schedules.pause(one.id, person, acting)
            words = f"{one.id} is paused: {scheduling.said_of(one)}. `resume {one.id}` lets it go on."
        case "resume":
            one = await tools.schedules.resume(one.id, person, ask.message.place, acting)
            at = moment(one.next_at or now, ask.zone, now)
            words = f"{one.id} goes on: {scheduling.said_of(one)}, next at {at}, with your rights."
        case "cancel":
            one = await tools.schedules.cancel(one.id, person, acting)
            words = f"{one.id} is over: {scheduling.said_of(one)}."
        case "late":
            one = await tools.schedules.late(one.id, slots.late or "run_once", person, acting)
            words = f"{one.id}: {_LATE_WORDS[one.late]}."
        case _:
            said = whens.find(text, now, one.zone if slots.text else ask.zone)
            if said is None or said.problem:
                return asking.question(
                    said.problem if said else f"To when? Such as `change {one.id} {_WHEN}`."
                )
            one = await tools.schedules.move(one.id, When(said.zone, said.cron, said.at), person, acting)
            at = moment(one.next_at or now, ask.zone, now)
            words = (
                f"{one.id} is moved: {scheduling.said_of(one)}, {scheduling.when_of(one, now)}, next at {at}."
            )
    return Answer(words, (cards.text(words), _card(one, ask, now)), entities={"schedule_id": one.id})


@dataclass(frozen=True, slots=True)
class Listed:
    """`fired` are (when, how) of the one that was asked for, newest first."""

    every: Sequence[Schedule]
    fired: tuple[tuple[float, str], ...] = ()
    error: str = ""


async def facts(tools: Tools, ask: Ask) -> Listed:
    slots: ScheduleSlots = ask.slots
    person = _person(ask)
    if slots.schedule_id is None:
        return Listed(await tools.schedules.every(person))
    try:
        one = await tools.schedules.get(slots.schedule_id, person)
        firings = await tools.schedules.firings(one.id, person)
    except CopilotError as err:
        return Listed((), error=str(err))
    told = tuple(
        (each.scheduled_at, each.status + (f", {each.missed} missed before it" if each.missed else ""))
        for each in firings
    )
    return Listed([one], told)


def answer(tools: Tools, ask: Ask, found: Listed) -> Answer:
    now, slots = tools.clock.now(), ask.slots
    if found.error:
        return asking.question(found.error)
    if slots.schedule_id is not None:
        return _shown(found, ask, now)
    fitting = scheduling.narrowed(ask.message.text, found.every, _person(ask).id, now, ask.zone)
    if not found.every:
        words = f"Nothing happens by itself yet. Make something: `schedule digest team {_WHEN}`."
        return Answer(words, (cards.text(words),))
    if not fitting:
        words = f"None of the {len(found.every)} schedules is of that kind. `schedules` lists all."
        return Answer(words, (cards.text(words),))
    active = sum(one.status == "active" for one in fitting)
    words = f"{len(fitting)} schedules, {active} of them on. `show ID` says more; `pause ID`, `cancel ID`."
    words = words if len(fitting) > 1 else words.replace("1 schedules", "1 schedule")
    rows = [_line(one, ask, now) for one in fitting[:_MOST]]
    text = words + "".join(f"\n{row[0]}: {row[1]}, {row[2]}; next {row[3]}" for row in rows)
    table = cards.table(["id", "what", "when", "next", "whose"], rows)
    entities = {"schedule_id": fitting[0].id} if len(fitting) == 1 else {}
    return Answer(text, (cards.text(words), table), entities=entities)


def _line(one: Schedule, ask: Ask, now: float) -> list[str]:
    coming = moment(one.next_at, ask.zone, now) if one.next_at is not None else "-"
    state = coming if one.status == "active" else f"{one.status}: {one.note or 'held'}"
    whose = one.owner if one.owner != NOBODY else f"nobody's: `resume {one.id}`"
    return [one.id, scheduling.said_of(one), scheduling.when_of(one, now), state, whose]


def _shown(found: Listed, ask: Ask, now: float) -> Answer:
    one = found.every[0]
    words = f"{one.id}: {scheduling.said_of(one)}, {scheduling.when_of(one, now)}; it is {one.status}."
    blocks = [cards.text(words), _card(one, ask, now)]
    if found.fired:
        rows = [[moment(at, ask.zone, now), how] for at, how in found.fired]
        blocks.append(cards.table(["when", "what came of it"], rows, "Lately"))
    return Answer(words, tuple(blocks), entities={"schedule_id": one.id})


def _person(ask: Ask) -> Person:
    assert ask.message.person is not None
    return ask.message.person
