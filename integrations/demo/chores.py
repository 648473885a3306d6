"""What was done to services of the demo company that leaves no other trace: how often, and when."""

from __future__ import annotations

from bisect import insort
from collections import defaultdict
from collections.abc import Sequence
from typing import ClassVar

from integrations.demo.events import Event, Note
from integrations.demo.releases import Key

#: kind of event → what people call it in the list of changes
WORDS = {"cache.flushed": "cache flush", "index.rebuilt": "index rebuild", "warmed": "warm-up"}
_PAST = {
    "cache.flushed": "The cache of {} was flushed",
    "index.rebuilt": "The index of {} was rebuilt",
    "warmed": "{} was warmed up",
}


class Chores:
    """Flushes, rebuilds and warm-ups by service, oldest first."""

    KINDS: ClassVar[frozenset[str]] = frozenset(WORDS)

    def __init__(self) -> None:
        self._done: dict[tuple[str, Key], list[float]] = defaultdict(list)

    def apply(self, event: Event) -> Sequence[Note]:
        service, environment = event.data["service"], event.data["environment"]
        done = self._done[event.kind, (service, environment)]
        insort(done, event.data.get("effective_at", event.at))
        name = WORDS[event.kind].replace(" ", "_")
        words = _PAST[event.kind].format(service)
        return (Note(service, "config", f"{name}={len(done) - 1}", f"{name}={len(done)}", words),)

    def count(self, kind: str, key: Key) -> int:
        """How often it was asked for."""
        return len(self._done.get((kind, key), ()))

    def times(self, kind: str, key: Key) -> Sequence[float]:
        """When each took effect."""
        return tuple(self._done.get((kind, key), ()))
