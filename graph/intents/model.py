"""What an intent is: one frozen declaration that the classifier, help, permissions and the docs read."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel, ConfigDict

from config.people import Role
from graph.message import Block, Message, Reading
from graph.ports import Tools
from graph.understanding.traits import Hint, Reads, Traits
from runbooks.plan import RunRequest


class Slots(BaseModel):
    """Base of slot models: what an intent reads of the entities; others are left alone."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class NoSlots(Slots):
    pass


@dataclass(frozen=True, slots=True)
class Ask:
    """One understood request, ready for a handler. `notes` are said with the answer (what was assumed)."""

    message: Message
    reading: Reading
    slots: Any
    notes: tuple[str, ...] = ()

    @property
    def zone(self) -> str:
        """The reader's time zone."""
        return self.message.person.zone if self.message.person else "UTC"


@dataclass(frozen=True, slots=True)
class Answer:
    """Words and cards. `pending` is what the next message may complete (understanding/dialogue.py).

    `approval` and `run` are the views of CONTRACT.
    """

    text: str
    blocks: tuple[Block, ...] = ()
    pending: dict[str, Any] | None = None
    approval: dict[str, Any] | None = None
    run: dict[str, Any] | None = None
    entities: dict[str, Any] = field(default_factory=dict)


Facts = Callable[[Tools, Ask], Awaitable[Any]]
Say = Callable[[Tools, Ask, Any], Answer]
MakeRequest = Callable[[Tools, Ask], RunRequest | Answer]
Act = Callable[[Tools, Ask], Awaitable[Answer | RunRequest]]


@dataclass(frozen=True, slots=True)
class Intent:
    """Exactly one of: `answer` (a read: words from `facts`), `request` (a change: a RunRequest, or a question when
    something is missing), `act` (a word on the ledger: decide, cancel …; a RunRequest where it takes a runbook).

    `role` None = anybody. `examples` teach the classifier; an intent without them is reached by its command alone.
    `needs` are slots asked for one at a time. `phrase` says the request in exact words, `{slot}` filled in.
    `strangers`: a name nobody knows in it is asked about; `wide`: unless it is only a word that may be no name, as it
    can be about everything. `rated`: people are asked whether its answer was right.
    `plain` to `strict` are for the reader: understanding/traits.py.
    """

    name: str
    summary: str
    role: Role | None
    examples: tuple[str, ...] = ()
    phrase: str = ""
    slots: type[Slots] = NoSlots
    needs: tuple[str, ...] = ()
    facts: Facts | None = None
    answer: Say | None = None
    request: MakeRequest | None = None
    act: Act | None = None
    strangers: bool = False
    wide: bool = False
    rated: bool = False
    plain: str = ""
    allows: frozenset[Hint] = frozenset()
    matter: frozenset[str] = frozenset()
    free: bool = False
    strict: bool = False
    carries: tuple[str, ...] = ()
    leans: bool = False
    reads: Reads | None = None
    runbooks: tuple[str, ...] = ()

    @property
    def traits(self) -> Traits:
        """What the reader must know. Acts that no words reach are started by their exact command alone."""
        return Traits(
            acts=self.answer is None and bool(self.examples),
            follows=self.facts is not None and bool(self.examples),
            slots=frozenset(self.slots.model_fields),
            carries=frozenset(self.carries),
            leans=self.leans,
            strangers=self.strangers,
            reads=self.reads,
            plain=self.plain,
            allows=self.allows,
            matter=self.matter,
            free=self.free,
            strict=self.strict,
            runbooks=self.runbooks,
        )

    def say(self, entities: Mapping[str, Any]) -> str:
        """The request in exact words; parts in [brackets] are left out where a slot is not known."""
        said = _OPTIONAL.sub(lambda part: part[1] if _known(part[1], entities) else "", self.phrase)
        return " ".join(_SLOT.sub(lambda slot: str(entities.get(slot[1], "…")), said).split())


_OPTIONAL = re.compile(r"\[([^\]]*)\]")
_SLOT = re.compile(r"\{(\w+)\}")


def _known(part: str, entities: Mapping[str, Any]) -> bool:
    return all(entities.get(name) is not None for name in _SLOT.findall(part))
