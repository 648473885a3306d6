"""The fleet: every service of one environment with its release, its health, its last hour, and what fires."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from math import floor
from typing import TypeVar

from bot.console.charts import Chart, drawn
from bot.console.look import Look
from bot.console.route import Answer, Page, Shown, Visit
from config.catalogue import Service
from config.errors import CopilotError
from insight.facts import Alert, MetricSeries, ProviderStatus, Release, Stat
from integrations.ports import Sources

T = TypeVar("T")
#: seconds that one fact may take, what is looked back on, and its step; instants lie on the step, so that a picture
#: serves everybody who looks within it
DEADLINE, WINDOW, STEP = 4.0, 3600.0, 120.0
METRICS: tuple[tuple[str, Stat, str], ...] = (
    ("latency", "p95", "Latency p95"),
    ("error_rate", "mean", "Error rate"),
    ("throughput", "mean", "Throughput"),
)


@dataclass(frozen=True, slots=True)
class Row:
    """One service. `release` or a chart is a sentence where it could not be had."""

    name: str
    service: Service
    release: Release | str
    charts: tuple[Chart | str, ...]
    alerts: tuple[Alert, ...]

    @property
    def state(self) -> str:
        if any(one.severity == "critical" for one in self.alerts):
            return "critical"
        if self.alerts:
            return "warning"
        if isinstance(self.release, str):
            return "no data"
        return "healthy" if self.release.healthy else "not healthy"


async def show(visit: Visit) -> Answer:
    services = visit.services
    known = list(services.catalogue.environments)
    environment = visit.query.get("environment", "")
    environment = environment if environment in known else known[0]
    rows, providers = await asyncio.gather(
        _rows(visit, environment), _asked(_providers(services.sources), "the providers")
    )
    rows.sort(key=lambda one: ("critical", "warning", "not healthy", "no data", "healthy").index(one.state))
    data = {"rows": rows, "environment": environment, "environments": known, "providers": providers}
    return Shown("fleet.html", "Fleet", data | {"metrics": METRICS})


async def _rows(visit: Visit, environment: str) -> list[Row]:
    sources, catalogue, look = visit.services.sources, visit.services.catalogue, visit.look
    firing = await _asked(_firing(sources), "alerts")
    alerts = () if isinstance(firing, str) else firing

    async def row(name: str, service: Service) -> Row:
        release, charts = await asyncio.gather(
            _asked(_release(sources, name, environment), "the release"),
            asyncio.gather(*(_chart(sources, name, environment, one, look) for one in METRICS)),
        )
        own = tuple(one for one in alerts if one.service == name and one.environment == environment)
        return Row(name, service, release, tuple(charts), own)

    return list(await asyncio.gather(*(row(name, one) for name, one in catalogue.services.items())))


async def _chart(
    sources: Sources, service: str, environment: str, metric: tuple[str, Stat, str], look: Look
) -> Chart | str:
    name, stat, title = metric
    end = floor(look.now / STEP) * STEP
    found = await _asked(_series(sources, service, environment, name, stat, end), name)
    if isinstance(found, str):
        return found
    return drawn(f"{title} of {service}", [(one.at, one.value) for one in found.points], found.unit, look)


async def _asked(answer: Awaitable[T], what: str) -> T | str:
    """The fact, or why it could not be had."""
    try:
        async with asyncio.timeout(DEADLINE):
            return await answer
    except TimeoutError:
        return f"{what}: no answer within {DEADLINE:g} s"
    except CopilotError as err:
        return str(err)


async def _release(sources: Sources, service: str, environment: str) -> Release | str:
    if sources.deployments is None:
        return "no deployment back end is configured"
    return await sources.deployments.release(service, environment)


async def _series(
    sources: Sources, service: str, environment: str, metric: str, stat: Stat, end: float
) -> MetricSeries | str:
    if sources.metrics is None:
        return "no metrics back end is configured"
    return await sources.metrics.series(service, environment, metric, stat, end - WINDOW, end, STEP)


async def _firing(sources: Sources) -> Sequence[Alert]:
    return () if sources.alerts is None else await sources.alerts.firing()


async def _providers(sources: Sources) -> Sequence[ProviderStatus]:
    return () if sources.providers is None else await sources.providers.status()


PAGES = (Page("GET", "/fleet", show, "fleet"),)
