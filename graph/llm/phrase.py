"""The words of an answer, said anew by a language model from the answer alone; its figures stay as they are."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from graph import cards
from graph.intents.model import Answer, Ask
from graph.llm import prompts
from graph.llm.aloud import Aloud, visible_lines
from graph.llm.errors import ModelFailed
from graph.llm.investigate import tracer_of
from graph.llm.model import LanguageModel
from graph.llm.said import Line
from graph.llm.tracer import Untraceable
from graph.message import Block
from graph.ports import Tools

_MOST_OUT = 300
_MOST_FACTS = 8_000
#: blocks whose strings are facts; charts say the same as the text
_READ = ("text", "facts", "table", "code")


async def phrase(tools: Tools, model: LanguageModel, ask: Ask, answer: Answer) -> Answer:
    """`answer` in the model's words; its cards stay. Raises Untraceable, ModelFailed, StoreError."""
    person = ask.message.person
    assert person is not None
    mark = prompts.new_mark()
    question = model.redact.prompt(ask.message.text)
    facts = model.redact.prompt(json.dumps(list(_facts(answer)), ensure_ascii=False)[:_MOST_FACTS])
    aloud = Aloud(model.talk(ask.message.id, person.id), tools.stream, tracer_of(tools))
    aloud.tracer.learn(facts)
    lines = [
        Line("system", prompts.PHRASE.format(mark=mark)),
        Line("user", f"{question}\n\nThe answer:\n{prompts.as_data(mark, facts)}"),
    ]
    try:
        said = await aloud.say("phrase", lines, (), _MOST_OUT)
    except (Untraceable, ModelFailed):
        aloud.withdraw()
        raise
    words = visible_lines(said.text).strip()
    if not words:
        raise ModelFailed("said nothing")
    return replace(answer, text=words, blocks=_blocks(answer, words))


def _facts(answer: Answer) -> Iterator[Any]:
    yield answer.text
    for block in answer.blocks:
        if block["type"] in _READ and block.get("text") != answer.text:
            yield {key: value for key, value in block.items() if key != "type" and value is not None}


def _blocks(answer: Answer, words: str) -> tuple[Block, ...]:
    """The model's words in front; the program's own sentence stays below them."""
    return (cards.text(words), *answer.blocks)
