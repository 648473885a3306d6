"""Gathers what a diagnosis needs, through the ports alone. A fact that cannot be had is said, never hidden."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from math import floor
from typing import Any

from config.catalogue import Catalogue, Service
from config.errors import BadRequest, CopilotError
from insight.evidence import Evidence
from insight.facts import Alert, Missing, Stat
from integrations.ports import Sources

#: seconds that one fact may take
DEADLINE = 5.0
#: what is looked at, seconds back, and the step of it; instants are rounded to the step, so that one picture serves
#: everybody who asks within it
WINDOW, STEP = 3600.0, 30.0
#: how far before it the baseline lies, and its step
BEFORE, BASELINE_STEP = 86_400.0, 60.0
#: the baseline's instants are rounded to this, seconds: it changes slowly, so it need not be read anew every time
_COARSE = 600.0
CHANGES = 6 * 3600.0
ERRORS = 600.0
_LINES = 20
#: services picked at most when nobody named one
_MOST = 5

_METRICS: tuple[tuple[str, Stat], ...] = (("error_rate", "mean"), ("latency", "p95"))
_FOCUS_METRICS: tuple[tuple[str, Stat], ...] = (("throughput", "mean"), ("saturation", "mean"))
_MODEL_METRICS: tuple[tuple[str, Stat], ...] = (("ttft", "p95"), ("eval_score", "mean"))


@dataclass(frozen=True, slots=True)
class _Asked:
    """One question to a port, and what its absence is called."""

    what: str
    group: str
    answer: Awaitable[Any]


async def gather_evidence(
    sources: Sources,
    catalogue: Catalogue,
    service: str | None,
    environment: str,
    at: float,
    deadline: float = DEADLINE,
) -> Evidence:
    """Everything `insight.diagnosis.diagnose` looks at, as of `at` (Unix seconds).

    Without a service: those that alert in the environment or, when none does, those that take user traffic.
    Raises BadRequest for a service or environment that is not in the catalogue.
    """
    if service is not None and service not in catalogue.services:
        raise BadRequest(f"There is no service {service!r}. There are: {', '.join(catalogue.services)}.")
    if environment not in catalogue.environments:
        known = ", ".join(catalogue.environments)
        raise BadRequest(f"There is no environment {environment!r}. There are: {known}.")
    at = floor(at / STEP) * STEP
    first, missing = await _all(_overview(sources, environment, at), deadline)
    absent = [
        Missing(name, f"no {name} back end is configured")
        for name in ("metrics", "logs", "deployments", "alerts", "providers")
        if getattr(sources, name) is None
    ]
    alerts = tuple(one for some in first["alerts"] for one in some if one.environment == environment)
    focus = (service,) if service is not None else _picked(catalogue, alerts)
    calls = {
        name: catalogue.services[name].depends_on
        for name in dict.fromkeys([*focus, *(d for one in focus for d in catalogue.dependencies(one))])
    }
    facts, unseen = await _all(_details(sources, catalogue, focus, calls, alerts, environment, at), deadline)
    return Evidence(
        service=service,
        environment=environment,
        focus=focus,
        series=tuple(facts["series"]),
        baseline=tuple(facts["baseline"]),
        errors=tuple(one for some in facts["errors"] for one in some),
        changes=tuple(one for some in first["changes"] for one in some),
        alerts=tuple(one for one in alerts if one.service in calls),
        providers=tuple(one for some in first["providers"] for one in some),
        logs=tuple(one for some in facts["logs"] for one in some),
        dependencies=calls,
        missing=(*absent, *missing, *unseen),
    )


def _picked(catalogue: Catalogue, alerts: Iterable[Alert]) -> tuple[str, ...]:
    alerting = tuple(dict.fromkeys(one.service for one in alerts if one.service in catalogue.services))
    return (alerting or catalogue.user_facing or tuple(catalogue.services))[:_MOST]


def _overview(sources: Sources, environment: str, at: float) -> Iterator[_Asked]:
    if sources.alerts is not None:
        yield _Asked("the firing alerts", "alerts", sources.alerts.firing())
    if sources.providers is not None:
        yield _Asked("the status of the model providers", "providers", sources.providers.status())
    if sources.deployments is not None:
        # up to a step further than `at` was rounded down: a change of this very moment counts
        answer = sources.deployments.changes(at - CHANGES, at + STEP, environment)
        yield _Asked("deployments and configuration changes", "changes", answer)


def _details(
    sources: Sources,
    catalogue: Catalogue,
    focus: tuple[str, ...],
    calls: Mapping[str, tuple[str, ...]],
    alerts: tuple[Alert, ...],
    environment: str,
    at: float,
) -> Iterator[_Asked]:
    talking = {*focus, *(one.service for one in alerts)}
    for name in calls:
        if sources.metrics is not None:
            ask = sources.metrics
            for metric, stat in _metrics(catalogue.services[name], name in focus):
                now = ask.series(name, environment, metric, stat, at - WINDOW, at, STEP)
                yield _Asked(f"{metric} of {name}", "series", now)
                start = floor((at - BEFORE - WINDOW) / _COARSE) * _COARSE
                usual = ask.series(name, environment, metric, stat, start, start + WINDOW, BASELINE_STEP)
                yield _Asked(f"{metric} of {name} the day before", "baseline", usual)
            yield _Asked(
                f"failed requests of {name}", "errors", ask.errors(name, environment, at - ERRORS, at)
            )
        if sources.logs is not None and name in talking:
            lines = sources.logs.search(name, environment, at - ERRORS, at, "", _LINES)
            yield _Asked(f"logs of {name}", "logs", lines)


def _metrics(service: Service, in_focus: bool) -> Iterator[tuple[str, Stat]]:
    yield from _METRICS
    if in_focus:
        yield from _FOCUS_METRICS
    if service.models or service.provider:
        yield from _MODEL_METRICS


async def _all(asked: Iterable[_Asked], deadline: float) -> tuple[dict[str, list[Any]], list[Missing]]:
    """Every answer by its group, in the order of asking, and what did not come in time."""
    questions = list(asked)
    tasks = [asyncio.ensure_future(one.answer) for one in questions]
    answers: dict[str, list[Any]] = {name: [] for name in _GROUPS}
    missing: list[Missing] = []
    try:
        if tasks:
            await asyncio.wait(tasks, timeout=deadline)
    finally:
        for task in tasks:
            task.cancel()
    for one, task in zip(questions, tasks, strict=True):
        if not task.done() or task.cancelled():
            missing.append(Missing(one.what, f"no answer within {deadline:g} s"))
        elif isinstance(error := task.exception(), CopilotError | TimeoutError):
            missing.append(Missing(one.what, str(error) or f"no answer within {deadline:g} s"))
        else:
            answers[one.group].append(task.result())
    return answers, missing


_GROUPS = ("alerts", "providers", "changes", "series", "baseline", "errors", "logs")
