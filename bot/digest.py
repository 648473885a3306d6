"""The digest of one run: how long, who, what changed, which figures moved, whether the audit is whole.

Made from the ledger and the ports alone, after the fact: anyone can make it again and gets the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from bot.services import Services
from config.errors import NotFound
from graph import cards
from graph.message import Block
from insight.comparison import said
from insight.facts import METRICS, Incident, MetricSeries, Stat
from integrations.errors import IntegrationError
from integrations.ports import Metrics
from store import approvals, audit, ledger
from store.audit import AuditCheck
from store.records import Approval, Decision, Run, Step

#: seconds of data in each figure, and how much is left out after the end for the service to settle
WINDOW = 120.0
SHOWN: tuple[tuple[str, Stat], ...] = (("latency", "p95"), ("error_rate", "mean"))


@dataclass(frozen=True, slots=True)
class Figure:
    """One metric of one service, the mean of the window before the change and of the last window of the period."""

    service: str
    metric: str
    stat: Stat
    unit: str
    before: float | None
    after: float | None
    query: str


@dataclass(frozen=True, slots=True)
class Digest:
    """`since` and `until` are Unix seconds: from when trouble began (or the run was asked for) to its end."""

    run: Run
    steps: tuple[Step, ...]
    approval: Approval | None
    decisions: tuple[Decision, ...]
    since: float
    until: float
    figures: tuple[Figure, ...]
    incident: Incident | None
    audit: AuditCheck
    rows: int


async def digest(
    services: Services, run_id: str, *, since: float | None = None, incident: str | None = None
) -> Digest:
    """Of a run that is over. Raises NotFound, StoreError; a back end that fails leaves its figures out."""
    run, steps, approval, decisions, rows, check = await services.database.read(
        lambda conn: _ledger(conn, run_id)
    )
    until = run.ended_at if run.ended_at is not None else services.clock.now()
    figures: list[Figure] = []
    if services.sources.metrics is not None:
        for service in run.plan["targets"]:
            for metric, stat in SHOWN:
                figures.append(await _figure(services.sources.metrics, run, service, metric, stat, until))
    found = None
    if incident is not None and services.sources.incidents is not None:
        found = await services.sources.incidents.incident(incident)
    return Digest(
        run=run,
        steps=tuple(steps),
        approval=approval,
        decisions=tuple(decisions),
        since=run.created_at if since is None else since,
        until=until,
        figures=tuple(figures),
        incident=found,
        audit=check,
        rows=rows,
    )


def _ledger(
    conn: Connection, run_id: str
) -> tuple[Run, Sequence[Step], Approval | None, Sequence[Decision], int, AuditCheck]:
    run = ledger.get_run(conn, run_id)
    if run is None:
        raise NotFound(f"There is no run {run_id!r}.")
    approval = approvals.by_run(conn, run_id)
    decisions = approvals.decisions(conn, approval.id) if approval is not None else []
    rows = len(audit.rows(conn, run_id))
    return run, ledger.get_steps(conn, run_id), approval, decisions, rows, audit.verify(conn)


async def _figure(metrics: Metrics, run: Run, service: str, metric: str, stat: Stat, until: float) -> Figure:
    start = max(run.created_at, run.started_at or 0.0)
    series: list[MetricSeries | None] = []
    for end in (start, until):
        try:
            series.append(
                await metrics.series(service, run.environment, metric, stat, end - WINDOW, end, WINDOW / 12)
            )
        except IntegrationError:
            series.append(None)
    before, after = series
    told = after or before
    return Figure(
        service,
        metric,
        stat,
        told.unit if told else METRICS[metric],
        _mean(before),
        _mean(after),
        told.query if told else "",
    )


def _mean(series: MetricSeries | None) -> float | None:
    """The mean of the last quarter: where the figure stood at the end of the window."""
    if series is None or not series.points:
        return None
    last = series.points[-max(1, len(series.points) // 4) :]
    return sum(point.value for point in last) / len(last)


def blocks(found: Digest, people: Mapping[str, str]) -> tuple[Block, ...]:
    """The digest as cards; `people` are names by id."""
    run = found.run
    whole = "whole" if found.audit.ok else "BROKEN"
    who = {
        "Asked by": people.get(run.requester, run.requester),
        "Approved by": ", ".join(
            people.get(one.person, one.person) for one in found.decisions if one.decision == "approve"
        )
        or "nobody had to",
    }
    facts = {
        "Run": f"{run.id} {run.runbook} in {run.environment}: {run.status.replace('_', ' ')}",
        "From trouble to mended": _span(found.until - found.since),
        **({} if found.approval is None else {"Waited for approval": _span(_waited(found))}),
        **who,
        **({} if found.incident is None else {"Incident": f"{found.incident.id} {found.incident.status}"}),
        "Audit": f"{found.rows} rows of this run; the chain is {whole} ({found.audit.why})",
    }
    changes = [
        cards.diff(", ".join(change["targets"]), change["before"], change["after"])
        for change in _changes(run, found.steps)
    ]
    figures = {f"{one.service} {one.metric} {one.stat}": _moved(one) for one in found.figures}
    shown = [cards.facts(figures, title="Figures, before and after, with their queries")] if figures else []
    return (cards.facts(facts, title="Digest"), *changes, *shown)


def _changes(run: Run, steps: Sequence[Step]) -> list[Mapping[str, Any]]:
    """What the writes that were done had changed, as the approved plan said."""
    done = {step.id for step in steps if step.status == "done"}
    return [
        step["change"]
        for step in run.plan["steps"]
        if step["id"] in done and isinstance(step["change"], Mapping)
    ]


def _waited(found: Digest) -> float:
    assert found.approval is not None
    return (found.approval.ended_at or found.until) - found.approval.created_at


def _span(seconds: float) -> str:
    minutes, rest = divmod(round(max(0.0, seconds)), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def _moved(one: Figure) -> str:
    return f"{_value(one.before, one.unit)} → {_value(one.after, one.unit)}\n{one.query}"


def _value(value: float | None, unit: str) -> str:
    return "not known" if value is None else said(value, unit)
