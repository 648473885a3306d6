"""Facts: what the world told us, as frozen values. Instants are Unix seconds, UTC."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Stat = Literal["mean", "p50", "p95", "p99", "sum", "max", "rate"]
ChangeKind = Literal["deployment", "config"]
Level = Literal["debug", "info", "warning", "error"]

#: metric name → unit shown to people. The names every provider maps its own to.
METRICS: dict[str, str] = {
    "throughput": "req/s",
    "error_rate": "ratio",
    "latency": "ms",
    "ttft": "ms",
    "tokens": "tokens/s",
    "cost": "USD/h",
    "gpu": "ratio",
    "memory": "ratio",
    "cpu": "ratio",
    "queue_depth": "requests",
    "saturation": "ratio",
    "eval_score": "score 0-1",
}


@dataclass(frozen=True, slots=True)
class Point:
    at: float
    value: float


@dataclass(frozen=True, slots=True)
class MetricSeries:
    """One metric of one service, oldest point first, `step` seconds apart; a gap is a point that is not there.

    `query` is how anyone can ask the back end for the same numbers.
    """

    service: str
    environment: str
    metric: str
    stat: Stat
    unit: str
    step: float
    points: tuple[Point, ...]
    query: str


@dataclass(frozen=True, slots=True)
class ErrorCount:
    """Requests that failed with `code` (an HTTP status or a provider's error word) between two instants."""

    service: str
    environment: str
    code: str
    count: float


@dataclass(frozen=True, slots=True)
class LogLine:
    at: float
    service: str
    environment: str
    level: Level
    text: str
    trace: str | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """Something that people changed: a deployment (before and after are versions) or a configuration value."""

    id: str
    kind: ChangeKind
    service: str
    environment: str
    at: float
    by: str
    before: str
    after: str
    summary: str
    succeeded: bool = True


@dataclass(frozen=True, slots=True)
class Release:
    """What runs now, and the last release before it that ran well (None when there is none)."""

    service: str
    environment: str
    current: str
    previous: str | None
    since: float
    replicas: int
    healthy: bool


@dataclass(frozen=True, slots=True)
class Alert:
    """A monitor that fires (`ended_at` None) or fired."""

    id: str
    name: str
    service: str
    environment: str
    severity: Literal["critical", "warning"]
    summary: str
    started_at: float
    ended_at: float | None = None


@dataclass(frozen=True, slots=True)
class ProviderStatus:
    """What a model provider's status page says, and which services use it now."""

    provider: str
    state: Literal["operational", "degraded", "outage"]
    since: float
    summary: str
    used_by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Incident:
    id: str
    title: str
    service: str
    environment: str
    severity: Literal["sev1", "sev2", "sev3"]
    status: Literal["open", "acknowledged", "resolved"]
    opened_at: float
    resolved_at: float | None = None
    alert_id: str | None = None
    notes: tuple[str, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class Missing:
    """A fact that could not be had, and why: said to people, never hidden."""

    what: str
    why: str
