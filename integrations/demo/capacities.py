"""What the services of the demo company can bear, what they may spend, what they promise: facts about its fleet."""

from __future__ import annotations

from insight.facts import Capacity, Objective
from integrations.demo import prices
from integrations.demo.company import Company
from integrations.demo.fleet import Fleet
from integrations.demo.releases import Key
from integrations.demo.telemetry import BUSY, IDLE
from integrations.errors import Absent

_WINDOW = 30 * 86_400.0
#: user-facing services with at least this part of the traffic also promise to be quick
_QUICK = 0.15
_AVAILABLE, _IN_TIME = 0.995, 0.95


class DemoCapacities:
    """Replicas and what each bears. Raises Absent, StoreError.

    A service is saturated (1.0) at `replicas` x `per_replica` requests/s: saturation = 0.2 + 0.8 x the part of it used.
    """

    def __init__(self, company: Company) -> None:
        self._company = company

    async def capacity(self, environment: str) -> tuple[Capacity, ...]:
        world = await self._company.seen()
        if environment not in world.catalogue.environments:
            known = ", ".join(world.catalogue.environments)
            raise Absent(f"There is no environment {environment!r}. There are: {known}.")
        now = self._company.clock.now()
        return tuple(self._of(world.fleet, (name, environment), now) for name in world.catalogue.services)

    def _of(self, fleet: Fleet, key: Key, now: float) -> Capacity:
        service, environment = key
        one = self._company.catalogue.services[service]
        least, most = fleet.bounds(key)
        bears = self._company.telemetry.profile(key).throughput * (1.0 - IDLE) / BUSY
        return Capacity(
            service=service,
            environment=environment,
            replicas=fleet.replicas(key, now),
            minimum=least,
            maximum=most,
            per_replica=round(bears / prices.replicas(*key), 4),
            monthly_cost=prices.replica(self._company.seed, service, one),
            accelerator=prices.accelerator(self._company.seed, service, one),
        )


class DemoObjectives:
    """The SLOs of the services that users see, in the first environment."""

    def __init__(self, company: Company) -> None:
        self._company = company

    async def objectives(self) -> tuple[Objective, ...]:
        catalogue = self._company.catalogue
        environment = next(iter(catalogue.environments))
        found = []
        for service in catalogue.user_facing:
            found.append(Objective(service, environment, "availability", _AVAILABLE, _WINDOW))
            if catalogue.services[service].traffic_share >= _QUICK:
                usual = self._company.telemetry.profile((service, environment)).latency
                threshold = -(-usual * 2.1 * 1.2 // 50) * 50.0
                found.append(Objective(service, environment, "latency", _IN_TIME, _WINDOW, threshold))
        return tuple(found)
