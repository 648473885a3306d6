"""Small hand-made evidence for the tests of this folder: a front that calls a service that calls a back."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Literal

from insight.evidence import Evidence
from insight.facts import (
    METRICS,
    Change,
    ChangeKind,
    ErrorCount,
    LogLine,
    MetricSeries,
    Point,
    ProviderStatus,
)

AT = 100_000.0
CALLS = {"front": ("middle",), "middle": ("back",), "back": ()}


def series(
    service: str, metric: str, usual: float, now: float | None = None, since: float | None = None
) -> MetricSeries:
    """An hour before AT at `usual`; from `since` on (seconds before AT) at `now`."""
    changed = AT - since if since is not None else AT
    points = tuple(
        Point(at, now if now is not None and at >= changed else usual)
        for at in (AT - 3600 + 30 * n for n in range(120))
    )
    return MetricSeries(
        service, "production", metric, "mean", METRICS[metric], 30.0, points, f"q:{service}:{metric}"
    )


def calm(*services: str) -> tuple[MetricSeries, ...]:
    return tuple(
        one
        for name in services
        for one in (series(name, "error_rate", 0.003), series(name, "latency", 100.0))
    )


def sick(service: str, since: float, errors: float = 0.1, latency: float = 250.0) -> tuple[MetricSeries, ...]:
    return (
        series(service, "error_rate", 0.003, errors, since),
        series(service, "latency", 100.0, latency, since),
    )


def deployment(service: str, before: float, kind: ChangeKind = "deployment", version: str = "2.0") -> Change:
    """A change `before` seconds before AT."""
    return Change(
        f"c-{service}-{before:g}",
        kind,
        service,
        "production",
        AT - before,
        "ana",
        "1.9",
        version,
        "words",
    )


def provider(
    name: str, state: Literal["operational", "degraded", "outage"], since: float, *users: str
) -> ProviderStatus:
    return ProviderStatus(name, state, AT - since, f"{state} it says", users)


def codes(service: str, **counts: float) -> tuple[ErrorCount, ...]:
    return tuple(ErrorCount(service, "production", code.strip("c"), count) for code, count in counts.items())


def error_lines(service: str, text: str, count: int) -> tuple[LogLine, ...]:
    return tuple(LogLine(AT - n, service, "production", "error", text) for n in range(count))


QUIET = Evidence(
    service="front",
    environment="production",
    focus=("front",),
    series=calm("front", "middle", "back"),
    baseline=calm("front", "middle", "back"),
    dependencies=CALLS,
)


def evidence(**changes: Any) -> Evidence:
    return replace(QUIET, **changes)
