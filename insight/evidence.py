"""What a diagnosis looks at, and what it says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from insight.facts import (
    Alert,
    Capacity,
    Certificate,
    Change,
    ErrorCount,
    LogLine,
    MetricSeries,
    Missing,
    Node,
    ProviderStatus,
)
from insight.logs import Cluster

Verdict = Literal["healthy", "cause", "unknown"]
CauseKind = Literal[
    "release", "provider", "gpu_memory", "traffic", "saturation", "cost", "prompt", "certificate", "neighbour",
    "dependency", "config",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Evidence:
    """Facts about some services and what they call, in one environment.

    `service` is the one that was asked for, None when nobody named one; `focus` is what was looked at for it.
    `baseline` has the same metrics as `series` from a comparable time before, `logs_before` lines of the same services
    from then. `dependencies` has, for every
    service looked at, those it calls directly. `missing` is what could not be had.
    """

    service: str | None
    environment: str
    focus: tuple[str, ...] = ()
    series: tuple[MetricSeries, ...] = ()
    baseline: tuple[MetricSeries, ...] = ()
    errors: tuple[ErrorCount, ...] = ()
    changes: tuple[Change, ...] = ()
    alerts: tuple[Alert, ...] = ()
    providers: tuple[ProviderStatus, ...] = ()
    logs: tuple[LogLine, ...] = ()
    logs_before: tuple[LogLine, ...] = ()
    nodes: tuple[Node, ...] = ()
    certificates: tuple[Certificate, ...] = ()
    capacities: tuple[Capacity, ...] = ()
    dependencies: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    missing: tuple[Missing, ...] = ()

    def accelerated(self, service: str) -> bool:
        """Whether it is known to run on accelerators."""
        return any(
            node.accelerator is not None and any(one.name == service for one in node.tenants)
            for node in self.nodes
        ) or any(one.accelerator is not None and one.service == service for one in self.capacities)


@dataclass(frozen=True, slots=True)
class Symptom:
    """One metric of one service that is worse than usual.

    `usual` and `now` are in `unit`; None for a symptom known from an alert alone, of which `metric` is what its words
    speak of or else its name.
    `since` is Unix seconds, None when it began before the window. `size` 1.0 is just worth saying.
    """

    service: str
    metric: str
    summary: str
    usual: float | None
    now: float | None
    unit: str
    since: float | None
    size: float
    query: str | None = None


@dataclass(frozen=True, slots=True)
class Remedy:
    """What would mend it: the id of a runbook and its inputs. A hint: whether such a runbook exists is for others."""

    runbook: str
    inputs: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Cause:
    """A possible cause. `score` is 0 to 1; `evidence_for` and `evidence_against` are sentences without instants.

    `service` is where it begins, `explains` the sick services that suffer from it, itself among them.
    """

    kind: CauseKind
    service: str
    summary: str
    score: float
    evidence_for: tuple[str, ...]
    evidence_against: tuple[str, ...]
    remedy: Remedy | None = None
    change: Change | None = None
    provider: str | None = None
    explains: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """`causes` are ranked, the likeliest first; only those above the threshold make the verdict "cause".

    `together` are the causes that are held to be true at once: none unless the verdict is "cause", mostly one.
    `new_lines` are patterns of errors and warnings that sick services log now and did not before, the most first.
    """

    verdict: Verdict
    symptoms: tuple[Symptom, ...]
    causes: tuple[Cause, ...]
    looked_at: tuple[str, ...]
    missing: tuple[Missing, ...] = ()
    together: tuple[Cause, ...] = ()
    new_lines: tuple[Cluster, ...] = ()
