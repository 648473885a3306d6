"""The demo company's log: append-only events, from which everything else follows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

from sqlalchemy import Connection

from insight.facts import ChangeKind
from integrations.registry import Database
from store import demo as table

#: what is stored in place of an act that was asked for twice with one key
REPEATED = "repeated"


@dataclass(frozen=True, slots=True)
class Event:
    """`seq` rises by the order of writing; `at` is Unix seconds of the domain clock; `data` is a JSON object."""

    seq: int
    kind: str
    at: float
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Note:
    """A change of a service, as `changes` shows it, that followed from an event."""

    service: str
    kind: ChangeKind
    before: str
    after: str
    summary: str


class Part(Protocol):
    """A part of the state of the world: it takes in the events of its kinds and tells what they changed."""

    KINDS: ClassVar[frozenset[str]]

    def apply(self, event: Event) -> Sequence[Note]: ...


class Events(Protocol):
    async def append(self, kind: str, at: float, data: Mapping[str, Any], known: int = 0) -> Event:
        """Store one event.

        When `data["key"]` is given and an event after `known` already has that key, what is stored is a `repeated`
        event, which changes nothing: an act happens once per key, and the log shows how often it was asked for.
        """
        ...

    async def events(self, after: int = 0) -> Sequence[Event]:
        """All events with `seq` above `after`, in order."""
        ...


class MemoryEvents:
    """A log that lives as long as the process, for tests and benchmarks."""

    def __init__(self) -> None:
        self.log: list[Event] = []

    async def append(self, kind: str, at: float, data: Mapping[str, Any], known: int = 0) -> Event:
        key = data.get("key")
        if key is not None and any(event.data.get("key") == key for event in self.log[known:]):
            kind, data = REPEATED, {"key": key, "kind": kind}
        event = Event(len(self.log) + 1, kind, at, dict(data))
        self.log.append(event)
        return event

    async def events(self, after: int = 0) -> Sequence[Event]:
        return self.log[after:]


class StoredEvents:
    """The log in the database, shared by every process on it. Raises StoreError."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def append(self, kind: str, at: float, data: Mapping[str, Any], known: int = 0) -> Event:
        try:
            seq = await self._database.write(lambda conn: _append(conn, kind, at, data, known))
        except _Again:
            kind, data = REPEATED, {"key": data["key"], "kind": kind}
            seq = await self._database.write(lambda conn: table.append(conn, kind, at, data))
        return Event(seq, kind, at, data)

    async def events(self, after: int = 0) -> Sequence[Event]:
        rows = await self._database.read(lambda conn: table.events(conn, after))
        return [Event(row.seq, row.kind, row.at, row.data) for row in rows]


class _Again(Exception):
    """The key is in the log already: roll the transaction back."""


def _append(conn: Connection, kind: str, at: float, data: Mapping[str, Any], known: int) -> int:
    seq = table.append(conn, kind, at, data)
    key = data.get("key")
    if key is not None and any(
        row.seq < seq and row.data.get("key") == key for row in table.events(conn, known)
    ):
        raise _Again
    return seq
