"""What people tell the demo company's monitoring: silences and alert rules of their own; and swaps of the rota."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import Field

from insight.facts import Stat
from integrations.actions import Action, Change, Context, Happened, Inputs, Output
from integrations.demo.acts import Target, where
from integrations.demo.company import Company
from integrations.demo.telemetry import statistics
from integrations.demo.world import World
from integrations.errors import Absent, Refused

#: the longest silence that an operator's word is enough for, and the longest of all, seconds
BRIEF = 3600.0
_LONGEST = 30 * 86_400.0


class Silence(Target):
    """`name` is the monitor's, all of the service unless said; `duration` is seconds from now."""

    name: str | None = Field(None, max_length=64)
    duration: float = Field(gt=0.0)
    reason: str = Field("", max_length=300)


class Unsilence(Inputs):
    silence: str = Field(min_length=1, max_length=32)


class CreateMonitor(Target):
    """Fires when `metric` was above (below) `threshold` for `lasting` seconds."""

    metric: str
    threshold: float
    stat: Stat | None = None
    above: bool = True
    lasting: float = Field(60.0, ge=15.0, le=3600.0)
    severity: Literal["critical", "warning"] = "warning"
    name: str | None = Field(None, pattern=r"^[\w.-]{1,64}$")


class DeleteMonitor(Inputs):
    monitor: str = Field(min_length=1, max_length=64)


class Override(Inputs):
    """`person` is on call for `team` from `start`, now unless said, to `end`: Unix seconds."""

    team: str
    person: str
    start: float | None = None
    end: float
    level: Literal[1, 2] = 1


class Silenced(Output):
    id: str
    service: str
    environment: str
    name: str | None
    start: float
    end: float


class MonitorState(Output):
    id: str
    name: str
    service: str
    environment: str
    metric: str
    threshold: float


class Overridden(Output):
    team: str
    person: str
    start: float
    end: float


class DemoWatching:
    """Raises Absent, Refused, StoreError."""

    def __init__(self, company: Company) -> None:
        self._company = company

    async def _at(self, context: Context, inputs: Target) -> tuple[World, str, str]:
        service, environment = where(context, inputs)
        world = await self._company.world()
        world.must_know(service, environment)
        return world, service, environment

    async def silence(self, context: Context, inputs: Silence) -> Silenced:
        if inputs.duration > BRIEF:
            raise Refused(
                f"A silence of {inputs.duration:g} s is longer than {BRIEF:g} s, so it needs approval: "
                f"run mute-alerts, or silence it for an hour at most."
            )
        return await self._silence(context, inputs)

    async def plan_mute(self, context: Context, inputs: Silence) -> Change:
        world, service, environment = await self._at(context, inputs)
        if inputs.duration > _LONGEST:
            raise Refused(f"{inputs.duration:g} s is longer than 30 days. Delete the alert rule instead.")
        which = inputs.name or "every alert"
        muted = self._muted(world, service, environment, inputs.name)
        words = f"{which} of {service} in {environment} pages nobody for {inputs.duration / 3600.0:g} h"
        return Change({"muted": muted}, {"muted": muted + 1}, (service,), words)

    def _muted(self, world: World, service: str, environment: str, name: str | None) -> int:
        """How many silences of just this there ever were."""
        wanted = (service, environment, name)
        silences = world.watch.silences.values()
        return sum((one.service, one.environment, one.name) == wanted for one in silences)

    async def mute(self, context: Context, inputs: Silence) -> Silenced:
        await self.plan_mute(context, inputs)
        return await self._silence(context, inputs)

    async def muted(self, context: Context, inputs: Silence, before: Mapping[str, Any]) -> Happened:
        world, service, environment = await self._at(context, inputs)
        return "yes" if self._muted(world, service, environment, inputs.name) > before["muted"] else "no"

    async def _silence(self, context: Context, inputs: Silence) -> Silenced:
        _, service, environment = await self._at(context, inputs)
        now = self._company.clock.now()
        data = {
            "service": service, "environment": environment, "name": inputs.name, "start": now,
            "end": now + inputs.duration, "by": context.requester, "reason": inputs.reason,
        }  # fmt: skip
        world = await self._company.act("alerts.silenced", context.key, data)
        one = world.watch.silences[world.watch.of_key[context.key]]
        return Silenced.model_validate({name: getattr(one, name) for name in Silenced.model_fields})

    async def unsilence(self, context: Context, inputs: Unsilence) -> Silenced:
        world, now = await self._company.world(), self._company.clock.now()
        name = inputs.silence.strip().casefold()
        if context.key not in world.acts:
            name = world.watch.silence(name, now).id
        world = await self._company.act(
            "alerts.unsilenced", context.key, {"silence": name, "by": context.requester}
        )
        one = world.watch.silences[name]
        return Silenced.model_validate({key: getattr(one, key) for key in Silenced.model_fields})

    async def create(self, context: Context, inputs: CreateMonitor) -> MonitorState:
        world, service, environment = await self._at(context, inputs)
        known = self._company.telemetry.metrics(service)
        if inputs.metric not in known:
            raise Absent(f"{service} has no metric {inputs.metric!r}. It has: {', '.join(known)}.")
        stat = inputs.stat or ("p95" if inputs.metric in ("latency", "ttft") else "mean")
        if stat not in statistics(inputs.metric):
            raise Absent(
                f"{inputs.metric} has no statistic {stat!r}. It has: {', '.join(statistics(inputs.metric))}."
            )
        side = "Above" if inputs.above else "Below"
        data = {
            "service": service, "environment": environment, "metric": inputs.metric, "stat": stat,
            "above": inputs.above, "threshold": inputs.threshold, "lasting": inputs.lasting,
            "severity": inputs.severity, "name": inputs.name or f"{_camel(inputs.metric)}{side}",
            "by": context.requester,
        }  # fmt: skip
        world = await self._company.act("monitor.created", context.key, data)
        return self._made(world, world.watch.of_key[context.key])

    async def delete(self, context: Context, inputs: DeleteMonitor) -> MonitorState:
        world = await self._company.world()
        if context.key in world.acts:
            await self._company.act("monitor.deleted", context.key, {})
            return MonitorState.model_validate(world.acts[context.key].data["was"])
        own = world.watch.monitors
        wanted = inputs.monitor.strip().casefold()
        found = [one for name, (_, one) in own.items() if wanted in (name, one.name.casefold())]
        if len(found) != 1:
            known = ", ".join(f"{name} ({one.name})" for name, (_, one) in own.items()) or "none"
            what = "is more than one rule" if found else "is no rule that people made here"
            raise Absent(f"{inputs.monitor!r} {what}. Made here: {known}. Others can be silenced.")
        state = self._made(world, found[0].id)
        data = {"monitor": found[0].id, "was": state.model_dump(), "by": context.requester}
        await self._company.act("monitor.deleted", context.key, data)
        return state

    def _made(self, world: World, name: str) -> MonitorState:
        _, one = world.watch.monitors[name]
        return MonitorState.model_validate({key: getattr(one, key) for key in MonitorState.model_fields})

    async def override(self, context: Context, inputs: Override) -> Overridden:
        world, now = await self._company.world(), self._company.clock.now()
        world.rota.must_know(inputs.team)
        if self._company.people.get(inputs.person) is None:
            known = ", ".join(self._company.people.by_id)
            raise Absent(f"There is no person {inputs.person!r}. There are: {known}.")
        start = now if inputs.start is None else inputs.start
        if inputs.end <= start:
            raise Refused("The end of the shift is not after its start. Give a later end.")
        data = {
            "team": inputs.team, "person": inputs.person, "start": start, "end": inputs.end,
            "level": inputs.level, "by": context.requester,
        }  # fmt: skip
        world = await self._company.act("rota.override", context.key, data)
        done = world.acts[context.key].data
        return Overridden.model_validate({key: done[key] for key in Overridden.model_fields})


def _camel(metric: str) -> str:
    return "".join(part.capitalize() for part in metric.split("_"))


def watching_actions(company: Company) -> tuple[Action, ...]:
    do = DemoWatching(company)
    return (
        Action(
            "alerts.silence", "record", "let alerts page nobody for an hour at most", Silence, Silenced,
            do.silence, idempotent=True,
        ),
        Action(
            "alerts.mute", "write", "let alerts page nobody for longer than an hour", Silence, Silenced,
            do.mute, idempotent=True, plan=do.plan_mute, happened=do.muted,
        ),
        Action(
            "alerts.unsilence", "record", "end a silence", Unsilence, Silenced, do.unsilence, idempotent=True
        ),
        Action(
            "alerts.create", "record", "make an alert rule", CreateMonitor, MonitorState, do.create,
            idempotent=True,
        ),
        Action(
            "alerts.delete", "record", "delete an alert rule that people made here", DeleteMonitor,
            MonitorState, do.delete, idempotent=True,
        ),
        Action(
            "oncall.override", "record", "put somebody else on call for a while", Override, Overridden,
            do.override, idempotent=True,
        ),
    )  # fmt: skip
