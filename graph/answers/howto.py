"""How-to questions, answered by a section of our own pages, quoted and named; or told that none fits."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass

from graph import cards
from graph.answers.words import listed
from graph.intents.model import Answer, Ask, Slots
from graph.ports import Tools
from insight.search import Hit

#: the share of the question's words that a section must hold to be quoted, and characters that are quoted
_ENOUGH = 0.5
_QUOTED = 900


class HowtoSlots(Slots):
    pass


@dataclass(frozen=True, slots=True)
class Found:
    hits: tuple[Hit, ...]


async def facts(tools: Tools, ask: Ask) -> Found:
    """The pages are read once, in a thread."""
    index = await asyncio.to_thread(lambda: tools.handbook)
    return Found(tuple(index.find(ask.message.text)))


def answer(tools: Tools, ask: Ask, found: Found) -> Answer:
    if not found.hits or found.hits[0].covered < _ENOUGH:
        return _nothing(found)
    best = found.hits[0].section
    words = f"From {best.page}, '{best.title}': {_quote(best.text)}"
    also = [f"{one.section.page}, '{one.section.title}'" for one in found.hits[1:] if one.covered >= _ENOUGH]
    where = {"Page": best.page, "Section": best.title}
    if also:
        where["See also"] = "; ".join(also)
    return Answer(words, (cards.text(words), cards.facts(where)))


def _nothing(found: Found) -> Answer:
    near = [f"{one.section.page}, '{one.section.title}'" for one in found.hits]
    words = "None of my pages answers that."
    words += f" The nearest: {listed(near)}." if near else " Ask `help` for what I can do."
    return Answer(words, (cards.text(words),))


def _quote(text: str) -> str:
    """The beginning of a section up to the end of a paragraph, without tables' rules and comments."""
    plain = re.sub(r"<!--.*?-->|^\|[-| ]+\|$", "", text, flags=re.S | re.M).strip()
    if len(plain) <= _QUOTED:
        return plain
    cut = plain[:_QUOTED]
    ends = [place for place in (cut.rfind("\n\n"), cut.rfind(". ") + 1) if place > _QUOTED // 3]
    return f"{cut[: max(ends, default=_QUOTED)].rstrip()} …"
