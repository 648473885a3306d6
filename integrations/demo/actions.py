"""What can be done to the demo company. Every act is an event; the same key acts once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import Field

from integrations.actions import Action, Change, Context, Happened, Output
from integrations.demo.acts import Acts, Target
from integrations.demo.company import Company
from integrations.errors import Refused


class Rollback(Target):
    to: str = Field(min_length=1, max_length=64)


class Version(Target):
    version: str = Field(min_length=1, max_length=64)


class Failover(Target):
    to: str = Field(min_length=1, max_length=64)


class Deployed(Output):
    service: str
    environment: str
    version: str
    previous: str


class Restarted(Output):
    service: str
    environment: str
    generation: int


class Routed(Output):
    service: str
    environment: str
    provider: str
    fallbacks: tuple[str, ...]


class DemoActions(Acts):
    """Releases, restarts and routing. Raises Absent, Refused, StoreError."""

    async def plan_version(self, context: Context, inputs: Target) -> Change:
        world, service, environment, now = await self.at(context, inputs)
        to = _wanted(inputs)
        before = world.releases.desired(service, environment, now)
        if isinstance(inputs, Rollback) and to not in world.releases.ran(service, environment, now):
            ran = ", ".join(world.releases.ran(service, environment, now)[:6])
            raise Refused(f"{service} never ran {to} in {environment}. It ran: {ran}.")
        builds = world.releases.builds(service, now)
        if to not in builds:
            raise Refused(f"There is no build {to} of {service}. The newest: {', '.join(builds[:6])}.")
        summary = f"{service} in {environment}: {before} → {to}"
        return Change({"version": before}, {"version": to}, (service,), summary)

    async def deploy(self, context: Context, inputs: Target) -> Deployed:
        world, service, environment, _ = await self.at(context, inputs)
        to, back = _wanted(inputs), isinstance(inputs, Rollback)
        if context.key in world.acts:
            before = world.acts[context.key].data["previous"]
        else:
            before = (await self.plan_version(context, inputs)).before["version"]
        await self.act(
            "deployment",
            context,
            service=service,
            environment=environment,
            version=to,
            previous=before,
            back=back,
        )
        return Deployed(service=service, environment=environment, version=to, previous=before)

    async def version_is(self, context: Context, inputs: Target, before: Mapping[str, Any]) -> Happened:
        world, service, environment, now = await self.at(context, inputs)
        now_wanted = world.releases.desired(service, environment, now)
        if now_wanted == _wanted(inputs):
            return "yes"
        return "no" if now_wanted == before.get("version") else "cannot tell"

    async def plan_restart(self, context: Context, inputs: Target) -> Change:
        world, service, environment, _ = await self.at(context, inputs)
        generation = len(world.restarts.get((service, environment), []))
        summary = f"restart {service} in {environment}, one replica after the other"
        return Change({"generation": generation}, {"generation": generation + 1}, (service,), summary)

    async def restart(self, context: Context, inputs: Target) -> Restarted:
        _, service, environment, _ = await self.at(context, inputs)
        world = await self.act("restart", context, service=service, environment=environment)
        generation = len(world.restarts[service, environment])
        return Restarted(service=service, environment=environment, generation=generation)

    async def restarted(self, context: Context, inputs: Target, before: Mapping[str, Any]) -> Happened:
        world, service, environment, _ = await self.at(context, inputs)
        return "yes" if len(world.restarts.get((service, environment), [])) > before["generation"] else "no"

    async def routing(self, context: Context, inputs: Target) -> Routed:
        world, service, environment, _ = await self.at(context, inputs)
        provider = world.routed(service, environment)
        fallbacks = tuple(name for name in world.catalogue.providers if name != provider)
        return Routed(service=service, environment=environment, provider=provider, fallbacks=fallbacks)

    async def plan_failover(self, context: Context, inputs: Failover) -> Change:
        world, service, environment, _ = await self.at(context, inputs)
        before = world.routed(service, environment)
        if inputs.to not in world.catalogue.providers:
            known = ", ".join(world.catalogue.providers)
            raise Refused(f"There is no provider {inputs.to!r}. There are: {known}.")
        summary = f"requests of {service} in {environment} go to {inputs.to} instead of {before}"
        return Change({"provider": before}, {"provider": inputs.to}, (service,), summary)

    async def fail_over(self, context: Context, inputs: Failover) -> Routed:
        _, service, environment, _ = await self.at(context, inputs)
        await self.plan_failover(context, inputs)
        await self.act("routing", context, service=service, environment=environment, provider=inputs.to)
        return await self.routing(context, Target(service=service, environment=environment))

    async def failed_over(self, context: Context, inputs: Failover, before: Mapping[str, Any]) -> Happened:
        world, service, environment, _ = await self.at(context, inputs)
        provider = world.routed(service, environment)
        if provider == inputs.to:
            return "yes"
        return "no" if provider == before.get("provider") else "cannot tell"


def _wanted(inputs: Target) -> str:
    return inputs.to if isinstance(inputs, Rollback) else str(getattr(inputs, "version", ""))


def demo_actions(company: Company) -> tuple[Action, ...]:
    do = DemoActions(company)
    return (
        Action(
            "deployments.rollback",
            "write",
            "put a service back on an earlier release",
            Rollback,
            Deployed,
            do.deploy,
            timeout=120.0,
            plan=do.plan_version,
            happened=do.version_is,
        ),
        Action(
            "deployments.release",
            "write",
            "release a build of a service",
            Version,
            Deployed,
            do.deploy,
            timeout=120.0,
            plan=do.plan_version,
            happened=do.version_is,
        ),
        Action(
            "services.restart",
            "write",
            "restart a service, one replica after the other",
            Target,
            Restarted,
            do.restart,
            timeout=120.0,
            plan=do.plan_restart,
            happened=do.restarted,
        ),
        Action("routing.status", "read", "which model provider a service calls", Target, Routed, do.routing),
        Action(
            "routing.failover",
            "write",
            "send the requests of a service to another model provider",
            Failover,
            Routed,
            do.fail_over,
            idempotent=True,
            timeout=120.0,
            plan=do.plan_failover,
            happened=do.failed_over,
        ),
    )
