"""What is wanted: reads the message in its conversation, checks the role, asks back when something is missing."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from pydantic import ValidationError

from graph.answers import asking
from graph.intents import BY_NAME, TRAITS
from graph.intents.model import Answer, Ask, Intent
from graph.message import Message
from graph.ports import Tools
from graph.state import State
from graph.understanding.model import noted, read_again
from graph.understanding.reader import Reader, Understanding
from graph.understanding.strangers import strangers


class Classify:
    def __init__(self, tools: Tools) -> None:
        self._tools = tools

    @cached_property
    def _reader(self) -> Reader:
        tools = self._tools
        return Reader(tools.classifier, tools.lexicon, TRAITS, tools.triggers)

    async def __call__(self, state: State) -> dict[str, Any]:
        message = state["message"]
        person = message.person.id if message.person else message.actor
        understood = self._reader.read(message.text, state["turns"], person, message.at)
        understood = await read_again(self._tools, message, understood, state["turns"])
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
        if not intent.strangers or understood.reading.source == "dialogue":
            return None
        needed = strangers(understood, guess=not intent.wide)
        if needed:
            return asking.unknown_names(needed, self._tools.lexicon, text)
        if extracted.regions:
            entities = {
                "environment": next(iter(self._tools.catalogue.environments)),
                **understood.reading.entities,
            }
            return asking.region(extracted.regions, extracted, self._tools.lexicon, intent.say(entities))
        places = 1 if "source" in understood.reading.entities else len(extracted.environments)
        if intent.traits.acts and (len(extracted.services) > 1 or places > 1):
            options = [
                intent.say({**understood.reading.entities, "service": service, "environment": environment})
                for service in extracted.services
                for environment in (extracted.environments or ("…",))
            ]
            return asking.question(
                "One change at a time, please. Which one first?", [(one, one) for one in options]
            )
        return None

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
