"""Asks a language model where the local reading is unsure: a choice among our requests, checked as our own reading is.

A read is then carried out, a change is said back in exact words first. What decides (approve, cancel, stop …) is no
choice: that is said in exact words by people.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from config.people import Person
from graph.intents import INTENTS
from graph.intents.model import Answer, Intent
from graph.llm import prompts
from graph.llm.errors import ModelFailed
from graph.llm.model import LanguageModel
from graph.llm.refine import with_note
from graph.llm.said import Line
from graph.message import Message, Reading
from graph.ports import Tools
from graph.understanding.entities import extract
from graph.understanding.reader import OUT, Understanding
from store.records import Turn

_MOST_OUT = 300
_CONFIDENCE = 0.5
#: from this probability on a text is believed to be nothing of ours
_SURE_OUT = 0.8
#: what a model may name for a read; each is looked up as if the person had said it
_NAMED = ("service", "environment", "metric", "stat", "time", "version", "provider", "model", "runbook")
_TALK = frozenset({"help", "smalltalk", "oos"})


async def read_again(
    tools: Tools, message: Message, understood: Understanding, turns: Sequence[Turn]
) -> Understanding:
    """`understood` or, where that is unsure, what the language model makes of the message. Raises StoreError.

    When the model fails, or chooses nothing, the local reading stands; `notes` say that it failed.
    """
    model = tools.model
    if model is None or message.person is None or not unsure(understood):
        return understood
    choices = {one.name: one for one in INTENTS if _choosable(one, message.person)}
    talk = model.talk(message.id, message.person.id)
    try:
        chosen = await talk.choose("read", _lines(model, understood, turns), _schema(choices), _MOST_OUT)
    except ModelFailed as err:
        note = f"The language model {err}; this is my own reading."
        return replace(understood, notes=(*understood.notes, note))
    intent = choices.get(str(chosen.get("request")))
    return understood if intent is None else _understood(tools, understood, intent, chosen)


def noted(answer: Answer, understood: Understanding) -> Answer:
    """A question back that also says why the language model had no part in the reading."""
    failed = understood.notes if understood.doubt == "unsure" else ()
    return with_note(answer, " ".join(failed)) if failed else answer


def unsure(understood: Understanding) -> bool:
    """Two readings are close, or it is taken for nothing of ours without much reason."""
    reading = understood.reading
    if understood.doubt == "unsure":
        return True
    out = reading.intent == OUT and reading.source == "classifier" and not understood.doubt
    return out and not understood.topic and reading.confidence < _SURE_OUT


def _choosable(intent: Intent, person: Person) -> bool:
    """Reads and requests for a plan, within this person's role; never a word on the ledger."""
    if intent.name in _TALK or intent.act is not None:
        return False
    return bool(intent.phrase) and (intent.role is None or person.may(intent.role))


def _lines(model: LanguageModel, understood: Understanding, turns: Sequence[Turn]) -> list[Line]:
    before = [f"- {one.text}" for one in turns[-3:]]
    said = "\n".join(["Said before in this conversation:", *before, ""]) if before else ""
    told = model.redact.prompt(f"{said}The message:\n{understood.text}")
    return [Line("system", prompts.READ), Line("user", told)]


def _schema(choices: Mapping[str, Intent]) -> dict[str, Any]:
    told = "; ".join(f"{one.name}: {one.summary}" for one in choices.values())
    named = {name: {"type": ["string", "null"], "description": f"the {name} it names"} for name in _NAMED}
    return {
        "title": "choose",
        "description": "Which of the bot's requests the message is.",
        "type": "object",
        "properties": {
            "request": {"type": "string", "enum": [*choices, "none"], "description": told},
            **named,
        },
        "required": ["request"],
    }


def _understood(
    tools: Tools, understood: Understanding, intent: Intent, chosen: Mapping[str, Any]
) -> Understanding:
    """The reading with names that our own lexicon knows. A change takes its names from the person's words alone."""
    own = dict(understood.extracted.found)
    entities = own if changes(intent) else {**_looked_up(tools, chosen), **own}
    reading = Reading(intent.name, _CONFIDENCE, "llm", entities)
    return replace(understood, reading=reading, doubt="confirm" if changes(intent) else "", near=())


def changes(intent: Intent) -> bool:
    return intent.request is not None or intent.traits.acts


def _looked_up(tools: Tools, chosen: Mapping[str, Any]) -> dict[str, Any]:
    """Canonical names of what the model named, by the same lexicon; what it does not know is left out."""
    said = " , ".join(str(chosen[name])[:60] for name in _NAMED if isinstance(chosen.get(name), str))
    return dict(extract(said, tools.lexicon, tools.classifier.known).found)
