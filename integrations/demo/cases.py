"""The incidents of the demo company and their timelines: those of its past and those that people opened."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import ClassVar

from insight.facts import Incident, IncidentEvent
from integrations.demo.events import Event, Note
from integrations.errors import Absent

#: the number of the first incident that is opened after the founding; those of the past count down from it
FIRST = 101
_SHOWN = 8


class Cases:
    """`by_id` has every incident, oldest first; `of_key` names what was opened under a key."""

    KINDS: ClassVar[frozenset[str]] = frozenset(
        {
            "incident.opened",
            "incident.acknowledged",
            "incident.resolved",
            "incident.noted",
            "incident.escalated",
            "incident.updated",
        }
    )

    def __init__(self) -> None:
        self.by_id: dict[str, Incident] = {}
        self.of_key: dict[str, str] = {}
        self._opened = 0
        self._timelines: dict[str, list[IncidentEvent]] = defaultdict(list)

    def remember(self, past: Iterable[tuple[Incident, tuple[IncidentEvent, ...]]]) -> None:
        """Incidents of the past, before any that people opened."""
        for incident, timeline in past:
            self.by_id[incident.id] = incident
            self._timelines[incident.id] = list(timeline)

    def find(self, incident_id: str) -> Incident:
        """Raises Absent. `101`, `inc-101` and `INC-101` are the same."""
        wanted = incident_id.strip().upper()
        name = wanted if wanted.startswith("INC-") else f"INC-{wanted}"
        if name not in self.by_id:
            known = list(reversed(self.by_id))[:_SHOWN]
            older = len(self.by_id) - len(known)
            words = ", ".join(known) + (f" and {older} older ones" if older else "") if known else "none yet"
            raise Absent(f"There is no incident {incident_id!r}. There are: {words}.")
        return self.by_id[name]

    def timeline(self, incident_id: str) -> tuple[IncidentEvent, ...]:
        """Raises Absent."""
        return tuple(self._timelines[self.find(incident_id).id])

    def apply(self, event: Event) -> Sequence[Note]:
        if event.kind == "incident.opened":
            self._open(event)
        else:
            self._change(event)
        return ()

    def _open(self, event: Event) -> None:
        data = event.data
        name = f"INC-{FIRST + self._opened}"
        self._opened += 1
        self.by_id[name] = Incident(
            id=name,
            title=data["title"],
            service=data["service"],
            environment=data["environment"],
            severity=data["severity"],
            status="open",
            opened_at=event.at,
            alert_id=data.get("alert_id"),
        )
        if data.get("key"):
            self.of_key[data["key"]] = name
        self._tell(name, event, "opened", f"{data['severity']}: {data['title']}")

    def _change(self, event: Event) -> None:
        data, one, told = event.data, self.by_id[event.data["incident"]], event.kind.removeprefix("incident.")
        text = data.get("text") or ""
        by = data.get("by")
        if told == "acknowledged" and one.status == "open":
            one = replace(one, status="acknowledged", acknowledged_at=event.at, assignee=one.assignee or by)
        if told == "resolved" and one.status != "resolved":
            one = replace(one, status="resolved", resolved_at=event.at, cause=data.get("cause") or one.cause)
        if told == "escalated":
            one = replace(one, assignee=data.get("person") or one.assignee)
            text = f"to {data['to']}" + (f" ({data['person']})" if data.get("person") != data["to"] else "")
        if told == "updated":
            one, text = self._updated(event, one)
        elif data.get("text"):
            one = replace(one, notes=(*one.notes, data["text"]))
        self.by_id[one.id] = one
        if told != "updated":
            self._tell(one.id, event, told, text)

    def _updated(self, event: Event, one: Incident) -> tuple[Incident, str]:
        data = event.data
        if severity := data.get("severity"):
            self._tell(one.id, event, "severity", f"{one.severity} → {severity}")
            one = replace(one, severity=severity)
        if assignee := data.get("assignee"):
            self._tell(one.id, event, "assigned", f"{one.assignee or 'nobody'} → {assignee}")
            one = replace(one, assignee=assignee)
        return one, ""

    def _tell(self, name: str, event: Event, kind: str, text: str) -> None:
        by = event.data.get("by") or "monitoring"
        self._timelines[name].append(IncidentEvent(event.at, kind, by, text))
