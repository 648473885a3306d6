"""What is worse than usual, service by service, and where it seems to begin."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from insight.comparison import said, worsening
from insight.evidence import Evidence, Symptom
from insight.facts import MetricSeries

#: codes that a service answers because of somebody it called; the others are its own
UPSTREAM = frozenset({"429", "502", "503", "504"})


@dataclass(frozen=True)
class Picture:
    """The evidence with its symptoms worked out; what the rules look at. `at` is the instant of the diagnosis."""

    evidence: Evidence
    at: float
    symptoms: Mapping[str, tuple[Symptom, ...]]
    calls: Mapping[str, tuple[str, ...]]

    def since(self, service: str) -> float | None:
        """When the service's first symptom began; None when it has none or they began before the window."""
        known = [one.since for one in self.symptoms.get(service, ()) if one.since is not None]
        return min(known, default=None)

    def sick_below(self, service: str) -> tuple[str, ...]:
        """Services with symptoms among those that `service` calls, directly or through others."""
        return tuple(name for name in self.calls.get(service, ()) if name in self.symptoms)

    def sick_above(self, service: str) -> tuple[str, ...]:
        """Services with symptoms that call `service` directly."""
        above = self.evidence.dependencies.items()
        return tuple(name for name, called in above if service in called and name in self.symptoms)

    def unseen(self, service: str) -> bool:
        """Whether there is no point of any metric of the service."""
        return not any(one.points for one in self.evidence.series if one.service == service)

    def upstream_share(self, service: str) -> float | None:
        """The part of its failed requests that it answered because of others, 0 to 1; None with under 20 of them."""
        counts = [(one.code, one.count) for one in self.evidence.errors if one.service == service]
        total = sum(count for _, count in counts)
        return sum(count for code, count in counts if code in UPSTREAM) / total if total >= 20 else None

    def lines_naming(self, service: str, words: str) -> int:
        """How many error lines of the service have these words."""
        wanted = words.casefold()
        return sum(
            line.service == service and line.level == "error" and wanted in line.text.casefold()
            for line in self.evidence.logs
        )


def picture(evidence: Evidence, at: float) -> Picture:
    found: dict[str, list[Symptom]] = {}
    before = {(one.service, one.metric, one.stat): one for one in evidence.baseline}
    for series in evidence.series:
        symptom = _symptom(series, before.get((series.service, series.metric, series.stat)))
        if symptom is not None:
            found.setdefault(series.service, []).append(symptom)
    for alert in evidence.alerts:
        if alert.service in evidence.dependencies and alert.service not in found and alert.ended_at is None:
            words = f"the alert {alert.name} fires: {alert.summary}"
            found[alert.service] = [
                Symptom(alert.service, alert.name, words, None, None, "", alert.started_at, 1.0)
            ]
    ranked = {name: tuple(sorted(some, key=lambda one: -one.size)) for name, some in found.items()}
    calls = {name: _below(evidence.dependencies, name) for name in evidence.dependencies}
    return Picture(evidence, at, ranked, calls)


def _symptom(series: MetricSeries, baseline: MetricSeries | None) -> Symptom | None:
    shift = worsening(series, baseline)
    if shift is None:
        return None
    name = series.metric if series.stat == "mean" else f"{series.metric} {series.stat}"
    now, usual = said(shift.now, series.unit), said(shift.usual, series.unit)
    words = f"{name} of {series.service} is {now}, usually {usual}"
    return Symptom(
        series.service,
        series.metric,
        words,
        shift.usual,
        shift.now,
        series.unit,
        shift.since,
        shift.size,
        series.query,
    )


def _below(dependencies: Mapping[str, tuple[str, ...]], service: str) -> tuple[str, ...]:
    found: list[str] = []
    ring = [service]
    while ring:
        ring = [d for name in ring for d in dependencies.get(name, ()) if d not in found and d != service]
        found.extend(dict.fromkeys(ring))
    return tuple(dict.fromkeys(found))
