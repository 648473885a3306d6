"""The demo company seen through the ports of integrations/ports.py."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from itertools import islice
from typing import Any, Literal, TypeVar

import numpy as np

from insight.facts import (
    METRICS,
    Alert,
    Change,
    ErrorCount,
    Incident,
    IncidentEvent,
    LogLine,
    MetricSeries,
    Monitor,
    ProviderStatus,
    Release,
    Silence,
    Stat,
)
from integrations.demo import rules
from integrations.demo.alerts import EVERY, Monitors, in_order
from integrations.demo.blocks import LONGEST, on_grid, points
from integrations.demo.company import Company
from integrations.demo.history import EPOCH
from integrations.demo.history import KEPT as REACH
from integrations.demo.logs import KEPT, Logs
from integrations.demo.telemetry import SUMS
from integrations.demo.world import World
from integrations.errors import Absent, Refused

T = TypeVar("T")

#: the most points of one series
MOST = 20_000
#: how long a provider calls an outage "degraded" first, seconds
_ADMITS = 45.0
_REMEMBERED = 512


class DemoProvider:
    """Metrics, logs, deployments, alerts, providers and incidents. Raises Absent, Refused, StoreError."""

    def __init__(self, company: Company) -> None:
        self._company = company
        self._logs = Logs(company.telemetry, company.effects)
        self._monitors = Monitors(company.telemetry, company.effects)
        self._memo: OrderedDict[tuple[object, ...], Any] = OrderedDict()

    async def _world(self, service: str | None = None, environment: str | None = None) -> World:
        world = await self._company.seen()
        if service is not None:
            world.must_know(service, environment)
        return world

    async def series(
        self, service: str, environment: str, metric: str, stat: Stat, start: float, end: float, step: float
    ) -> MetricSeries:
        world = await self._world(service, environment)
        end = min(end, self._company.clock.now())
        count = max(0, int(np.ceil((end - start) / step))) if step > 0 else MOST + 1
        if count > MOST:
            raise Refused(
                f"A series has at most {MOST} points; {start:.0f} to {end:.0f} by {step:g} s has more."
            )
        return self._once(
            (world.seq, service, environment, metric, stat, start, count, step),
            lambda: self._measure(service, environment, metric, stat, start, count, step),
        )

    def _once(self, asked: tuple[object, ...], work: Callable[[], T]) -> T:
        """What `work` gave for the same question to the same state: all of it is a pure function of both."""
        if asked not in self._memo:
            self._memo[asked] = work()
            if len(self._memo) > _REMEMBERED:
                self._memo.popitem(last=False)
        known: T = self._memo[asked]
        return known

    def _measure(
        self, service: str, environment: str, metric: str, stat: Stat, start: float, count: int, step: float
    ) -> MetricSeries:
        key, telemetry = (service, environment), self._company.telemetry
        if stat != "sum" and count <= LONGEST and on_grid(start, step):
            found = telemetry.blocks.points((key, metric, stat, step), start, count)
        else:
            times = start + step * np.arange(count)
            values = telemetry.values(key, metric, stat, times)
            found = points(times, values * step if stat == "sum" else values)
        unit = SUMS[metric][0] if stat == "sum" else METRICS[metric]
        query = f'{stat}({metric}{{service="{service}",environment="{environment}"}})[{count * step:g}s:{step:g}s]'
        return MetricSeries(service, environment, metric, stat, unit, step, found, query)

    async def errors(
        self, service: str, environment: str, start: float, end: float
    ) -> tuple[ErrorCount, ...]:
        world = await self._world(service, environment)
        end = min(end, self._company.clock.now())

        def count() -> tuple[ErrorCount, ...]:
            counts = self._company.telemetry.error_counts((service, environment), start, end)
            ordered = sorted(counts.items(), key=lambda one: -one[1])
            return tuple(ErrorCount(service, environment, code, count) for code, count in ordered)

        return (
            self._once((world.seq, "errors", service, environment, start, end), count) if end > start else ()
        )

    async def search(
        self, service: str, environment: str, start: float, end: float, query: str = "", limit: int = 50
    ) -> tuple[LogLine, ...]:
        world = await self._world(service, environment)
        now = self._company.clock.now()
        start, end = max(start, now - KEPT), min(end, now)
        key, wanted = (service, environment), query.casefold()

        def find() -> tuple[LogLine, ...]:
            found = self._logs.lines(key, start, end)
            newest = list(islice((one for one in found if wanted in one.text.casefold()), max(0, limit)))
            return tuple(reversed(newest))

        return self._once((world.seq, "logs", service, environment, start, end, wanted, limit), find)

    async def release(self, service: str, environment: str) -> Release:
        world = await self._world(service, environment)
        now = self._company.clock.now()
        current = world.releases.current(service, environment, now)
        line = ((service, environment), "error_rate", "mean", EVERY)
        failing = self._company.telemetry.blocks.values(line, now // EVERY * EVERY, 1)
        return Release(
            service=service,
            environment=environment,
            current=current.version,
            previous=world.releases.previous(service, environment, now),
            since=current.at,
            replicas=world.fleet.replicas((service, environment), now),
            healthy=bool(failing[0] < 0.045)
            and world.releases.desired(service, environment, now) == current.version,
        )

    async def changes(self, start: float, end: float, environment: str | None = None) -> tuple[Change, ...]:
        world = await self._world()
        if environment is not None and environment not in world.catalogue.environments:
            known = ", ".join(world.catalogue.environments)
            raise Absent(f"There is no environment {environment!r}. There are: {known}.")
        return tuple(world.changes(start, min(end, self._company.clock.now()), environment))

    async def firing(self) -> tuple[Alert, ...]:
        world = await self._world()
        look = float(np.floor(self._company.clock.now() / EVERY) * EVERY)

        def find() -> tuple[Alert, ...]:
            found = [*self._monitors.firing(look)]
            for made_at, rule in world.watch.monitors.values():
                found += rules.firing(rule, made_at, self._company.telemetry, look)
            return tuple(sorted(found, key=in_order))

        return self._once((world.seq, "alerts", look), find)

    async def past(self, start: float, end: float) -> tuple[Alert, ...]:
        world = await self._world()
        now = self._company.clock.now()
        start, end, look = max(start, now - REACH), min(end, now), now // EVERY * EVERY
        found: list[Alert] = []
        for key in self._monitors.keys:
            found += self._monitors.past(key, start, end, look)
            await asyncio.sleep(0)
        for made_at, rule in world.watch.monitors.values():
            found += rules.alerts_of(rule, made_at, self._company.telemetry, start, end, look)
        return tuple(sorted(found, key=in_order))

    async def monitors(self) -> tuple[Monitor, ...]:
        world = await self._world()
        made = (rule for _, rule in world.watch.monitors.values())
        return (*self._once(("monitors",), lambda: tuple(rules.founded_with(self._monitors))), *made)

    async def silences(self) -> tuple[Silence, ...]:
        world, now = await self._world(), self._company.clock.now()
        return tuple(one for one in world.watch.silences.values() if one.end > now)

    async def status(self) -> tuple[ProviderStatus, ...]:
        world = await self._world()
        now = self._company.clock.now()
        return tuple(_status(world, provider, now) for provider in world.catalogue.providers)

    async def open_incidents(self) -> tuple[Incident, ...]:
        world = await self._world()
        return tuple(one for one in world.cases.by_id.values() if one.status != "resolved")

    async def incident(self, incident_id: str) -> Incident:
        return (await self._world()).cases.find(incident_id)

    async def past_incidents(self, start: float, end: float) -> tuple[Incident, ...]:
        world = await self._world()
        found = (one for one in world.cases.by_id.values() if start <= one.opened_at < end)
        return tuple(sorted(found, key=lambda one: one.opened_at))

    async def timeline(self, incident_id: str) -> tuple[IncidentEvent, ...]:
        return (await self._world()).cases.timeline(incident_id)


def _status(world: World, provider: str, now: float) -> ProviderStatus:
    environment = next(iter(world.catalogue.environments))
    used_by = tuple(
        name
        for name, one in world.catalogue.services.items()
        if one.provider and world.provider(name, environment, now) == provider
    )
    since, words = EPOCH, "All systems operational"
    state: Literal["operational", "degraded", "outage"] = "operational"
    for outage in (*world.degradations, *world.outages):
        if outage.provider != provider or outage.start > now:
            continue
        if outage.end is not None and outage.end <= now:
            since, state, words = outage.end, "operational", "Resolved: all systems operational"
        elif now - outage.start < _ADMITS:
            since, state, words = outage.start, "degraded", "We are looking into raised error rates"
        else:
            since, state, words = (
                outage.start,
                "outage",
                "Major outage: requests fail or wait long for a first token",
            )
    return ProviderStatus(provider, state, since, words, used_by)
