"""What people changed about nodes and certificates of the demo company, as the list of changes tells it.

What holds now follows from the same events in clusters.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import ClassVar

from integrations.demo.events import Event, Note


class Hosts:
    KINDS: ClassVar[frozenset[str]] = frozenset({"node.drained", "node.uncordoned", "certificate.renewed"})

    def apply(self, event: Event) -> Sequence[Note]:
        data = event.data
        if event.kind == "certificate.renewed":
            until = day(float(data["expires_at"]))
            words = f"A new certificate for {data['service']}, good until {until}"
            return (Note(data["service"], "config", "certificate=old", f"certificate={until}", words),)
        drained = event.kind == "node.drained"
        states = ("open", "drained") if drained else ("drained", "open")
        before, after = (f"{data['node']}={state}" for state in states)
        words = f"{data['node']} was {'drained' if drained else 'opened again'}"
        return tuple(Note(name, "config", before, after, words) for name in data.get("services", ()))


def day(at: float) -> str:
    """An instant as people read it; later ones sort after earlier ones."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M UTC")
