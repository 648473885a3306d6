"""Alert rules as facts: those that the demo company was founded with, and those that people made, which fire too."""

from __future__ import annotations

from collections.abc import Iterator
from math import ceil

import numpy as np

from insight.comparison import said
from insight.facts import METRICS, Alert
from insight.facts import Monitor as Rule
from integrations.demo.alerts import EVERY, LOOKS, Monitors
from integrations.demo.noise import key_of
from integrations.demo.telemetry import Telemetry

#: how far back the start of an alert that still fires is looked for, and the most looks of one answer
_BACK = 6 * 3600.0
_MOST = 20_000


def founded_with(monitors: Monitors) -> Iterator[Rule]:
    """The rules of alerts.py, one for each service, environment and metric it has."""
    for (service, environment), one, limit, severity in monitors.rules():
        yield Rule(
            id=f"mon-{key_of(service, environment, one.name) & 0xFFFFFF:06x}",
            name=one.name,
            service=service,
            environment=environment,
            metric=one.metric,
            stat=one.stat,
            above=not one.below,
            threshold=round(limit, 4),
            lasting=LOOKS * EVERY,
            severity=severity,
        )


def alerts_of(
    rule: Rule, made_at: float, telemetry: Telemetry, start: float, end: float, look: float
) -> list[Alert]:
    """Alerts of a rule that people made which started in [start, end), oldest first, as far as `look` can tell.

    It fires once the metric was beyond the threshold for `lasting` seconds, and no earlier than it was made.
    """
    need = max(1, ceil(rule.lasting / EVERY))
    step = EVERY * max(1.0, ceil((look - start + rule.lasting) / EVERY / _MOST))
    first = ceil((max(start, made_at) - rule.lasting) / step) * step
    times = np.arange(first, look + 1.0, step)
    if not len(times):
        return []
    values = telemetry.values((rule.service, rule.environment), rule.metric, rule.stat, times)
    beyond = (values > rule.threshold if rule.above else values < rule.threshold).tolist()
    found, row, began = [], 0, None
    for at, over in zip(times.tolist(), beyond, strict=True):
        row = row + 1 if over else 0
        if began is None and row * step >= need * EVERY and at >= made_at:
            began = at
        elif began is not None and not over:
            found.append((began, at))
            began = None
    spans: list[tuple[float, float | None]] = [*found, *([(began, None)] if began is not None else [])]
    return [_alert(rule, *span, telemetry, look) for span in spans if start <= span[0] < end]


def firing(rule: Rule, made_at: float, telemetry: Telemetry, look: float) -> list[Alert]:
    """The alert of that rule when it fires at `look`."""
    found = alerts_of(rule, made_at, telemetry, look - _BACK, look + 1.0, look)
    return [one for one in found if one.ended_at is None]


def _alert(rule: Rule, began: float, ended: float | None, telemetry: Telemetry, look: float) -> Alert:
    key, at = (rule.service, rule.environment), look if ended is None else began
    value = float(telemetry.values(key, rule.metric, rule.stat, np.array([at]))[0])
    unit, side = METRICS[rule.metric], "above" if rule.above else "below"
    return Alert(
        id=f"al-{key_of(rule.id, rule.service, began) & 0xFFFFFF:06x}",
        name=rule.name,
        service=rule.service,
        environment=rule.environment,
        severity=rule.severity,
        summary=f"{rule.metric} {rule.stat} of {rule.service} {'is' if ended is None else 'was'} "
        f"{said(value, unit)}, {side} {said(rule.threshold, unit)}",
        started_at=began,
        ended_at=ended,
    )
