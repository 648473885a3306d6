"""Gathers what a diagnosis needs, through the ports alone. A fact that cannot be had is said, never hidden."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from math import floor
from typing import Any

from config.catalogue import Catalogue, Service
from config.errors import BadRequest, CopilotError
from insight.comparison import worsening
from insight.evidence import Evidence
from insight.facts import Alert, Missing, Stat
from integrations.ports import Metrics, Sources

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
_LINES = 60
#: services picked at most when nobody named one, and sick ones that are looked at more closely
_MOST = 5
_CLOSELY = 8
#: ports whose absence is said; the others are a help where there are any
_NEEDED = ("metrics", "logs", "deployments", "alerts", "providers")

_Metrics = tuple[tuple[str, Stat], ...]
#: of every service; of those asked for; of sick ones; with those that only services with models have
_METRICS: _Metrics = (("error_rate", "mean"), ("latency", "p95"))
_FOCUS_METRICS: _Metrics = (("throughput", "mean"), ("saturation", "mean"), ("cost", "mean"))
_CLOSE_METRICS: _Metrics = (
    ("throughput", "mean"), ("saturation", "mean"), ("queue_depth", "mean"), ("memory", "mean"), ("cpu", "mean"),
)  # fmt: skip
_MODEL_METRICS: _Metrics = (("ttft", "p95"), ("eval_score", "mean"))
_CLOSE_MODEL_METRICS: _Metrics = (("tokens", "mean"), ("cost", "mean"))


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
    _check(catalogue, service, environment)
    at = floor(at / STEP) * STEP
    first, missing = await _all(_overview(sources, environment, at), deadline)
    missing += [
        Missing(name, f"no {name} back end is configured")
        for name in _NEEDED
        if getattr(sources, name) is None
    ]
    alerts = tuple(one for some in first["alerts"] for one in some if one.environment == environment)
    focus = (service,) if service is not None else _picked(catalogue, alerts)
    calls = {
        name: catalogue.services[name].depends_on
        for name in dict.fromkeys([*focus, *(d for one in focus for d in catalogue.dependencies(one))])
    }
    facts, unseen = await _all(_details(sources, catalogue, focus, calls, environment, at), deadline)
    sick = tuple(dict.fromkeys([*_sick(facts), *(one.service for one in alerts if one.service in calls)]))
    close, unclear = await _all(
        _closely(sources, catalogue, focus, sick[:_CLOSELY], environment, at), deadline
    )
    return Evidence(
        service=service,
        environment=environment,
        focus=focus,
        series=(*facts["series"], *close["series"]),
        baseline=(*facts["baseline"], *close["baseline"]),
        errors=_flat(facts["errors"]),
        changes=_flat(first["changes"]),
        alerts=tuple(one for one in alerts if one.service in calls),
        providers=_flat(first["providers"]),
        logs=_flat(close["logs"]),
        logs_before=_flat(close["logs_before"]),
        nodes=_flat(close["nodes"]),
        certificates=tuple(one for one in _flat(close["certificates"]) if one.service in calls),
        capacities=tuple(one for one in _flat(close["capacities"]) if one.service in calls),
        dependencies=calls,
        missing=(*missing, *unseen, *unclear),
    )


def _check(catalogue: Catalogue, service: str | None, environment: str) -> None:
    if service is not None and service not in catalogue.services:
        raise BadRequest(f"There is no service {service!r}. There are: {', '.join(catalogue.services)}.")
    if environment not in catalogue.environments:
        known = ", ".join(catalogue.environments)
        raise BadRequest(f"There is no environment {environment!r}. There are: {known}.")


def _flat(answers: Iterable[Iterable[Any]]) -> tuple[Any, ...]:
    return tuple(one for some in answers for one in some)


def _sick(facts: Mapping[str, list[Any]]) -> Iterator[str]:
    """Services of which a series is worse than usual."""
    before = {(one.service, one.metric): one for one in facts["baseline"]}
    for one in facts["series"]:
        if worsening(one, before.get((one.service, one.metric))) is not None:
            yield one.service


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
    environment: str,
    at: float,
) -> Iterator[_Asked]:
    """How every service is, in short."""
    if sources.metrics is None:
        return
    for name in calls:
        wanted = _metrics(catalogue.services[name], name in focus)
        yield from _series(sources.metrics, name, environment, wanted, at)
        failed = sources.metrics.errors(name, environment, at - ERRORS, at)
        yield _Asked(f"failed requests of {name}", "errors", failed)


def _closely(
    sources: Sources,
    catalogue: Catalogue,
    focus: tuple[str, ...],
    sick: tuple[str, ...],
    environment: str,
    at: float,
) -> Iterator[_Asked]:
    """What else is known of sick services, and of where they run."""
    for name in sick:
        if sources.metrics is not None:
            one = catalogue.services[name]
            known = _metrics(one, name in focus)
            wanted = [*_CLOSE_METRICS, *((("gpu", "mean"),) if one.gpu else ())]
            wanted += _CLOSE_MODEL_METRICS if one.models or one.provider else ()
            wanted = [metric for metric in wanted if metric not in known]
            yield from _series(sources.metrics, name, environment, wanted, at)
    for name in dict.fromkeys((*focus, *sick)):
        if sources.logs is not None:
            lines = sources.logs.search(name, environment, at - ERRORS, at, "", _LINES)
            yield _Asked(f"logs of {name}", "logs", lines)
    for name in sick:
        if sources.logs is not None:
            then = at - BEFORE + WINDOW  # a day back is what many keep of logs, so look a little later
            lines = sources.logs.search(name, environment, then - ERRORS, then, "", _LINES)
            yield _Asked(f"logs of {name} the day before", "logs_before", lines)
    if sick and sources.clusters is not None:
        yield _Asked("what runs on the nodes", "nodes", sources.clusters.nodes(environment))
        yield _Asked("the certificates", "certificates", sources.clusters.certificates(environment))
    if sick and sources.capacities is not None:
        yield _Asked("the replicas", "capacities", sources.capacities.capacity(environment))


def _series(
    metrics: Metrics, name: str, environment: str, wanted: Iterable[tuple[str, Stat]], at: float
) -> Iterator[_Asked]:
    """Each metric now and the day before."""
    start = floor((at - BEFORE - WINDOW) / _COARSE) * _COARSE
    for metric, stat in wanted:
        now = metrics.series(name, environment, metric, stat, at - WINDOW, at, STEP)
        yield _Asked(f"{metric} of {name}", "series", now)
        usual = metrics.series(name, environment, metric, stat, start, start + WINDOW, BASELINE_STEP)
        yield _Asked(f"{metric} of {name} the day before", "baseline", usual)


def _metrics(service: Service, in_focus: bool) -> tuple[tuple[str, Stat], ...]:
    found = _METRICS
    if in_focus:
        found += _FOCUS_METRICS
    if service.models or service.provider:
        found += _MODEL_METRICS
    return found


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


_GROUPS = (
    "alerts", "providers", "changes", "series", "baseline", "errors", "logs", "logs_before", "nodes",
    "certificates", "capacities",
)  # fmt: skip
