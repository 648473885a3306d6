"""Read actions over what carries the services: replicas, nodes, certificates; and over what people changed."""

from __future__ import annotations

from pydantic import Field

from integrations.actions import Action, Context, Inputs, Output
from integrations.errors import Absent
from integrations.ports import Capacities, Clusters, Deployments, Sources


class One(Inputs):
    """`environment` is that of the run unless said."""

    service: str
    environment: str | None = None


class Nodes(Inputs):
    """Nodes that `service` runs on, or the one of that name; all unless said."""

    service: str | None = None
    node: str | None = None
    environment: str | None = None


class Window(Inputs):
    """`window` is how many seconds back from now."""

    service: str | None = None
    environment: str | None = None
    window: float = Field(3600.0, ge=60.0, le=30 * 86_400.0)


class CapacityNow(Output):
    """`per_replica` is requests/s, `monthly_cost` USD of one replica."""

    service: str
    environment: str
    replicas: int
    minimum: int
    maximum: int
    per_replica: float
    monthly_cost: float
    accelerator: str | None


class NodeNow(Output):
    """`jobs` are what runs there and is none of our services; `busiest` is the job that uses most, None without one."""

    name: str
    accelerator: str | None
    cordoned: bool
    services: tuple[str, ...]
    jobs: tuple[str, ...]
    busiest: str | None
    busiest_share: float


class NodeList(Output):
    count: int
    nodes: tuple[NodeNow, ...]


class CertificateNow(Output):
    """`days_left` is below 0 once it has expired; `expires_at` is Unix seconds."""

    service: str
    environment: str
    subject: str
    expires_at: float
    days_left: float
    expired: bool


class ChangeNow(Output):
    id: str
    kind: str
    service: str
    at: float
    by: str
    summary: str


class ChangeList(Output):
    """`summary` is all of them in one line."""

    count: int
    changes: tuple[ChangeNow, ...]
    summary: str


def hosting_reads(sources: Sources) -> tuple[Action, ...]:
    """Of each port that is set up. They raise IntegrationError."""
    found = []
    if sources.capacities is not None:
        found.append(_capacity(sources.capacities))
    if sources.clusters is not None:
        found += [_nodes(sources.clusters), _certificate(sources.clusters)]
    if sources.deployments is not None:
        found.append(_changes(sources.deployments))
    return tuple(found)


def _capacity(capacities: Capacities) -> Action:
    async def run(context: Context, inputs: One) -> CapacityNow:
        environment = inputs.environment or context.environment
        for one in await capacities.capacity(environment):
            if one.service == inputs.service:
                return CapacityNow.model_validate(
                    {name: getattr(one, name) for name in CapacityNow.model_fields}
                )
        raise Absent(f"{inputs.service} has no replicas in {environment}. Check the service's name.")

    words = "how many replicas a service has and may have, and what one costs"
    return Action("capacity.status", "read", words, One, CapacityNow, run, idempotent=True)


def _nodes(clusters: Clusters) -> Action:
    async def run(context: Context, inputs: Nodes) -> NodeList:
        found = []
        for node in await clusters.nodes(inputs.environment or context.environment):
            services = tuple(one.name for one in node.tenants if one.kind == "service")
            jobs = sorted((one for one in node.tenants if one.kind == "job"), key=lambda one: -one.share)
            if inputs.node not in (None, node.name) or (inputs.service and inputs.service not in services):
                continue
            busiest = jobs[0] if jobs else None
            found.append(
                NodeNow(
                    name=node.name,
                    accelerator=node.accelerator,
                    cordoned=node.cordoned,
                    services=services,
                    jobs=tuple(one.name for one in jobs),
                    busiest=busiest.name if busiest else None,
                    busiest_share=busiest.share if busiest else 0.0,
                )
            )
        return NodeList(count=len(found), nodes=tuple(found))

    words = "which nodes there are, and which services and jobs share them"
    return Action("nodes.list", "read", words, Nodes, NodeList, run, idempotent=True)


def _certificate(clusters: Clusters) -> Action:
    async def run(context: Context, inputs: One) -> CertificateNow:
        environment = inputs.environment or context.environment
        for one in await clusters.certificates(environment):
            if one.service == inputs.service:
                return CertificateNow(
                    service=one.service,
                    environment=one.environment,
                    subject=one.subject,
                    expires_at=one.expires_at,
                    days_left=round((one.expires_at - context.at) / 86_400.0, 2),
                    expired=one.expires_at <= context.at,
                )
        raise Absent(f"{inputs.service} shows no certificate in {environment}. Check the service's name.")

    words = "when the certificate of a service expires"
    return Action("certificates.status", "read", words, One, CertificateNow, run, idempotent=True)


def _changes(deployments: Deployments) -> Action:
    async def run(context: Context, inputs: Window) -> ChangeList:
        environment = inputs.environment or context.environment
        told = await deployments.changes(context.at - inputs.window, context.at, environment)
        changes = tuple(
            ChangeNow(
                id=one.id, kind=one.kind, service=one.service, at=one.at, by=one.by, summary=one.summary
            )
            for one in told
            if inputs.service in (None, one.service)
        )
        words = "; ".join(f"{one.summary} ({one.by})" for one in changes) or "nothing"
        return ChangeList(count=len(changes), changes=changes, summary=words)

    words = "what people deployed and set lately"
    return Action("deployments.changes", "read", words, Window, ChangeList, run, idempotent=True)
