"""Handlers' way to a record: the person's own word, once a request."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from config.people import Person
from graph.intents.model import Ask
from graph.ports import Tools
from runbooks.records import Word


def speaker(ask: Ask) -> Person:
    """Who asks; an intent with a role is never reached by somebody unknown."""
    person = ask.message.person
    assert person is not None
    return person


async def record(tools: Tools, ask: Ask, action: str, **inputs: Any) -> Mapping[str, Any]:
    """The action's output. The key is the request's: handled again, nothing is done twice. Raises CopilotError."""
    message = ask.message
    given = {name: value for name, value in inputs.items() if value is not None}
    word = Word(action, given, speaker(ask), f"{message.id}:{action}", message.place, message.acting_as)
    return await tools.records.record(word)
