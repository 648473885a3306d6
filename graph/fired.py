"""What a schedule says when it fires: a reminder as it is, anything else as if its owner had said it just now."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol

from config.people import Person, Role
from graph import cards
from graph.answers.words import moment
from graph.message import Before, Message, Outcome, Reading, Reply
from graph.ports import Tools
from runbooks.halt import halted
from store.records import Turn

_DIGESTS = {"oncall": "on-call"}


@dataclass(frozen=True, slots=True)
class Fired:
    """One firing, as the inbox row has it (runbooks/firing.py). Instants are Unix seconds."""

    schedule_id: str
    scheduled_at: float
    kind: str
    words: str
    owner: str
    acting_as: str | None
    place: str
    conversation: str
    missed: int = 0
    since: float | None = None

    @classmethod
    def of(cls, payload: Mapping[str, Any]) -> Fired:
        return cls(**{name: payload[name] for name in cls.__dataclass_fields__ if name in payload})


class Thinks(Protocol):
    def message(
        self, request_id: str, message: Message, before: Before | None = None
    ) -> Awaitable[Outcome]: ...


async def fired(thinker: Thinks, tools: Tools, request_id: str, one: Fired) -> Outcome:
    """With the owner's rights of this moment; a schedule whose owner is gone or has lost them is paused, and that is
    said. Raises CopilotError with words for people."""
    person, now = tools.people.get(one.owner), tools.clock.now()
    refusal = _refusal(one, person)
    if refusal is not None:
        await tools.schedules.hold(one.schedule_id, refusal)
        words = f"{one.schedule_id} did nothing and is paused: {refusal}. `resume {one.schedule_id}` makes it yours."
        return _told(one, request_id, words, now)
    assert person is not None
    late = _late(one, person, now)
    if one.kind == "reminder":
        return _told(one, request_id, f"Reminder for {person.name}: {one.words}{late}", now)
    text = f"digest {_DIGESTS.get(one.words, one.words)}" if one.kind == "digest" else one.words
    message = Message(request_id, text, one.owner, person, one.place, one.conversation, now, one.acting_as)
    halt = await tools.database.read(halted)
    outcome = await thinker.message(request_id, message, Before((), halt))
    lead = (
        f"By schedule {one.schedule_id} of {person.name}, {moment(one.scheduled_at, person.zone, now)}{late}"
    )
    reply = outcome.reply
    reply = replace(reply, text=f"{lead}\n{reply.text}", blocks=(cards.text(lead), *reply.blocks))
    return replace(outcome, reply=reply)


def _refusal(one: Fired, person: Person | None) -> str | None:
    """Why it may do nothing; None: it may."""
    if person is None:
        return f"its owner {one.owner} is not in people.yaml any more"
    role: Role = "operator" if one.kind == "runbook" else "viewer"
    if not person.may(role):
        return f"its owner {person.name} no longer has the role {role}"
    return None


def _late(one: Fired, person: Person, now: float) -> str:
    """Words for what was missed before it; empty when nothing was."""
    if not one.missed or one.since is None:
        return "."
    times = "one time" if one.missed == 1 else f"{one.missed} times"
    return f", late: it makes up for {times} missed since {moment(one.since, person.zone, now)}."


def _told(one: Fired, request_id: str, words: str, now: float) -> Outcome:
    entities = {"schedule_id": one.schedule_id}
    reading = Reading("schedule.manage", 1.0, "command", entities)
    reply = Reply(request_id, one.conversation, words, (cards.text(words),), reading)
    turn = Turn(
        request_id=request_id,
        conversation=one.conversation,
        person=one.owner,
        text=f"({one.schedule_id})",
        intent=reading.intent,
        confidence=1.0,
        source="command",
        entities=entities,
        at=now,
    )
    return Outcome(reply, turn)
