"""What comes in and what goes out, the same for every face."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from config.people import Person
from runbooks.halt import Halt
from store.records import Turn

Source = Literal["command", "classifier", "llm", "dialogue"]
Block = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Message:
    """One thing a person said. `place` is `face:conversation`; `acting_as` names who pressed the demo's act-as switch.

    `person` is None for somebody we do not know.
    """

    id: str
    text: str
    actor: str
    person: Person | None
    place: str
    conversation: str
    at: float
    acting_as: str | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """How a message was understood. `entities` are canonical names; `confidence` is 0 to 1."""

    intent: str
    confidence: float
    source: Source
    entities: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer: `text` stands alone (a terminal, a notification), `blocks` say the same in cards.

    `approval` and `run` are the views of CONTRACT (runbooks/views.py) or None.
    """

    request_id: str
    conversation: str
    text: str
    blocks: tuple[Block, ...]
    reading: Reading
    approval: Mapping[str, Any] | None = None
    run: Mapping[str, Any] | None = None

    def body(self) -> dict[str, Any]:
        """The stored and REST form; `approval` and `run` stay ids, their state is read from the ledger when shown."""
        return {
            "id": f"reply:{self.request_id}",
            "session_id": self.conversation,
            "text": self.text,
            "blocks": list(self.blocks),
            "intent": {
                "id": self.reading.intent,
                "confidence": round(self.reading.confidence, 3),
                "source": self.reading.source,
                "entities": dict(self.reading.entities),
            },
            "request_id": self.request_id,
            "approval": self.approval["id"] if self.approval else None,
            "run": self.run["id"] if self.run else None,
        }


@dataclass(frozen=True, slots=True)
class Outcome:
    """What thinking about one message gave; with `ask` the reply's approval waits for people."""

    reply: Reply
    turn: Turn
    ask: bool = False


@dataclass(frozen=True, slots=True)
class Before:
    """What the ledger said when a message was stored: the conversation's last turns, oldest first, and the switch."""

    turns: tuple[Turn, ...] = ()
    halt: Halt | None = None
