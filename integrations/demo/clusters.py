"""Where the services of the demo company run: nodes and what shares them, certificates and when they expire."""

from __future__ import annotations

from config.catalogue import Catalogue
from insight.facts import Certificate, Node, Tenant
from integrations.demo.company import Company
from integrations.demo.history import DAY, EPOCH
from integrations.demo.noise import unit
from integrations.demo.releases import Key
from integrations.demo.world import World
from integrations.errors import Absent

#: services on one node that has no accelerator
_TOGETHER = 3
#: how often certificates are renewed, and how long each lasts, seconds
_RENEWED, _LASTS = 60 * DAY, 90 * DAY
#: the part of a node that a service uses, and a job that disturbs it
_SERVICE, _JOB = (0.12, 0.3), (0.55, 0.75)
#: a daemon that is on every node and disturbs nobody
_DAEMON = Tenant("log-shipper", "job", 0.02, EPOCH)


def placed(catalogue: Catalogue, environment: str) -> dict[str, tuple[str, ...]]:
    """Node → the services on it, as long as nobody drained one."""
    found: dict[str, tuple[str, ...]] = {}
    accelerated = [name for name, one in catalogue.services.items() if one.gpu]
    for number, service in enumerate(accelerated, start=1):
        found[f"gpu-{environment}-{number}"] = (service,)
    others = [name for name in catalogue.services if name not in accelerated]
    for number, start in enumerate(range(0, len(others), _TOGETHER), start=1):
        found[f"cpu-{environment}-{number}"] = tuple(others[start : start + _TOGETHER])
    return found


def spare(node: str) -> str:
    """Where what ran on a node goes when it is drained."""
    return f"{node.rsplit('-', 1)[0]}-spare"


def drained(world: World, node: str, environment: str, at: float) -> bool:
    away = False
    for act in world.troubles.acts:
        there = act.data.get("node") == node and act.data.get("environment") == environment
        if act.at <= at and there and act.kind in ("node.drained", "node.uncordoned"):
            away = act.kind == "node.drained"
    return away


def homes(world: World, environment: str, at: float) -> dict[str, str]:
    """Service → the node that it runs on."""
    found = {}
    for node, services in placed(world.catalogue, environment).items():
        now = spare(node) if drained(world, node, environment, at) else node
        found.update(dict.fromkeys(services, now))
    return found


def node_of(world: World, service: str, environment: str, at: float) -> str:
    """The node that a service runs on."""
    return homes(world, environment, at)[service]


def sharing(world: World, node: str, environment: str, at: float) -> tuple[str, ...]:
    """The services that run on a node."""
    return tuple(name for name, home in homes(world, environment, at).items() if home == node)


def expires_at(world: World, key: Key, at: float) -> float:
    """When the certificate that a service shows at `at` expires."""
    phase = _RENEWED * unit("certificate", *key)
    usual = EPOCH + phase + (at - EPOCH - phase) // _RENEWED * _RENEWED + _LASTS
    for trouble, _, span in world.troubles.at(key):
        ended = span.end is not None and span.end <= at
        if trouble.name == "expired-certificate" and trouble.start <= at and not ended:
            usual = float(trouble.data["expires_at"])
    for act in world.troubles.acts:
        renewed = act.kind == "certificate.renewed" and act.at <= at
        if renewed and (act.data["service"], act.data["environment"]) == key:
            usual = max(usual, float(act.data["expires_at"]))
    return usual


class DemoClusters:
    """Nodes and certificates. Raises Absent, StoreError."""

    def __init__(self, company: Company) -> None:
        self._company = company

    async def _world(self, environment: str) -> World:
        world = await self._company.seen()
        if environment not in world.catalogue.environments:
            known = ", ".join(world.catalogue.environments)
            raise Absent(f"There is no environment {environment!r}. There are: {known}.")
        return world

    async def nodes(self, environment: str) -> tuple[Node, ...]:
        world, now = await self._world(environment), self._company.clock.now()
        nodes = placed(world.catalogue, environment)
        names = [*nodes, *dict.fromkeys(spare(node) for node in nodes)]
        return tuple(self._node(world, name, environment, now) for name in names)

    def _node(self, world: World, node: str, environment: str, now: float) -> Node:
        seed = self._company.seed
        low, high = _SERVICE
        tenants = [
            Tenant(name, "service", round(low + (high - low) * unit(seed, "share", name), 3), EPOCH)
            for name in sharing(world, node, environment, now)
        ]
        low, high = _JOB
        for trouble, span in world.troubles.named("noisy-neighbour", environment):
            on = trouble.start <= now and (span.end is None or span.end > now)
            if on and trouble.data["node"] == node:
                share = round(low + (high - low) * unit(seed, "share", trouble.seq), 3)
                tenants.append(Tenant(trouble.data["job"], "job", share, trouble.start))
        accelerator = "A100 80 GB" if node.startswith("gpu-") else None
        cordoned = drained(world, node, environment, now)
        return Node(node, environment, accelerator, cordoned, (*tenants, _DAEMON))

    async def certificates(self, environment: str) -> tuple[Certificate, ...]:
        world, now = await self._world(environment), self._company.clock.now()
        return tuple(
            Certificate(
                name,
                environment,
                f"{name}.{environment}.internal",
                expires_at(world, (name, environment), now),
            )
            for name in world.catalogue.services
        )
