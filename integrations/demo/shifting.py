"""What answers the requests of a service of the demo company: canaries, models with their parameters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import numpy as np
from pydantic import BeforeValidator, Field

from integrations.actions import Action, Change, Context, Happened, Output
from integrations.demo.acts import Acts, Target, found
from integrations.demo.company import Company
from integrations.demo.effects import canary_strength
from integrations.demo.harm import BAD_RELEASE
from integrations.demo.prices import HOURS, billed
from integrations.demo.prompts import speaking
from integrations.demo.releases import Key
from integrations.demo.variants import PARAMS, Number, Variant, told, written
from integrations.demo.world import World
from integrations.errors import Refused

_BUILDS = 6


class Shift(Target):
    """`percent` of the requests go to `version`; 0 ends the canary."""

    version: str = Field(min_length=1, max_length=64)
    percent: float = Field(ge=0, le=100)


def read_params(given: object) -> object:
    """`temperature=0.2 max_tokens=512` as a mapping; anything else as it is. Raises ValueError."""
    if not isinstance(given, str):
        return given
    words = given.replace(",", " ").split()
    pairs = [word.partition("=") for word in words]
    wrong = [
        word for word, (name, sign, value) in zip(words, pairs, strict=True) if not (name and sign and value)
    ]
    if wrong:
        raise ValueError(f"{wrong[0]!r} is not name=value, such as temperature=0.2")
    return {name: value for name, _, value in pairs}


class DeployModel(Target):
    """`params` is a mapping or `name=value name=value`; those that are not said stay as they are."""

    model: str = Field(min_length=1, max_length=64)
    version: str | None = Field(None, max_length=64)
    params: Annotated[dict[str, Number], BeforeValidator(read_params)] = Field(default_factory=dict)


class CanaryState(Output):
    """`version` and `percent` of the canary (None, 0 without one) beside the stable release; rates are 0 to 1."""

    service: str
    environment: str
    stable: str
    version: str | None
    percent: float
    error_rate: float | None
    stable_error_rate: float
    builds: tuple[str, ...]


class ModelState(Output):
    """`params` are all parameters with their values; `models` are those that the service may serve."""

    service: str
    environment: str
    model: str
    version: str | None
    params: dict[str, float]
    models: tuple[str, ...]


class DemoShifting(Acts):
    """Raises Absent, Refused, StoreError."""

    async def canary(self, context: Context, inputs: Target) -> CanaryState:
        world, service, environment, now = await self.at(context, inputs)
        key = (service, environment)
        version, percent = world.canaries.wanted(key)
        stable = world.releases.desired(service, environment, now)
        failed = self._failed(key, now)
        worse = 0.0
        if version is not None and (service, version) in world.releases.bad:
            worse = BAD_RELEASE.own.errors * canary_strength(self.company.seed, version)
        healthy = max(0.0, failed - worse * percent / 100.0)
        return CanaryState(
            service=service,
            environment=environment,
            stable=stable,
            version=version,
            percent=percent,
            error_rate=None if version is None else round(healthy + worse, 5),
            stable_error_rate=round(healthy, 5),
            builds=tuple(one for one in world.releases.builds(service, now) if one != stable)[:_BUILDS],
        )

    def _failed(self, key: Key, now: float) -> float:
        """The part of requests that failed in the last minute, whoever answered them."""
        times = now - np.arange(0.0, 60.0, 15.0)
        return float(self.company.telemetry.values(key, "error_rate", "mean", times).mean())

    async def plan_shift(self, context: Context, inputs: Shift) -> Change:
        world, service, environment, now = await self.at(context, inputs)
        before = told(*world.canaries.wanted((service, environment)))
        builds = world.releases.builds(service, now)
        if inputs.version not in builds:
            newest = ", ".join(builds[:_BUILDS])
            raise Refused(f"There is no build {inputs.version} of {service}. The newest: {newest}.")
        if inputs.percent and inputs.version == world.releases.desired(service, environment, now):
            raise Refused(
                f"{service} in {environment} runs {inputs.version} already: it cannot be its canary."
            )
        after = told(inputs.version, inputs.percent)
        return Change(
            {"canary": before}, {"canary": after}, (service,),
            f"canary of {service} in {environment}: {before} → {after}",
        )  # fmt: skip

    async def shift(self, context: Context, inputs: Shift) -> CanaryState:
        world, service, environment, _ = await self.at(context, inputs)
        if context.key not in world.acts:
            await self.plan_shift(context, inputs)
        where = {"service": service, "environment": environment}
        await self.act("canary", context, **where, version=inputs.version, percent=inputs.percent)
        return await self.canary(context, Target(**where))

    async def shifted(self, context: Context, inputs: Shift, before: Mapping[str, Any]) -> Happened:
        world, service, environment, _ = await self.at(context, inputs)
        now = {"canary": told(*world.canaries.wanted((service, environment)))}
        return found(now, before, {"canary": told(inputs.version, inputs.percent)})

    async def model(self, context: Context, inputs: Target) -> ModelState:
        world, service, environment, _ = await self.at(context, inputs)
        must_speak(world, service)
        now = world.variants.wanted((service, environment))
        return ModelState(
            service=service,
            environment=environment,
            model=now.model,
            version=now.version,
            params={name: float(value) for name, value in now.params.items()},
            models=world.catalogue.models,
        )

    def _wanted(self, world: World, key: Key, inputs: DeployModel) -> Variant:
        """What the service would answer with. Raises Refused."""
        if inputs.model not in world.catalogue.models:
            raise Refused(
                f"There is no model {inputs.model!r}. There are: {', '.join(world.catalogue.models)}."
            )
        for name, value in inputs.params.items():
            one = PARAMS.get(name)
            if one is None:
                raise Refused(f"There is no parameter {name!r}. There are: {', '.join(PARAMS)}.")
            if not one.low <= value <= one.high:
                raise Refused(f"{name} is {one.low:g} to {one.high:g}; {value:g} is outside.")
        now = world.variants.wanted(key)
        return Variant(inputs.model, {**now.params, **inputs.params}, inputs.version)

    async def plan_model(self, context: Context, inputs: DeployModel) -> Change:
        world, service, environment, now = await self.at(context, inputs)
        must_speak(world, service)
        key = (service, environment)
        before, after = world.variants.wanted(key), self._wanted(world, key, inputs)
        return Change(
            {"model": written(before)}, {"model": written(after)}, (service,),
            f"model of {service} in {environment}: {written(before)} → {written(after)}",
            self._cost(world, key, after, now),
        )  # fmt: skip

    def _cost(self, world: World, key: Key, after: Variant, now: float) -> float | None:
        """USD a month more at usual load, by the price of the tokens; None where it stays the same."""
        profile, one = self.company.telemetry.profile(key), world.catalogue.services[key[0]]
        was = float(self.company.telemetry.spent(key, np.array([now]))[0])
        monthly = (profile.throughput * profile.tokens * 3600.0 * billed(one, after.model) - was) * HOURS
        return round(monthly, 2) or None

    async def deploy_model(self, context: Context, inputs: DeployModel) -> ModelState:
        world, service, environment, _ = await self.at(context, inputs)
        must_speak(world, service)
        wanted = self._wanted(world, (service, environment), inputs)
        where = {"service": service, "environment": environment}
        params = dict(wanted.params)
        await self.act(
            "model.deployed", context, **where, model=wanted.model, version=wanted.version, params=params
        )
        return await self.model(context, Target(**where))

    async def model_deployed(
        self, context: Context, inputs: DeployModel, before: Mapping[str, Any]
    ) -> Happened:
        world, service, environment, _ = await self.at(context, inputs)
        key = (service, environment)
        now = {"model": written(world.variants.wanted(key))}
        return found(now, before, {"model": written(self._wanted(world, key, inputs))})


def must_speak(world: World, service: str) -> None:
    known = speaking(world.catalogue)
    if service not in known:
        raise Refused(f"{service} answers with no model. These do: {', '.join(known) or 'none'}.")


def shifting_actions(company: Company) -> tuple[Action, ...]:
    do = DemoShifting(company)
    return (
        Action(
            "canary.status", "read", "which canary runs beside a release, and how both do", Target,
            CanaryState, do.canary,
        ),
        Action(
            "traffic.shift", "write", "send a part of a service's requests to a canary, or none",
            Shift, CanaryState, do.shift, timeout=120.0, plan=do.plan_shift, happened=do.shifted,
        ),
        Action(
            "models.status", "read", "which model with which parameters a service answers with", Target,
            ModelState, do.model,
        ),
        Action(
            "models.deploy", "write", "let a service answer with a model and its parameters",
            DeployModel, ModelState, do.deploy_model, timeout=300.0, plan=do.plan_model,
            happened=do.model_deployed,
        ),
    )  # fmt: skip
