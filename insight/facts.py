"""Facts: what the world told us, as frozen values. Instants are Unix seconds, UTC."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Stat = Literal["mean", "p50", "p95", "p99", "sum", "max", "rate"]
ChangeKind = Literal["deployment", "config", "prompt"]
Level = Literal["debug", "info", "warning", "error"]
Severity = Literal["sev1", "sev2", "sev3"]

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
    """Something that people changed.

    `before` and `after` are versions of a deployment, `name=value` of a configuration, `prompt@version` of a prompt.
    """

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
class Tenant:
    """What runs on a node: one of our services or a job; `share` (0 to 1) is what it uses of the node's processors."""

    name: str
    kind: Literal["service", "job"]
    share: float
    since: float


@dataclass(frozen=True, slots=True)
class Node:
    """A machine that services share. `accelerator` is None where it has none; cordoned ones take nothing new."""

    name: str
    environment: str
    accelerator: str | None
    cordoned: bool
    tenants: tuple[Tenant, ...]


@dataclass(frozen=True, slots=True)
class Certificate:
    """What a service shows to those that call it; `expires_at` may lie in the past."""

    service: str
    environment: str
    subject: str
    expires_at: float


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
    """`assignee` is who works on it, `cause` what the review found; both None while nobody has said."""

    id: str
    title: str
    service: str
    environment: str
    severity: Severity
    status: Literal["open", "acknowledged", "resolved"]
    opened_at: float
    resolved_at: float | None = None
    alert_id: str | None = None
    notes: tuple[str, ...] = field(default=())
    acknowledged_at: float | None = None
    assignee: str | None = None
    cause: str | None = None


@dataclass(frozen=True, slots=True)
class IncidentEvent:
    """One line of an incident's timeline: opened, acknowledged, noted, escalated, severity, assigned, resolved."""

    at: float
    kind: str
    by: str
    text: str


@dataclass(frozen=True, slots=True)
class Monitor:
    """An alert rule: it fires when `metric` (`stat`) of the service is `above` or below `threshold` for `lasting` s."""

    id: str
    name: str
    service: str
    environment: str
    metric: str
    stat: Stat
    above: bool
    threshold: float
    lasting: float
    severity: Literal["critical", "warning"]


@dataclass(frozen=True, slots=True)
class Silence:
    """Alerts of `service` (of the monitor named `name` when it is given) page nobody in [start, end)."""

    id: str
    service: str
    environment: str
    name: str | None
    start: float
    end: float
    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class Shift:
    """`person` (an id of people.yaml, or a name when it is not known there) is on call for `team` in [start, end)."""

    team: str
    person: str
    start: float
    end: float
    level: int = 1


@dataclass(frozen=True, slots=True)
class Spend:
    """What one service spent on one model or resource, oldest point first; each point is USD in its `step` seconds.

    `item` is a model's name, or `gpu`, `compute`. `tokens` is the sum over the points, 0 where it is no model.
    """

    service: str
    environment: str
    team: str
    item: str
    step: float
    points: tuple[Point, ...]
    tokens: float
    query: str


@dataclass(frozen=True, slots=True)
class Budget:
    """USD a calendar month (UTC) that a team or a service may spend. `scope` is its name."""

    scope: str
    kind: Literal["team", "service"]
    monthly: float


@dataclass(frozen=True, slots=True)
class Objective:
    """An SLO: in `window` seconds, `target` (0 to 1) of requests are good.

    "availability": not failed; "latency": answered within `threshold` ms.
    """

    service: str
    environment: str
    indicator: Literal["availability", "latency"]
    target: float
    window: float
    threshold: float | None = None


@dataclass(frozen=True, slots=True)
class Capacity:
    """What a service can bear: replicas now, least and most; requests/s one replica serves; monthly USD a replica."""

    service: str
    environment: str
    replicas: int
    minimum: int
    maximum: int
    per_replica: float
    monthly_cost: float
    accelerator: str | None = None


@dataclass(frozen=True, slots=True)
class AccessEvent:
    """Somebody used or was refused access: `kind` is login, role, key, secret, data, or policy."""

    at: float
    actor: str
    kind: str
    target: str
    allowed: bool
    source: str
    text: str


@dataclass(frozen=True, slots=True)
class Missing:
    """A fact that could not be had, and why: said to people, never hidden."""

    what: str
    why: str
