"""What a part of the world tells about an event it took in: the change that people will read of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Protocol

from insight.facts import ChangeKind
from integrations.demo.events import Event


@dataclass(frozen=True, slots=True)
class Note:
    """A change of a service, as `changes` shows it."""

    kind: ChangeKind
    before: str
    after: str
    summary: str


class Part(Protocol):
    """A part of the state of the world: it takes in the events of its kinds and tells what they changed."""

    KINDS: ClassVar[frozenset[str]]

    def apply(self, event: Event) -> Note | None: ...
