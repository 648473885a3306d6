"""The tools that a language model may call: reads of the ports, and nothing else.

`Reads` holds ports and names; there is no way from here to a plan, an approval, a run or a post.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from config.catalogue import Catalogue
from config.errors import CopilotError
from graph.answers.words import amount, length
from insight.facts import METRICS, Stat
from integrations.ports import Sources

DEADLINE = 5.0
_MOST_LINES, _MOST_LINE, _MOST_RESULT = 30, 400, 6_000
_MOST_ROWS = 40


class _Args(BaseModel):
    model_config = ConfigDict(extra="forbid")


class NoArgs(_Args):
    pass


class MetricArgs(_Args):
    service: str
    metric: Literal[tuple(METRICS)]  # type: ignore[valid-type]
    stat: Literal["mean", "p50", "p95", "p99", "max"] = "mean"
    minutes: int = Field(60, ge=5, le=10_080)


class LogArgs(_Args):
    service: str
    query: str = Field("", max_length=200)
    minutes: int = Field(15, ge=1, le=1_440)


class ChangeArgs(_Args):
    service: str | None = None
    hours: int = Field(6, ge=1, le=336)


class ServiceArgs(_Args):
    service: str


class ErrorArgs(_Args):
    service: str
    minutes: int = Field(15, ge=1, le=1_440)


class SearchArgs(_Args):
    words: str = Field("", max_length=200)


class Written(str):
    """Text that somebody wrote: a log line, a note, a title. Its numbers are no measurement."""

    __slots__ = ()


@dataclass(frozen=True)
class Seen:
    """What a tool gave: `told` says what was looked at, for "how I know"; `data` is JSON, with `Written` in it."""

    told: str
    data: Any

    def measured(self) -> str:
        """All of it but what somebody wrote."""
        return json.dumps(_without(self.data), ensure_ascii=False, default=list)


@dataclass(frozen=True)
class Reads:
    """The ports of one question: `environment` is the one asked about, `at` its instant, `runbooks` what there is."""

    sources: Sources
    catalogue: Catalogue
    environment: str
    at: float
    runbooks: Mapping[str, str]


Read = Callable[[Reads, Any], Awaitable[Seen]]


@dataclass(frozen=True)
class Tool:
    name: str
    summary: str
    args: type[_Args]
    read: Read
    port: str | None


@cache
def declared(tool: Tool) -> Mapping[str, Any]:
    """As an OpenAI function; worked out once, for it takes a millisecond."""
    schema = tool.args.model_json_schema()
    schema.pop("title", None)
    function = {"name": tool.name, "description": tool.summary, "parameters": schema}
    return {"type": "function", "function": function}


async def _metric(reads: Reads, args: MetricArgs) -> Seen:
    assert reads.sources.metrics is not None
    stat: Stat = args.stat
    step = max(10.0, round(args.minutes * 60 / 30))
    start = reads.at - args.minutes * 60
    series = await reads.sources.metrics.series(
        args.service, reads.environment, args.metric, stat, start, reads.at, step
    )
    values = [point.value for point in series.points]
    told = f"{args.metric} {args.stat} of {args.service} over {length(args.minutes * 60)}: {series.query}"
    if not values:
        return Seen(told, {"points": 0})
    unit = series.unit
    return Seen(
        told,
        {
            "query": series.query,
            "now": amount(values[-1], unit),
            "mean": amount(sum(values) / len(values), unit),
            "lowest": amount(min(values), unit),
            "highest": amount(max(values), unit),
            "oldest_to_newest": [amount(one, unit) for one in values[:: max(1, len(values) // 10)]],
        },
    )


async def _logs(reads: Reads, args: LogArgs) -> Seen:
    assert reads.sources.logs is not None
    start = reads.at - args.minutes * 60
    lines = await reads.sources.logs.search(
        args.service, reads.environment, start, reads.at, args.query, _MOST_LINES
    )
    holding = f" that hold {args.query!r}" if args.query else ""
    told = f"logs of {args.service} over {length(args.minutes * 60)}{holding}: {len(lines)} lines"
    rows = [
        {"ago": length(reads.at - one.at), "level": one.level, "text": Written(one.text[:_MOST_LINE])}
        for one in lines
    ]
    return Seen(told, rows)


async def _errors(reads: Reads, args: ErrorArgs) -> Seen:
    assert reads.sources.metrics is not None
    start = reads.at - args.minutes * 60
    found = await reads.sources.metrics.errors(args.service, reads.environment, start, reads.at)
    told = f"failed requests of {args.service} over {length(args.minutes * 60)}"
    return Seen(told, {one.code: round(one.count) for one in found[:_MOST_ROWS]})


async def _changes(reads: Reads, args: ChangeArgs) -> Seen:
    assert reads.sources.deployments is not None
    found = await reads.sources.deployments.changes(reads.at - args.hours * 3600, reads.at, reads.environment)
    rows = [
        {
            "kind": one.kind, "service": one.service, "ago": length(reads.at - one.at), "by": one.by,
            "before": one.before, "after": one.after, "succeeded": one.succeeded,
            "summary": Written(one.summary[:_MOST_LINE]),
        }
        for one in found
        if args.service in (None, one.service)
    ]  # fmt: skip
    of = f" of {args.service}" if args.service else ""
    return Seen(f"changes{of} in {reads.environment} over {args.hours} h", rows[-_MOST_ROWS:])


async def _release(reads: Reads, args: ServiceArgs) -> Seen:
    assert reads.sources.deployments is not None
    one = await reads.sources.deployments.release(args.service, reads.environment)
    data = {
        "current": one.current, "previous": one.previous, "since": length(reads.at - one.since),
        "replicas": one.replicas, "healthy": one.healthy,
    }  # fmt: skip
    return Seen(f"release of {args.service} in {reads.environment}", data)


async def _alerts(reads: Reads, args: NoArgs) -> Seen:
    assert reads.sources.alerts is not None
    rows = [
        {
            "name": one.name, "service": one.service, "environment": one.environment, "severity": one.severity,
            "summary": Written(one.summary[:_MOST_LINE]), "since": length(reads.at - one.started_at),
        }
        for one in await reads.sources.alerts.firing()
    ]  # fmt: skip
    return Seen("firing alerts", rows[:_MOST_ROWS])


async def _incidents(reads: Reads, args: NoArgs) -> Seen:
    assert reads.sources.incidents is not None
    rows = [
        {
            "id": one.id, "title": Written(one.title[:_MOST_LINE]), "service": one.service, "severity": one.severity,
            "status": one.status, "since": length(reads.at - one.opened_at),
            "notes": [Written(note[:_MOST_LINE]) for note in one.notes[-5:]],
        }
        for one in await reads.sources.incidents.open_incidents()
    ]  # fmt: skip
    return Seen("open incidents", rows[:_MOST_ROWS])


async def _providers(reads: Reads, args: NoArgs) -> Seen:
    assert reads.sources.providers is not None
    rows = [
        {
            "provider": one.provider,
            "state": one.state,
            "summary": Written(one.summary[:_MOST_LINE]),
            "used_by": one.used_by,
        }
        for one in await reads.sources.providers.status()
    ]
    return Seen("status of the model providers", rows[:_MOST_ROWS])


async def _runbooks(reads: Reads, args: SearchArgs) -> Seen:
    words = args.words.lower().split()
    rows = {
        name: summary
        for name, summary in reads.runbooks.items()
        if not words or any(word in f"{name} {summary}".lower() for word in words)
    }
    return Seen("the runbooks there are", rows)


async def _service(reads: Reads, args: ServiceArgs) -> Seen:
    one = reads.catalogue.services[args.service]
    data = {
        "owner": one.owner, "calls": one.depends_on, "provider": one.provider, "models": one.models, "gpu": one.gpu,
        "called_by": [name for name, other in reads.catalogue.services.items() if args.service in other.depends_on],
    }  # fmt: skip
    return Seen(f"the catalogue's entry of {args.service}", data)


TOOLS: tuple[Tool, ...] = (
    Tool("metrics", "One metric of a service: now, lowest, highest, course.", MetricArgs, _metric, "metrics"),
    Tool("logs", "Log lines of a service, newest last.", LogArgs, _logs, "logs"),
    Tool("errors", "Failed requests of a service by code.", ErrorArgs, _errors, "metrics"),
    Tool("changes", "Deployments and configuration changes.", ChangeArgs, _changes, "deployments"),
    Tool(
        "release", "What version of a service runs, and the one before.", ServiceArgs, _release, "deployments"
    ),
    Tool("alerts", "Alerts that fire now.", NoArgs, _alerts, "alerts"),
    Tool("incidents", "Open incidents with their notes.", NoArgs, _incidents, "incidents"),
    Tool("providers", "Status pages of the model providers.", NoArgs, _providers, "providers"),
    Tool("runbooks", "Runbooks that there are, by words.", SearchArgs, _runbooks, None),
    Tool("service", "Who owns a service, what it calls and who calls it.", ServiceArgs, _service, None),
)
BY_NAME: Mapping[str, Tool] = {one.name: one for one in TOOLS}


def usable(sources: Sources) -> tuple[Tool, ...]:
    """Those whose port is set up."""
    return tuple(one for one in TOOLS if one.port is None or getattr(sources, one.port) is not None)


async def look(reads: Reads, name: str, arguments: Mapping[str, Any], deadline: float = DEADLINE) -> Seen:
    """Call one tool, within `deadline` seconds. What cannot be had, or is not there, is said in `data`."""
    tool = next((one for one in usable(reads.sources) if one.name == name), None)
    if tool is None:
        return Seen("", {"error": "There is no such tool."})
    try:
        args = tool.args.model_validate(arguments)
    except ValidationError as err:
        first = err.errors()[0]
        return Seen("", {"error": f"{'.'.join(str(one) for one in first['loc'])}: {first['msg']}"})
    service = getattr(args, "service", None)
    if service is not None and service not in reads.catalogue.services:
        return Seen(
            "", {"error": f"There is no such service. There are: {', '.join(reads.catalogue.services)}."}
        )
    try:
        async with asyncio.timeout(deadline):
            return await tool.read(reads, args)
    except TimeoutError:
        return Seen("", {"error": f"no answer within {deadline:g} s"})
    except CopilotError as err:
        return Seen("", {"error": str(err)})


def _without(data: Any) -> Any:
    if isinstance(data, Written):
        return ""
    if isinstance(data, Mapping):
        return {key: _without(one) for key, one in data.items()}
    if isinstance(data, list | tuple):
        return [_without(one) for one in data]
    return data


def as_data(seen: Seen) -> str:
    """The result as the model is shown it: JSON, of bounded length."""
    told = json.dumps(seen.data, ensure_ascii=False, default=list)
    return told if len(told) <= _MOST_RESULT else f"{told[:_MOST_RESULT]} … (cut off)"
