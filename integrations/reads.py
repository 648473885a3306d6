"""Read actions over the ports, the same whatever back end is behind them."""

from __future__ import annotations

from pydantic import Field

from insight.facts import Stat
from integrations.actions import Action, Context, Inputs, Output
from integrations.errors import Unavailable
from integrations.hosting_reads import hosting_reads
from integrations.ports import Alerts, Deployments, Metrics, Sources


class MetricQuery(Inputs):
    """`window` is how many seconds back from now; `stat` is p95 for times and the mean for the rest unless said."""

    service: str
    metric: str
    environment: str | None = None
    stat: Stat | None = None
    window: float = Field(120.0, ge=10.0, le=7 * 86_400.0)


class MetricValue(Output):
    """`value` is the mean of the `points` points in the window; `query` asks the back end for the same."""

    service: str
    environment: str
    metric: str
    stat: str
    value: float
    unit: str
    points: int
    query: str


class Which(Inputs):
    service: str | None = None
    environment: str | None = None


class One(Inputs):
    service: str
    environment: str | None = None


class FiringAlert(Output):
    id: str
    name: str
    service: str
    environment: str
    severity: str
    summary: str
    started_at: float


class Firing(Output):
    count: int
    alerts: tuple[FiringAlert, ...]


class Deployed(Output):
    """`previous` is the last release before the current one that ran well; None when there is none."""

    service: str
    environment: str
    current: str
    previous: str | None
    replicas: int
    healthy: bool


def read_actions(sources: Sources) -> tuple[Action, ...]:
    """One action a port that is set up. They raise IntegrationError."""
    found = []
    if sources.metrics is not None:
        found.append(_metrics_query(sources.metrics))
    if sources.alerts is not None:
        found.append(_alerts_firing(sources.alerts))
    if sources.deployments is not None:
        found.append(_deployments_status(sources.deployments))
    return (*found, *hosting_reads(sources))


def _metrics_query(metrics: Metrics) -> Action:
    async def run(context: Context, inputs: MetricQuery) -> MetricValue:
        environment = inputs.environment or context.environment
        stat: Stat = inputs.stat or ("p95" if inputs.metric in ("latency", "ttft") else "mean")
        step = max(5.0, inputs.window / 60.0)
        series = await metrics.series(
            inputs.service, environment, inputs.metric, stat, context.at - inputs.window, context.at, step
        )
        if not series.points:
            raise Unavailable(
                f"{inputs.metric} of {inputs.service} in {environment} has no points in the last {inputs.window:g} s. "
                f"Ask for a longer window or check that the service reports it: {series.query}"
            )
        value = sum(point.value for point in series.points) / len(series.points)
        return MetricValue(
            service=inputs.service,
            environment=environment,
            metric=inputs.metric,
            stat=stat,
            value=round(value, 6),
            unit=series.unit,
            points=len(series.points),
            query=series.query,
        )

    return Action("metrics.query", "read", "read a metric", MetricQuery, MetricValue, run, idempotent=True)


def _alerts_firing(alerts: Alerts) -> Action:
    async def run(context: Context, inputs: Which) -> Firing:
        found = tuple(
            FiringAlert(
                id=one.id,
                name=one.name,
                service=one.service,
                environment=one.environment,
                severity=one.severity,
                summary=one.summary,
                started_at=one.started_at,
            )
            for one in await alerts.firing()
            if inputs.service in (None, one.service) and inputs.environment in (None, one.environment)
        )
        return Firing(count=len(found), alerts=found)

    return Action("alerts.firing", "read", "list the alerts that fire", Which, Firing, run, idempotent=True)


def _deployments_status(deployments: Deployments) -> Action:
    async def run(context: Context, inputs: One) -> Deployed:
        release = await deployments.release(inputs.service, inputs.environment or context.environment)
        return Deployed(
            service=release.service,
            environment=release.environment,
            current=release.current,
            previous=release.previous,
            replicas=release.replicas,
            healthy=release.healthy,
        )

    return Action("deployments.status", "read", "what runs now", One, Deployed, run, idempotent=True)
