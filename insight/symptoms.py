"""What is worse than usual, service by service, and where it seems to begin."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from insight.comparison import Level, level, moved_since, said, shift
from insight.errors import upstream_share
from insight.evidence import Evidence, Symptom
from insight.facts import Alert, MetricSeries
from insight.logs import Cluster, clusters


@dataclass(frozen=True, slots=True)
class Telling:
    """Lines of the logs that say something: how many, and what most of them say."""

    count: int
    words: str


@dataclass(frozen=True)
class Picture:
    """The evidence with its symptoms worked out; what the rules look at. `at` is the instant of the diagnosis.

    `levels` has usual and now of every series that was seen, by service and metric; `said` the patterns of the log
    lines that are errors or warnings, by service.
    """

    evidence: Evidence
    at: float
    symptoms: Mapping[str, tuple[Symptom, ...]]
    calls: Mapping[str, tuple[str, ...]]
    levels: Mapping[tuple[str, str], tuple[MetricSeries, Level]] = field(default_factory=dict)
    said: Mapping[str, tuple[Cluster, ...]] = field(default_factory=dict)

    def since(self, service: str) -> float | None:
        """When the service's first symptom began; None when it has none, or it began before anything that was seen.

        Of a symptom that is older than its series an alert tells the time: a minute or two after it began.
        """
        known = [one.since for one in self.symptoms.get(service, ())]
        if None not in known:
            return min((at for at in known if at is not None), default=None)
        first = min(
            (one.points[0].at for one, _ in self.levels.values() if one.service == service), default=self.at
        )
        fired = [
            one.started_at for one in self.evidence.alerts if one.service == service and one.ended_at is None
        ]
        return min((at for at in fired if at <= first), default=None)

    def began(self, service: str, *metrics: str) -> float | None:
        """When the first of those metrics of the service became worse; of all of it when none of them did."""
        known = [one.since for one in self.symptoms.get(service, ()) if one.metric in metrics]
        told = [at for at in known if at is not None]
        return min(told) if told and len(told) == len(known) else self.since(service)

    def has(self, service: str, *metrics: str) -> bool:
        """Whether one of those metrics of the service is worse than usual."""
        return any(one.metric in metrics for one in self.symptoms.get(service, ()))

    def sick_below(self, service: str) -> tuple[str, ...]:
        """Services with symptoms among those that `service` calls, directly or through others."""
        return tuple(name for name in self.calls.get(service, ()) if name in self.symptoms)

    def sick_above(self, service: str) -> tuple[str, ...]:
        """Services with symptoms that call `service` directly."""
        above = self.evidence.dependencies.items()
        return tuple(name for name, called in above if service in called and name in self.symptoms)

    def callers(self, service: str) -> tuple[str, ...]:
        """Those looked at that call `service`, directly or through others."""
        return tuple(name for name, called in self.calls.items() if service in called)

    def sick_with(self, service: str) -> tuple[str, ...]:
        """`service` and those that call it, as far as they have symptoms."""
        return tuple(name for name in (service, *self.callers(service)) if name in self.symptoms)

    def unseen(self, service: str) -> bool:
        """Whether there is no point of any metric of the service."""
        return not any(one.points for one in self.evidence.series if one.service == service)

    def now(self, service: str, metric: str) -> float | None:
        found = self.levels.get((service, metric))
        return None if found is None else found[1].now

    def ratio(self, service: str, metric: str) -> float | None:
        """How many times the usual the metric is now.

        None when it was not seen, or only since the service has been sick.
        """
        found = self.levels.get((service, metric))
        if found is None:
            return None
        series, level = found
        if not level.compared and ((since := self.since(service)) is None or since <= series.points[0].at):
            return None
        return level.ratio

    def moved(self, service: str, metric: str) -> float | None:
        """When the metric left what is usual; None when it was not seen or left it before the window."""
        found = self.levels.get((service, metric))
        return None if found is None else moved_since(*found)

    def upstream_share(self, service: str) -> float | None:
        """The part of its failed requests that it answered because of others, 0 to 1; None with under 20 of them."""
        return upstream_share(self.evidence.errors, service)

    def lines_naming(self, service: str, words: str) -> int:
        """How many error lines of the service have these words."""
        wanted = words.casefold()
        return sum(
            line.service == service and line.level == "error" and wanted in line.text.casefold()
            for line in self.evidence.logs
        )

    def telling(self, service: str, sign: re.Pattern[str], naming: str = "") -> Telling | None:
        """The error and warning lines of the service that show `sign` (and name `naming`); None when there are none."""
        found = [
            one for one in self.said.get(service, ()) if sign.search(one.example) and naming in one.example
        ]
        return Telling(sum(one.count for one in found), found[0].pattern) if found else None


def picture(evidence: Evidence, at: float) -> Picture:
    found: dict[str, list[Symptom]] = {}
    levels: dict[tuple[str, str], tuple[MetricSeries, Level]] = {}
    before = {(one.service, one.metric, one.stat): one for one in evidence.baseline}
    for series in evidence.series:
        known = level(series, before.get((series.service, series.metric, series.stat)))
        if known is None:
            continue
        levels[series.service, series.metric] = (series, known)
        symptom = _symptom(series, known)
        if symptom is not None:
            found.setdefault(series.service, []).append(symptom)
    for alert in evidence.alerts:
        about = alert_metric(alert)
        seen = any(one.metric == about for one in found.get(alert.service, ()))
        if alert.service in evidence.dependencies and not seen and alert.ended_at is None:
            words = f"the alert {alert.name} fires: {alert.summary}"
            found.setdefault(alert.service, []).append(
                Symptom(alert.service, about, words, None, None, "", alert.started_at, 1.0)
            )
    ranked = {name: tuple(sorted(some, key=lambda one: -one.size)) for name, some in found.items()}
    calls = {name: _below(evidence.dependencies, name) for name in evidence.dependencies}
    return Picture(evidence, at, ranked, calls, levels, _said(evidence))


#: words in the name of an alert, or in what it says, and the metric that they speak of; the first that fits
_ABOUT: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (metric, re.compile(words, re.IGNORECASE))
    for metric, words in (
        ("ttft", r"ttft|first.?token"),
        ("eval_score", r"eval|quality|score"),
        ("error_rate", r"error|fail|5xx|unavailable"),
        ("saturation", r"saturat|capacity|overload"),
        ("queue_depth", r"queue|backlog"),
        ("memory", r"memory|\boom"),
        ("cost", r"cost|spend|budget"),
        ("latency", r"latency|slow|duration|p9\d"),
    )
)


def alert_metric(alert: Alert) -> str:
    """The metric that an alert is about, by its words; its name when they tell none."""
    for text in (alert.name, alert.summary):
        for metric, words in _ABOUT:
            if words.search(text):
                return metric
    return alert.name


def _said(evidence: Evidence) -> dict[str, tuple[Cluster, ...]]:
    told = clusters(line for line in evidence.logs if line.level in ("error", "warning"))
    found: dict[str, list[Cluster]] = {}
    for one in told:
        found.setdefault(one.service, []).append(one)
    return {name: tuple(some) for name, some in found.items()}


def _symptom(series: MetricSeries, known: Level) -> Symptom | None:
    found = shift(series, known)
    if found is None:
        return None
    name = series.metric if series.stat == "mean" else f"{series.metric} {series.stat}"
    now, usual = said(found.now, series.unit), said(found.usual, series.unit)
    words = f"{name} of {series.service} is {now}, usually {usual}"
    return Symptom(
        series.service,
        series.metric,
        words,
        found.usual,
        found.now,
        series.unit,
        found.since,
        found.size,
        series.query,
    )


def _below(dependencies: Mapping[str, tuple[str, ...]], service: str) -> tuple[str, ...]:
    found: list[str] = []
    ring = [service]
    while ring:
        ring = [d for name in ring for d in dependencies.get(name, ()) if d not in found and d != service]
        found.extend(dict.fromkeys(ring))
    return tuple(dict.fromkeys(found))
