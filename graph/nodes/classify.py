"""What is wanted: reads the message in its conversation, checks the role, asks back when something is missing."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from pydantic import ValidationError

from graph.answers import asking
from graph.intents import BY_NAME
from graph.intents.model import Answer, Ask, Intent
from graph.message import Message
from graph.ports import Tools
from graph.state import State
from graph.understanding.entities import Unknown
from graph.understanding.model import noted, read
from graph.understanding.reader import ACTS, Understanding

_ABOUT_SERVICES = frozenset(
    {"metrics.query", "diagnose.explain", "deploy.status", "deploy.rollback", "runbook.run"}
)


class Classify:
    def __init__(self, tools: Tools) -> None:
        self._tools = tools

    async def __call__(self, state: State) -> dict[str, Any]:
        message = state["message"]
        understood = await read(self._tools, message, state["turns"])
        reading = understood.reading
        intent = BY_NAME[reading.intent]
        answer = self._stop(understood, intent, message) or self._doubt(understood, intent)
        answer = answer or self._names(understood, intent) or self._missing(understood, intent)
        if answer is not None:
            return {"understanding": understood, "answer": noted(answer, understood)}
        return {"understanding": understood, "ask": _ask(message, understood, intent)}

    def _stop(self, understood: Understanding, intent: Intent, message: Message) -> Answer | None:
        """What ends the matter: nothing to read, another language, somebody unknown, a role that is not held."""
        match understood.doubt:
            case "too long" | "empty":
                return asking.too_long(len(message.text))
            case "language":
                return asking.language(understood.extracted)
            case "declined":
                return asking.question("All right. Nothing was changed.")
        if intent.role is None:
            return None
        if message.person is None:
            return asking.unknown_person(message.actor)
        if not message.person.may(intent.role):
            holders = [person.name for person in self._tools.people.holders(intent.role)]
            return asking.may_not(intent.summary, intent.role, holders)
        return None

    def _doubt(self, understood: Understanding, intent: Intent) -> Answer | None:
        """Two readings that are close are offered as exact words; a change that is not plain is said back."""
        entities = understood.reading.entities
        if understood.doubt == "unsure":
            near = [BY_NAME[name] for name in understood.near]
            return asking.unsure(
                [(one.summary, one.say(entities)) for one in near if _sayable(one, entities)]
            )
        if understood.doubt == "confirm" and self._names(understood, intent) is None:
            if intent.name in ("approval.approve", "approval.deny") and "approval_id" not in entities:
                return None
            if self._missing(understood, intent) is None and _sayable(intent, entities):
                return asking.confirm(intent.say(entities), intent.name, _plain(entities))
            return asking.unsure(
                [(one.summary, one.say(entities)) for one in (intent,) if _sayable(one, entities)]
            )
        return None

    def _names(self, understood: Understanding, intent: Intent) -> Answer | None:
        """Names nobody knows, several services for one change, and regions, which are never a whole environment."""
        extracted, text = understood.extracted, understood.text
        if intent.name not in _ABOUT_SERVICES or understood.reading.source == "dialogue":
            return None
        needed = self._strangers(understood, intent)
        if needed:
            return asking.unknown_names(needed, self._tools.lexicon, text)
        if extracted.regions:
            entities = {
                "environment": next(iter(self._tools.catalogue.environments)),
                **understood.reading.entities,
            }
            return asking.region(extracted.regions, extracted, self._tools.lexicon, intent.say(entities))
        if intent.name in ACTS and (len(extracted.services) > 1 or len(extracted.environments) > 1):
            options = [
                intent.say({**understood.reading.entities, "service": service, "environment": environment})
                for service in extracted.services
                for environment in (extracted.environments or ("…",))
            ]
            return asking.question(
                "One change at a time, please. Which one first?", [(one, one) for one in options]
            )
        return None

    def _strangers(self, understood: Understanding, intent: Intent) -> list[Unknown]:
        unknown, entities = understood.extracted.unknown, understood.reading.entities
        sure = [one for one in unknown if one.kind != "maybe"]
        if (
            sure
            or "service" in understood.extracted.found
            or "model" in entities
            or intent.name == "deploy.status"
        ):
            return sure
        if "service" in entities and not understood.notes:
            return sure
        return [replace(one, kind="service") for one in unknown if one.kind == "maybe"]

    def _missing(self, understood: Understanding, intent: Intent) -> Answer | None:
        entities = understood.reading.entities
        for slot in intent.needs:
            stands_in = (
                slot == "service" and ("model" in entities or "deployment_id" in entities) and intent.answer
            )
            if entities.get(slot) is None and not stands_in:
                environments = slot == "environment"
                known = self._tools.catalogue.environments if environments else self._tools.catalogue.services
                of = f" of {entities['service']}" if environments and "service" in entities else ""
                names = "" if environments else f" There are: {', '.join(known)}."
                words = f"Which {slot}{of}?{names}"
                return asking.which(slot, intent.name, _plain(entities), list(known), words)
        return None


def _ask(message: Message, understood: Understanding, intent: Intent) -> Ask:
    entities: dict[str, Any] = dict(understood.reading.entities)
    if understood.topic:
        entities["topic"] = understood.topic
    try:
        slots = intent.slots.model_validate(entities)
    except ValidationError as err:
        wrong = {str(one["loc"][0]) for one in err.errors() if one["loc"]}
        slots = intent.slots.model_validate(
            {key: value for key, value in entities.items() if key not in wrong}
        )
    return Ask(message, understood.reading, slots, understood.notes)


def _plain(entities: Any) -> dict[str, Any]:
    return {key: value for key, value in entities.items() if key != "pending"}


def _sayable(intent: Intent, entities: Any) -> bool:
    return "…" not in intent.say(entities)
