"""The monitors of the demo company: thresholds over its telemetry."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import floor, inf
from typing import Literal, TypeVar

import numpy as np

from insight.comparison import said
from insight.facts import METRICS, Alert, Stat
from integrations.demo.blocks import LONGEST
from integrations.demo.effects import RAMP, Effect, Effects
from integrations.demo.noise import Floats, key_of
from integrations.demo.releases import Key
from integrations.demo.telemetry import Telemetry

#: seconds between two looks of a monitor, and how many looks in a row make it fire
EVERY = 15.0
LOOKS = 4
#: how many looks in a row within the limit end an alert: a restart that makes things look better is over before
CALM = LOOKS + 1
#: how long after a trouble began its alert may start, seconds
_LATEST = 1800.0
_MOST = 2048

K = TypeVar("K")
V = TypeVar("V")
#: when an alert started, and when it ended (None: it fires)
_Episode = tuple[float, float | None]


@dataclass(frozen=True, slots=True)
class Monitor:
    """Fires above `limit` (below, when `below`); `relative` limits are shares of the service's usual value."""

    name: str
    metric: Literal["error_rate", "latency", "ttft", "eval_score", "saturation", "memory", "cost"]
    stat: Stat
    limit: float
    relative: bool = False
    below: bool = False
    severity: Literal["critical", "warning"] = "critical"
    #: no trouble that moves the metric by less can make it fire
    least: float = 0.0


MONITORS = (
    Monitor("HighErrorRate", "error_rate", "mean", 0.045),
    Monitor("HighLatency", "latency", "p95", 1.6, relative=True),
    Monitor("SlowFirstToken", "ttft", "p95", 2.0, relative=True, severity="warning"),
    Monitor("LowEvalScore", "eval_score", "mean", 0.9, relative=True, below=True, severity="warning"),
    Monitor("Saturated", "saturation", "mean", 0.97, least=0.33, severity="warning"),
    Monitor("MemoryFull", "memory", "mean", 0.93, least=0.3),
    Monitor("HighCost", "cost", "mean", 1.6, relative=True, least=0.5, severity="warning"),
)


class Monitors:
    """Every monitor on every service. Instants are looks: whole multiples of EVERY."""

    def __init__(self, telemetry: Telemetry, effects: Effects) -> None:
        self._telemetry = telemetry
        self._effects = effects
        self.keys = [
            (service, name) for service in telemetry.catalogue.services for name in telemetry.environments
        ]
        self._quiet: dict[Key, tuple[tuple[Effect, ...], float]] = {}
        self._started: dict[tuple[Key, str, Effect], float] = {}
        self._spans: dict[tuple[Key, str, tuple[Effect, ...]], _Episode | None] = {}

    def firing(self, look: float) -> tuple[Alert, ...]:
        """Alerts that fire at that look, oldest first.

        Only a service in trouble is looked at: without one every metric stays more than six deviations off its limit.
        """
        found: list[Alert] = []
        for key in self.keys:
            effects = self._effects.of(key)
            if look > self._quiet_after(key, effects):
                continue
            troubles = [one for one in effects if one.touches(look - CALM * EVERY, look)]
            if troubles:
                found += self._of(key, troubles, look)
        return tuple(sorted(found, key=in_order))

    def past(self, key: Key, start: float, end: float, look: float) -> list[Alert]:
        """Alerts of one service that started in [start, end) and up to `look`: ended ones and those that still fire.

        Only the time around known troubles is looked at, once for each that is over.
        """
        found = []
        for troubles in _clusters(self._effects.of(key), look):
            if troubles[0].start >= end or _over_by(troubles) < start:
                continue
            for monitor in self._monitors(key, troubles):
                span = self._span(key, monitor, troubles, look)
                if span is not None and start <= span[0] < end:
                    found.append(self._alert(key, monitor, *span, look))
        return found

    def _quiet_after(self, key: Key, effects: tuple[Effect, ...]) -> float:
        """From when on none of the troubles can have an alert any more."""
        known = self._quiet.get(key)
        if known is None or known[0] is not effects:
            known = self._quiet[key] = (effects, _over_by(effects) if effects else -inf)
        return known[1]

    def _monitors(self, key: Key, troubles: Sequence[Effect]) -> list[Monitor]:
        """Those that the troubles together may make fire."""
        return [
            monitor
            for monitor in self._known(key)
            if not monitor.least or sum(one.moved(monitor.metric) for one in troubles) >= monitor.least
        ]

    def _known(self, key: Key) -> list[Monitor]:
        """Those of a metric that the service has."""
        known = self._telemetry.metrics(key[0])
        return [monitor for monitor in MONITORS if monitor.metric in known]

    def _of(self, key: Key, troubles: list[Effect], look: float) -> Iterator[Alert]:
        for monitor in self._monitors(key, troubles):
            if not any(self._over(key, monitor, look - (CALM - 1) * EVERY, CALM)):
                continue
            starts = [self._began(key, monitor, one, look) for one in troubles]
            if known := [at for at in starts if at is not None]:
                yield self._alert(key, monitor, min(known), None, look)

    def _span(self, key: Key, monitor: Monitor, troubles: tuple[Effect, ...], look: float) -> _Episode | None:
        """From the first start of the alert in those troubles to its last end: one that flickers is one alert."""
        name = (key, monitor.name, troubles)
        if name in self._spans:
            return self._spans[name]
        first, over_by = floor(troubles[0].start / EVERY) * EVERY, _over_by(troubles)
        count = int((min(over_by, look) - first) // EVERY) + 1
        found = list(_episodes(first, self._over(key, monitor, first, count)))
        in_time = found and any(0.0 <= found[0][0] - one.start <= _LATEST for one in troubles)
        span = (found[0][0], found[-1][1]) if in_time else None
        if over_by <= look:
            _remember(self._spans, name, span)
        return span

    def rules(self) -> Iterator[tuple[Key, Monitor, float, Literal["critical", "warning"]]]:
        """Every monitor of every service with its limit in the metric's unit, and how severe it is there."""
        for key in self.keys:
            for monitor in self._known(key):
                yield key, monitor, self._limit(key, monitor), self._severity(key, monitor)

    def _severity(self, key: Key, monitor: Monitor) -> Literal["critical", "warning"]:
        return monitor.severity if key[1] == self._telemetry.environments[0] else "warning"

    def _limit(self, key: Key, monitor: Monitor) -> float:
        if not monitor.relative:
            return monitor.limit
        factor = 2.1 if monitor.stat == "p95" else 1.0
        return float(getattr(self._telemetry.profile(key), monitor.metric)) * factor * monitor.limit

    def _values(self, key: Key, monitor: Monitor, first: float, count: int) -> Floats:
        if count > LONGEST:
            times = first + EVERY * np.arange(count)
            return self._telemetry.values(key, monitor.metric, monitor.stat, times)
        return self._telemetry.blocks.values((key, monitor.metric, monitor.stat, EVERY), first, count)

    def _over(self, key: Key, monitor: Monitor, first: float, count: int) -> list[bool]:
        """Whether the metric is beyond its limit at each of `count` looks from `first`."""
        values, limit = self._values(key, monitor, first, count), self._limit(key, monitor)
        over: list[bool] = (values < limit if monitor.below else values > limit).tolist()
        return over

    def _began(self, key: Key, monitor: Monitor, trouble: Effect, look: float) -> float | None:
        """When the alert of that trouble started; None when it did not, or only after half an hour."""
        name = (key, monitor.name, trouble)
        if name not in self._started:
            first = floor(trouble.start / EVERY) * EVERY
            count = int((min(look, trouble.start + _LATEST) - first) // EVERY) + 1
            began = next(_episodes(first, self._over(key, monitor, first, count)), None)
            if began is None:
                return None
            _remember(self._started, name, began[0])
        return self._started[name]

    def _alert(self, key: Key, monitor: Monitor, began: float, ended: float | None, look: float) -> Alert:
        """It tells the value at `look`; of an alert that is over, the one at which it started."""
        service, environment = key
        value = float(self._values(key, monitor, look if ended is None else began, 1)[0])
        unit = METRICS[monitor.metric]
        side = "below" if monitor.below else "above"
        limit = self._limit(key, monitor)
        verb = "is" if ended is None else "was"
        return Alert(
            id=f"al-{key_of(service, environment, monitor.name, began) & 0xFFFFFF:06x}",
            name=monitor.name,
            service=service,
            environment=environment,
            severity=self._severity(key, monitor),
            summary=f"{monitor.metric} {monitor.stat} of {service} {verb} {said(value, unit)}, "
            f"{side} {said(limit, unit)}",
            started_at=began,
            ended_at=ended,
        )


def in_order(alert: Alert) -> tuple[float, str]:
    return alert.started_at, alert.service


def _over_by(troubles: tuple[Effect, ...]) -> float:
    """When nothing is left of them and their alerts have ended; endless when one goes on."""
    ends = [inf if one.end is None else one.end for one in troubles]
    return max(ends) + RAMP + (CALM + 1) * EVERY


def _clusters(effects: tuple[Effect, ...], look: float) -> list[tuple[Effect, ...]]:
    """Troubles that began by `look`, oldest first, those together that overlap or nearly do."""
    clusters: list[tuple[Effect, ...]] = []
    for one in sorted((one for one in effects if one.start <= look), key=lambda one: one.start):
        if clusters and one.start <= _over_by(clusters[-1]):
            clusters[-1] = (*clusters[-1], one)
        else:
            clusters.append((one,))
    return clusters


def _episodes(first: float, over: list[bool]) -> Iterator[_Episode]:
    """When an alert would fire: from its LOOKS-th look beyond the limit in a row to its CALM-th back within it."""
    row, calm, began = 0, 0, None
    for number, beyond in enumerate(over):
        row, calm = (row + 1, 0) if beyond else (0, calm + 1)
        at = first + number * EVERY
        if began is None and row == LOOKS:
            began = at
        elif began is not None and calm == CALM:
            yield began, at
            began = None
    if began is not None:
        yield began, None


def _remember(known: dict[K, V], name: K, value: V) -> None:
    if len(known) >= _MOST:
        del known[next(iter(known))]
    known[name] = value
