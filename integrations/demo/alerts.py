"""The monitors of the demo company: thresholds over its telemetry."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from insight.comparison import said
from insight.facts import METRICS, Alert, Stat
from integrations.demo.effects import Effect
from integrations.demo.noise import Floats, key_of
from integrations.demo.releases import Key
from integrations.demo.telemetry import Telemetry

#: seconds between two looks of a monitor, and how many looks in a row make it fire
EVERY = 15.0
LOOKS = 4
#: how long after a trouble began its alert may start, seconds
_LATEST = 1800.0


@dataclass(frozen=True, slots=True)
class Monitor:
    """Fires above `limit` (below, when `below`); `relative` limits are shares of the service's usual value."""

    name: str
    metric: Literal["error_rate", "latency", "ttft", "eval_score"]
    stat: Stat
    limit: float
    relative: bool = False
    below: bool = False
    severity: Literal["critical", "warning"] = "critical"


MONITORS = (
    Monitor("HighErrorRate", "error_rate", "mean", 0.045),
    Monitor("HighLatency", "latency", "p95", 1.6, relative=True),
    Monitor("SlowFirstToken", "ttft", "p95", 2.0, relative=True, severity="warning"),
    Monitor("LowEvalScore", "eval_score", "mean", 0.9, relative=True, below=True, severity="warning"),
)


def firing(telemetry: Telemetry, key: Key, effects: tuple[Effect, ...], now: float) -> list[Alert]:
    """Alerts of one service that fire at `now`.

    Only a service in trouble is looked at: without one every metric stays more than six deviations off its limit.
    """
    troubles = [one for one in effects if one.touches(now - LOOKS * EVERY, now)]
    if not troubles:
        return []
    found = []
    for monitor in MONITORS:
        if monitor.metric not in telemetry.metrics(key[0]):
            continue
        recent = np.floor(now / EVERY) * EVERY - EVERY * np.arange(LOOKS - 1, -1, -1.0)
        if not _over(telemetry, key, monitor, recent).any():
            continue
        starts = [
            at for one in troubles if (at := _began(telemetry, key, monitor, one.start, now)) is not None
        ]
        if starts:
            found.append(_alert(telemetry, key, monitor, min(starts), now))
    return found


def _limit(telemetry: Telemetry, key: Key, monitor: Monitor) -> float:
    if not monitor.relative:
        return monitor.limit
    factor = 2.1 if monitor.stat == "p95" else 1.0
    return float(getattr(telemetry.profile(key), monitor.metric)) * factor * monitor.limit


def _over(
    telemetry: Telemetry, key: Key, monitor: Monitor, times: Floats
) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    values = telemetry.values(key, monitor.metric, monitor.stat, times)
    limit = _limit(telemetry, key, monitor)
    over: np.ndarray[tuple[int], np.dtype[np.bool_]] = values < limit if monitor.below else values > limit
    return over


def _began(telemetry: Telemetry, key: Key, monitor: Monitor, start: float, now: float) -> float | None:
    first = np.floor(start / EVERY) * EVERY
    times = np.arange(first, min(now, start + _LATEST) + 0.001, EVERY)
    row = 0
    for at, over in zip(times.tolist(), _over(telemetry, key, monitor, times).tolist(), strict=True):
        row = row + 1 if over else 0
        if row == LOOKS:
            return float(at)
    return None


def _alert(telemetry: Telemetry, key: Key, monitor: Monitor, started: float, now: float) -> Alert:
    service, environment = key
    value = float(telemetry.values(key, monitor.metric, monitor.stat, np.array([now]))[0])
    limit = _limit(telemetry, key, monitor)
    unit = METRICS[monitor.metric]
    side = "below" if monitor.below else "above"
    production = environment == next(iter(telemetry.environments))
    return Alert(
        id=f"al-{key_of(service, environment, monitor.name, started) & 0xFFFFFF:06x}",
        name=monitor.name,
        service=service,
        environment=environment,
        severity=monitor.severity if production else "warning",
        summary=f"{monitor.metric} {monitor.stat} of {service} is {said(value, unit)}, {side} {said(limit, unit)}",
        started_at=started,
    )
