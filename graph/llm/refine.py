"""Where a language model takes part in an answer: it investigates a "why", and words other answers if that is wanted.

Whatever goes wrong, the program's own answer stands, and says why the model has no part in it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from graph import cards
from graph.answers.diagnosis import Diagnosed
from graph.intents.model import Answer, Ask
from graph.llm.errors import ModelFailed
from graph.llm.investigate import investigate
from graph.llm.phrase import phrase
from graph.llm.tracer import Untraceable
from graph.ports import Tools


async def refine(tools: Tools, ask: Ask, facts: Any, answer: Answer) -> Answer:
    """Raises StoreError."""
    model = tools.model
    if model is None or ask.message.person is None or facts is None:
        return answer
    try:
        if isinstance(facts, Diagnosed):
            return await investigate(tools, model, ask, facts, answer)
        if model.settings.phrase:
            return await phrase(tools, model, ask, answer)
    except (ModelFailed, Untraceable) as err:
        return with_note(answer, f"The language model {err}; these are my own words.")
    return answer


def with_note(answer: Answer, note: str) -> Answer:
    return replace(answer, text=f"{answer.text} ({note})", blocks=(*answer.blocks, cards.text(note)))
