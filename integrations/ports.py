"""What we ask the world for. A back end implements the ports it can; `Sources` holds those that are set up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from insight.facts import (
    AccessEvent,
    Alert,
    Budget,
    Capacity,
    Certificate,
    Change,
    ErrorCount,
    Incident,
    IncidentEvent,
    LogLine,
    MetricSeries,
    Monitor,
    Node,
    Objective,
    ProviderStatus,
    Release,
    Shift,
    Silence,
    Spend,
    Stat,
)


@dataclass(frozen=True, slots=True)
class Place:
    """Where an answer goes: a face and its own name for the conversation. Written `face:conversation`."""

    face: str
    conversation: str

    def __str__(self) -> str:
        return f"{self.face}:{self.conversation}"

    @classmethod
    def parse(cls, text: str) -> Place:
        face, _, conversation = text.partition(":")
        return cls(face, conversation)


class Metrics(Protocol):
    async def series(
        self, service: str, environment: str, metric: str, stat: Stat, start: float, end: float, step: float
    ) -> MetricSeries:
        """Points in [start, end), `step` seconds apart. Raises Absent for an unknown service or metric."""
        ...

    async def errors(
        self, service: str, environment: str, start: float, end: float
    ) -> tuple[ErrorCount, ...]:
        """Failed requests in [start, end) by code, most first."""
        ...


class Logs(Protocol):
    async def search(
        self, service: str, environment: str, start: float, end: float, query: str = "", limit: int = 50
    ) -> tuple[LogLine, ...]:
        """Lines that contain `query` (case-insensitive), newest last, at most `limit`."""
        ...


class Deployments(Protocol):
    async def release(self, service: str, environment: str) -> Release: ...

    async def changes(self, start: float, end: float, environment: str | None = None) -> tuple[Change, ...]:
        """Deployments and configuration changes of every service in [start, end), newest last."""
        ...


class Alerts(Protocol):
    async def firing(self) -> tuple[Alert, ...]: ...

    async def past(self, start: float, end: float) -> tuple[Alert, ...]:
        """Alerts that started in [start, end), oldest first; `ended_at` is None for those that still fire."""
        ...

    async def monitors(self) -> tuple[Monitor, ...]:
        """Every alert rule there is, also those that people made here."""
        ...

    async def silences(self) -> tuple[Silence, ...]:
        """Silences that are on now or will be."""
        ...


class Providers(Protocol):
    async def status(self) -> tuple[ProviderStatus, ...]: ...


class Clusters(Protocol):
    """Where services run: what a cluster's own API tells."""

    async def nodes(self, environment: str) -> tuple[Node, ...]:
        """Every node and what runs on it. Raises Absent for an unknown environment."""
        ...

    async def certificates(self, environment: str) -> tuple[Certificate, ...]:
        """The certificate of every service that has one. Raises Absent for an unknown environment."""
        ...


class Incidents(Protocol):
    async def open_incidents(self) -> tuple[Incident, ...]: ...

    async def incident(self, incident_id: str) -> Incident:
        """Raises Absent."""
        ...

    async def past_incidents(self, start: float, end: float) -> tuple[Incident, ...]:
        """Incidents opened in [start, end), oldest first, whatever became of them."""
        ...

    async def timeline(self, incident_id: str) -> tuple[IncidentEvent, ...]:
        """Oldest first. Raises Absent."""
        ...


class OnCall(Protocol):
    async def shifts(self, start: float, end: float, team: str | None = None) -> tuple[Shift, ...]:
        """Shifts that touch [start, end), by team and time. Raises Absent for an unknown team."""
        ...


class Costs(Protocol):
    async def spend(
        self, start: float, end: float, step: float, environment: str | None = None
    ) -> tuple[Spend, ...]:
        """What was spent in [start, end) by service and item, in points `step` seconds apart (at least an hour)."""
        ...

    async def budgets(self) -> tuple[Budget, ...]: ...


class Objectives(Protocol):
    async def objectives(self) -> tuple[Objective, ...]:
        """Every SLO there is; how it stands is computed from metrics (insight/slo.py)."""
        ...


class Capacities(Protocol):
    async def capacity(self, environment: str) -> tuple[Capacity, ...]:
        """Of every service that has replicas. Raises Absent for an unknown environment."""
        ...


class Access(Protocol):
    async def accesses(self, start: float, end: float) -> tuple[AccessEvent, ...]:
        """The access log of the company's systems in [start, end), oldest first (our own audit is in the ledger)."""
        ...


class Posts(Protocol):
    """How a runbook's `chat.post` reaches a face: implemented by bot/outbox.py. Durable: returns once it is stored."""

    async def post(self, key: str, place: str, body: Mapping[str, Any]) -> None:
        """`key` makes it once: the same key and place never shows twice. `body` is {"text": …, "blocks": […]}."""
        ...


@dataclass(frozen=True, slots=True)
class Sources:
    """The configured provider of each port; None where nothing is configured (answers say so)."""

    metrics: Metrics | None = None
    logs: Logs | None = None
    deployments: Deployments | None = None
    alerts: Alerts | None = None
    providers: Providers | None = None
    incidents: Incidents | None = None
    on_call: OnCall | None = None
    costs: Costs | None = None
    objectives: Objectives | None = None
    capacities: Capacities | None = None
    access: Access | None = None
    clusters: Clusters | None = None
