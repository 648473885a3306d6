"""What people told the demo company's monitoring: alert rules of their own, and silences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar

from insight.facts import Monitor, Silence
from integrations.demo.events import Event, Note
from integrations.errors import Absent


class Watch:
    """`monitors` and `silences` by id; `made` and `silence_of` name what was made under a key."""

    KINDS: ClassVar[frozenset[str]] = frozenset(
        {"alerts.silenced", "alerts.unsilenced", "monitor.created", "monitor.deleted"}
    )

    def __init__(self) -> None:
        self.monitors: dict[str, tuple[float, Monitor]] = {}
        self.silences: dict[str, Silence] = {}
        self.of_key: dict[str, str] = {}
        self._count = 0

    def apply(self, event: Event) -> Sequence[Note]:
        data = event.data
        if event.kind == "monitor.created":
            name = self._name("mon", event)
            words = {key: data[key] for key in Monitor.__slots__ if key != "id"}
            self.monitors[name] = (event.at, Monitor(id=name, **words))
        elif event.kind == "monitor.deleted":
            self.monitors.pop(data["monitor"], None)
        elif event.kind == "alerts.silenced":
            name = self._name("sil", event)
            words = {key: data.get(key) for key in Silence.__slots__ if key != "id"}
            self.silences[name] = Silence(id=name, **words)
        elif (one := self.silences.get(data["silence"])) is not None:
            self.silences[one.id] = replace(one, end=min(one.end, max(one.start, event.at)))
        return ()

    def silence(self, silence_id: str, at: float) -> Silence:
        """A silence that is on then or will be. Raises Absent."""
        one = self.silences.get(silence_id.strip().casefold())
        if one is None or one.end <= at:
            known = ", ".join(other.id for other in self.silences.values() if other.end > at) or "none"
            raise Absent(f"There is no silence {silence_id!r} that is on. There are: {known}.")
        return one

    def _name(self, prefix: str, event: Event) -> str:
        self._count += 1
        name = f"{prefix}-{self._count}"
        if event.data.get("key"):
            self.of_key[event.data["key"]] = name
        return name
