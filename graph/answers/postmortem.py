"""The draft of a postmortem: what the timeline, the changes, the alerts and the ledger say, and nothing else."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from config.catalogue import Catalogue
from graph.answers.within import absent, within
from graph.answers.words import length, listed, moment
from graph.ports import Tools
from insight.facts import Alert, Change, ErrorCount, Incident, IncidentEvent, Missing
from store import ledger
from store.records import Run

#: changes and alerts that began this long before the incident was opened belong to it, seconds
BEFORE = 3600.0
_MOST_RUNS = 500


@dataclass(frozen=True, slots=True)
class Case:
    """Everything that is known of one incident; what could not be had is in `missing`."""

    one: Incident
    timeline: tuple[IncidentEvent, ...] = ()
    changes: tuple[Change, ...] = ()
    alerts: tuple[Alert, ...] = ()
    errors: tuple[ErrorCount, ...] = ()
    runs: tuple[Run, ...] = ()
    missing: tuple[Missing, ...] = ()


@dataclass(frozen=True, slots=True)
class Moment:
    """One line of the whole story: where it comes from, who did it, in words."""

    at: float
    kind: str
    by: str
    words: str


async def gather(tools: Tools, one: Incident) -> Case:
    """The incident's story, each part within 5 s."""
    start, end = one.opened_at - BEFORE, (one.resolved_at or tools.clock.now()) + 1.0
    timeline, changes, alerts, errors, runs = await asyncio.gather(
        _timeline(tools, one),
        _changes(tools, one, start, end),
        _alerts(tools, one, start, end),
        _errors(tools, one, end),
        tools.database.read(lambda conn: _runs(conn, one, start, end)),
    )
    missing = tuple(part for part in (timeline, changes, alerts, errors) if isinstance(part, Missing))
    return Case(
        one,
        () if isinstance(timeline, Missing) else timeline,
        () if isinstance(changes, Missing) else changes,
        () if isinstance(alerts, Missing) else alerts,
        () if isinstance(errors, Missing) else errors,
        tuple(runs),
        missing,
    )


async def _timeline(tools: Tools, one: Incident) -> tuple[IncidentEvent, ...] | Missing:
    port = tools.sources.incidents
    if port is None:
        return absent("the timeline", "incidents")
    return await within(f"the timeline of {one.id}", port.timeline(one.id))


async def _changes(tools: Tools, one: Incident, start: float, end: float) -> tuple[Change, ...] | Missing:
    port, near = tools.sources.deployments, reached(tools.catalogue, one.service)
    if port is None:
        return absent("the changes", "deployments")
    found = await within("the changes", port.changes(start, end, one.environment))
    return found if isinstance(found, Missing) else tuple(each for each in found if each.service in near)


async def _alerts(tools: Tools, one: Incident, start: float, end: float) -> tuple[Alert, ...] | Missing:
    port = tools.sources.alerts
    if port is None:
        return absent("the alerts", "alerts")
    found = await within("the alerts", port.past(start, end))
    if isinstance(found, Missing):
        return found
    return tuple(each for each in found if (each.service, each.environment) == (one.service, one.environment))


async def _errors(tools: Tools, one: Incident, end: float) -> tuple[ErrorCount, ...] | Missing:
    port = tools.sources.metrics
    if port is None:
        return absent("the failed requests", "metrics")
    return await within("the failed requests", port.errors(one.service, one.environment, one.opened_at, end))


def _runs(conn: Connection, one: Incident, start: float, end: float) -> list[Run]:
    """Runs on the service while it lasted, oldest first."""
    newest = ledger.list_runs(conn, limit=_MOST_RUNS)
    return [
        run
        for run in reversed(newest)
        if start <= run.created_at < end and not run.dry_run
        and (run.inputs.get("service"), run.environment) == (one.service, one.environment)
    ]  # fmt: skip


def reached(catalogue: Catalogue, service: str) -> frozenset[str]:
    """The service and all that it calls, directly or not."""
    found: set[str] = set()
    wanted = [service]
    while wanted:
        name = wanted.pop()
        known = catalogue.services.get(name)
        if known is not None and name not in found:
            found.add(name)
            wanted += known.depends_on
    return frozenset(found)


def story(case: Case) -> list[Moment]:
    """Timeline, changes, alerts and runs in one order of time."""
    moments = [Moment(one.at, one.kind, one.by, one.text or one.kind) for one in case.timeline]
    moments += [Moment(one.at, one.kind, one.by, one.summary) for one in case.changes]
    moments += [
        Moment(one.started_at, "alert", "monitoring", f"{one.name}: {one.summary}") for one in case.alerts
    ]
    moments += [
        Moment(run.created_at, "run", run.requester, f"{run.runbook} asked for ({run.id}): {run.status}")
        for run in case.runs
    ]
    return sorted(moments, key=lambda one: one.at)


def draft(tools: Tools, case: Case, zone: str) -> str:
    """Markdown. Headings without facts say so; people fill in what only people know."""
    one, now = case.one, tools.clock.now()
    parts = [
        f"# {one.id}: {one.title}",
        f"Severity {one.severity}; {one.service} in {one.environment}; state: {one.status}.",
        "## Impact\n" + "\n".join(f"- {line}" for line in _impact(tools, case)),
        "## Timeline\n" + "\n".join(_told(moment_, zone, now) for moment_ in story(case)),
        f"## Cause\n{one.cause or 'Nobody has written one down yet.'}",
        "## What ended it\n" + _ended(case),
        "## Response\n" + "\n".join(f"- {line}" for line in response(one)),
        "## Follow-ups\nNone are written down in the timeline.",
    ]
    return "\n\n".join(parts)


def _impact(tools: Tools, case: Case) -> Iterator[str]:
    one = case.one
    if case.errors:
        total = sum(each.count for each in case.errors)
        codes = listed([f"{each.count:,.0f} × {each.code}" for each in case.errors[:3]])
        yield f"{total:,.0f} requests of {one.service} failed from opening to end ({codes})"
    users = sorted(tools.catalogue.dependants(one.service))
    yield f"called by {listed(users)}" if users else "no other service calls it"
    known = tools.catalogue.services.get(one.service)
    if known is not None and known.traffic_share:
        yield f"takes {known.traffic_share:.0%} of the users' traffic"


def _told(one: Moment, zone: str, now: float) -> str:
    return f"- {moment(one.at, zone, now)} {one.kind} ({one.by}): {one.words}"


def _ended(case: Case) -> str:
    done = [f"run {run.id} ({run.runbook}) succeeded" for run in case.runs if run.status == "succeeded"]
    said = [each.text for each in case.timeline if each.kind == "resolved" and each.text]
    return "; ".join([*said, *done]) or "Nobody has written it down yet."


def response(one: Incident) -> Iterator[str]:
    """How long until it was taken and ended."""
    if one.acknowledged_at is None:
        yield "nobody acknowledged it"
    else:
        yield f"acknowledged {length(one.acknowledged_at - one.opened_at)} after it was opened"
    if one.resolved_at is not None:
        yield f"resolved {length(one.resolved_at - one.opened_at)} after it was opened"


def sources_of(case: Case) -> str:
    """Where the draft's facts come from."""
    counts: Sequence[tuple[str, int]] = (
        ("entries of the timeline", len(case.timeline)),
        ("changes", len(case.changes)),
        ("alerts", len(case.alerts)),
        ("runs of the ledger", len(case.runs)),
    )
    return listed([f"{count} {what}" for what, count in counts])
