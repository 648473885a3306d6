"""How services of the demo company are run: replicas, limits, caches, indexes, warm-ups. Every act is an event."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import Field

from integrations.actions import Action, Change, Context, Happened, Output
from integrations.demo import prices
from integrations.demo.acts import Acts, Target, found
from integrations.demo.chores import WORDS
from integrations.demo.company import Company
from integrations.demo.limits import Limit
from integrations.demo.world import World
from integrations.errors import Refused

_DATABASES = ("vector", "database", "index", "-db")


class Scale(Target):
    replicas: int = Field(ge=0, le=1000)


class SetLimit(Target):
    name: str = Field(min_length=1, max_length=40)
    value: float = Field(allow_inf_nan=False)


class Warmup(Target):
    """`requests` are sent to every replica before it counts as warm."""

    requests: int = Field(50, ge=1, le=1000)


class Scaled(Output):
    service: str
    environment: str
    replicas: int
    previous: int


class LimitValue(Output):
    """`previous` is what it was before this change, None where nothing was changed."""

    service: str
    environment: str
    name: str
    value: float
    previous: float | None = None


class LimitsNow(Output):
    """`limits` is name → value, `units` name → what the value counts."""

    service: str
    environment: str
    limits: dict[str, float]
    units: dict[str, str]


class Done(Output):
    """`count` is how often it was done so far."""

    service: str
    environment: str
    count: int


class DemoOperating(Acts):
    """Raises Absent, Refused, StoreError."""

    async def plan_scale(self, context: Context, inputs: Scale) -> Change:
        world, service, environment, _ = await self.at(context, inputs)
        before = world.fleet.wanted((service, environment))
        least, most = world.fleet.bounds((service, environment))
        if not least <= inputs.replicas <= most:
            raise Refused(
                f"{service} in {environment} may have {least} to {most} replicas; {inputs.replicas} is outside. "
                f"It has {before}."
            )
        each = prices.replica(self.company.seed, service, world.catalogue.services[service])
        words = f"{service} in {environment}: {before} → {inputs.replicas} replicas"
        cost = round((inputs.replicas - before) * each, 2)
        return Change({"replicas": before}, {"replicas": inputs.replicas}, (service,), words, cost or None)

    async def scale(self, context: Context, inputs: Scale) -> Scaled:
        world, service, environment, _ = await self.at(context, inputs)
        if context.key in world.acts:
            before = int(world.acts[context.key].data["previous"])
        else:
            before = int((await self.plan_scale(context, inputs)).before["replicas"])
        where = {"service": service, "environment": environment}
        await self.act("scale", context, **where, replicas=inputs.replicas, previous=before)
        return Scaled(**where, replicas=inputs.replicas, previous=before)

    async def scaled(self, context: Context, inputs: Scale, before: Mapping[str, Any]) -> Happened:
        world, service, environment, _ = await self.at(context, inputs)
        now = {"replicas": world.fleet.wanted((service, environment))}
        return found(now, before, {"replicas": inputs.replicas})

    async def limits(self, context: Context, inputs: Target) -> LimitsNow:
        world, service, environment, _ = await self.at(context, inputs)
        known = list(world.limits.of(service))
        return LimitsNow(
            service=service,
            environment=environment,
            limits={one.name: world.limits.value((service, environment), one.name) for one in known},
            units={one.name: one.unit for one in known},
        )

    async def plan_limit(self, context: Context, inputs: SetLimit) -> Change:
        world, service, environment, _ = await self.at(context, inputs)
        one = _limit(world, service, inputs.name)
        if not one.low <= inputs.value <= one.high:
            raise Refused(
                f"{one.name} is {one.low:g} to {one.high:g} {one.unit}; {inputs.value:g} is outside."
            )
        before = world.limits.value((service, environment), one.name)
        words = f"{one.name} of {service} in {environment}: {before:g} → {inputs.value:g} {one.unit}"
        return Change({one.name: _whole(before)}, {one.name: _whole(inputs.value)}, (service,), words)

    async def set_limit(self, context: Context, inputs: SetLimit) -> LimitValue:
        world, service, environment, _ = await self.at(context, inputs)
        if context.key in world.acts:
            before = float(world.acts[context.key].data["previous"])
        else:
            before = float((await self.plan_limit(context, inputs)).before[inputs.name])
        told = {"service": service, "environment": environment, "name": inputs.name, "value": inputs.value}
        await self.act("limit.set", context, **told, previous=before)
        return LimitValue.model_validate({**told, "previous": before})

    async def limit_set(self, context: Context, inputs: SetLimit, before: Mapping[str, Any]) -> Happened:
        world, service, environment, _ = await self.at(context, inputs)
        now = {inputs.name: world.limits.value((service, environment), inputs.name)}
        return found(now, before, {inputs.name: inputs.value})

    def chore(self, name: str, kind: str, summary: str, verb: str, model: type[Target] = Target) -> Action:
        """An act that can be done again and again, counted by service."""
        counted = WORDS[kind].replace(" ", "_")

        async def plan(context: Context, inputs: Target) -> Change:
            world, service, environment, _ = await self.at(context, inputs)
            _must_suit(world, kind, service)
            count = world.chores.count(kind, (service, environment))
            words = verb.format(service=service, environment=environment)
            return Change({counted: count}, {counted: count + 1}, (service,), words)

        async def run(context: Context, inputs: Target) -> Done:
            world, service, environment, _ = await self.at(context, inputs)
            _must_suit(world, kind, service)
            extra = inputs.model_dump(exclude={"service", "environment"})
            await self.act(kind, context, service=service, environment=environment, **extra)
            count = world.chores.count(kind, (service, environment))
            return Done(service=service, environment=environment, count=count)

        async def happened(context: Context, inputs: Target, before: Mapping[str, Any]) -> Happened:
            world, service, environment, _ = await self.at(context, inputs)
            return "yes" if world.chores.count(kind, (service, environment)) > before[counted] else "no"

        return Action(name, "write", summary, model, Done, run, timeout=300.0, plan=plan, happened=happened)


def _whole(value: float) -> int | float:
    return int(value) if float(value).is_integer() else value


def _limit(world: World, service: str, name: str) -> Limit:
    known = {one.name: one for one in world.limits.of(service)}
    if name not in known:
        raise Refused(f"{service} has no limit {name!r}. It has: {', '.join(known)}.")
    return known[name]


def _must_suit(world: World, kind: str, service: str) -> None:
    """Raises Refused for a service that has nothing to rebuild or to warm up."""
    one = world.catalogue.services[service]
    if kind == "warmed" and not (one.gpu or one.models or one.provider):
        raise Refused(f"{service} answers with no model and has no GPU: there is nothing to warm up.")
    if kind == "index.rebuilt" and service not in (kept := _indexed(world)):
        raise Refused(f"{service} keeps no index of its own. These do: {', '.join(kept)}.")


def _indexed(world: World) -> list[str]:
    """Services that are databases by their name or aliases; every service where none is."""
    services = world.catalogue.services
    named = {name: " ".join((name, *one.aliases)).casefold() for name, one in services.items()}
    found = [name for name, words in named.items() if any(part in words for part in _DATABASES)]
    return found or list(services)


def operating_actions(company: Company) -> tuple[Action, ...]:
    do = DemoOperating(company)
    return (
        Action(
            "services.scale", "write", "change how many replicas a service has", Scale, Scaled, do.scale,
            timeout=120.0, plan=do.plan_scale, happened=do.scaled,
        ),
        Action("limits.status", "read", "which limits bind a service", Target, LimitsNow, do.limits),
        Action(
            "limits.set", "write", "set a limit of a service: context, tokens, dollars a day, concurrency",
            SetLimit, LimitValue, do.set_limit, timeout=120.0, plan=do.plan_limit, happened=do.limit_set,
        ),
        do.chore(
            "cache.flush", "cache.flushed", "empty the cache of a service",
            "empty the cache of {service} in {environment}; it fills again from requests",
        ),
        do.chore(
            "index.rebuild", "index.rebuilt", "build the index of a database anew beside the old one",
            "build the index of {service} in {environment} anew, then switch to it",
        ),
        do.chore(
            "warmup.run", "warmed", "send requests to every replica until it is warm",
            "send requests to every replica of {service} in {environment} until it is warm", Warmup,
        ),
    )  # fmt: skip
