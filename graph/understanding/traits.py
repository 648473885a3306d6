"""What the reader must know of an intent to read towards it; intents declare it (graph/intents/model.py)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from graph.understanding.entities import Extracted

#: what usually makes a text no plain request: a question, another time or a condition, a denial
Hint = Literal["question", "later", "not"]
Reads = Callable[[str, "Extracted"], Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Traits:
    """`acts`: it changes something or decides about it, so it is never started from a guess. `follows`: it is a read
    that `and staging?` asks again.

    `slots` are the entities it reads, `carries` those it may take from earlier in the conversation; with `leans` it
    makes no sense without them; with `strangers` a name nobody knows keeps it from that. `reads(text, extracted)`
    finds further ones.
    `plain` is a pattern over the masked, lower-case text that a plain request for it holds; `allows` are hints that
    do not matter for it, `matter` words that usually mean another matter and are its own; with `free`, what is quoted
    or stands behind a colon or `that` is a person's own words and hints at nothing; with `strict`, the text says
    nothing else. Chat sentences of the `runbooks` mean this intent.
    """

    acts: bool = False
    follows: bool = False
    slots: frozenset[str] = frozenset()
    carries: frozenset[str] = frozenset()
    leans: bool = False
    strangers: bool = False
    reads: Reads | None = None
    plain: str = ""
    allows: frozenset[Hint] = frozenset()
    matter: frozenset[str] = frozenset()
    free: bool = False
    strict: bool = False
    runbooks: tuple[str, ...] = ()


#: of an intent that nobody declared
NONE = Traits()
