"""What happened to a service, as marks on its charts: deployments, configuration, alerts; the chart of a diagnosis."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from math import inf

from config.errors import CopilotError
from graph import charts
from graph.answers.words import metric_words
from graph.charts import Mark, Threshold
from graph.message import Block
from graph.understanding.times import Span
from insight.evidence import Diagnosis, Evidence, Symptom
from insight.facts import Alert, Change
from integrations.ports import Sources

#: a chart without marks is better than none: this is not waited for longer, seconds
DEADLINE = 2.0
#: alerts that began within so many seconds are one mark
_TOGETHER = 120.0


async def marks_of(
    sources: Sources, service: str, environment: str, window: Span, deadline: float = DEADLINE
) -> tuple[Mark, ...]:
    """Of one service in one environment; what cannot be had in time is left out, the figures stand without it."""
    try:
        async with asyncio.timeout(deadline):
            changes = await _changes(sources, service, environment, window)
            alerts = await _alerts(sources, service, environment, window)
    except (TimeoutError, CopilotError):
        return ()
    return (*change_marks(changes), *alert_marks(alerts))


async def _changes(sources: Sources, service: str, environment: str, window: Span) -> list[Change]:
    if sources.deployments is None:
        return []
    found = await sources.deployments.changes(window.start, window.end, environment)
    return [one for one in found if one.service == service]


async def _alerts(sources: Sources, service: str, environment: str, window: Span) -> list[Alert]:
    if sources.alerts is None:
        return []
    found = await sources.alerts.past(window.start, window.end)
    return [one for one in found if (one.service, one.environment) == (service, environment)]


def change_marks(changes: Iterable[Change]) -> list[Mark]:
    """`deployed 2.4`, or a configuration change in its own words."""
    return [
        Mark(one.at, _change(one), "deployment" if one.kind == "deployment" else "config") for one in changes
    ]


def _change(one: Change) -> str:
    if one.kind != "deployment":
        return one.summary
    return f"deployed {one.after}" if one.succeeded else f"deploying {one.after} failed"


def alert_marks(alerts: Iterable[Alert]) -> list[Mark]:
    """From when they fired to when they ended; alerts that began together are one mark.

    The shade of one that still fires goes to the end of the chart.
    """
    groups: list[list[Alert]] = []
    for one in sorted(alerts, key=lambda alert: alert.started_at):
        if groups and one.started_at - groups[-1][0].started_at <= _TOGETHER:
            groups[-1].append(one)
        else:
            groups.append([one])
    return [_alert_mark(group) for group in groups]


def _alert_mark(group: list[Alert]) -> Mark:
    more = f" and {len(group) - 1} more" if len(group) > 1 else ""
    end = max(inf if one.ended_at is None else one.ended_at for one in group)
    return Mark(group[0].started_at, f"alert {group[0].name}{more}", "alert", end)


def sick_chart(evidence: Evidence, diagnosis: Diagnosis, zone: str, now: float) -> Block | None:
    """The metric that is worst, where the trouble comes from: since when, its usual level, and the suspected change.

    None when nothing is worse than usual, or only alerts say so.
    """
    symptom = _shown(diagnosis)
    if symptom is None:
        return None
    wanted = (symptom.service, symptom.metric)
    series = next((one for one in evidence.series if (one.service, one.metric) == wanted), None)
    if series is None or not series.points:
        return None
    changes = [one.change for one in diagnosis.causes[:1] if one.change is not None]
    marks = change_marks(changes)
    if symptom.since is not None:
        marks.append(Mark(symptom.since, "worse from here", "onset"))
    marks += alert_marks(one for one in evidence.alerts if one.service == symptom.service)
    usual = [] if symptom.usual is None else [Threshold(symptom.usual, "usual", "usual")]
    name = metric_words(series.metric, series.stat)
    title = f"{name[:1].upper()}{name[1:]} of {series.service} in {series.environment}"
    return charts.series(series, title, zone=zone, now=now, marks=marks, thresholds=usual)


def _shown(diagnosis: Diagnosis) -> Symptom | None:
    """Of the service that is the likeliest cause, if it has symptoms with figures, else of anybody."""
    measured = [one for one in diagnosis.symptoms if one.now is not None]
    causing = diagnosis.causes[0].service if diagnosis.verdict == "cause" else None
    return next((one for one in measured if one.service == causing), measured[0] if measured else None)
