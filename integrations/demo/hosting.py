"""Where services of the demo company run: nodes are drained and taken back, certificates renewed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import Field

from integrations.actions import Action, Change, Context, Happened, Inputs, Output
from integrations.demo.acts import Acts, Target, found
from integrations.demo.clusters import drained, expires_at, placed, sharing
from integrations.demo.company import Company
from integrations.demo.history import DAY
from integrations.demo.hosts import day
from integrations.demo.world import World
from integrations.errors import Absent


class OneNode(Inputs):
    """`environment` is that of the run unless said."""

    node: str = Field(min_length=1, max_length=80)
    environment: str | None = None


class Renew(Target):
    """`days` is how long the new certificate lasts."""

    days: int = Field(90, ge=1, le=397)


class NodeState(Output):
    node: str
    environment: str
    cordoned: bool
    moved: tuple[str, ...]


class Renewed(Output):
    """`expires_at` is Unix seconds."""

    service: str
    environment: str
    expires_at: float


class DemoHosting(Acts):
    """Raises Absent, Refused, StoreError."""

    async def _node(self, context: Context, inputs: OneNode) -> tuple[World, str, tuple[str, ...]]:
        """The world, the environment, and the services whose home the node is."""
        world = await self.company.world()
        environment = inputs.environment or context.environment
        if environment not in world.catalogue.environments:
            known = ", ".join(world.catalogue.environments)
            raise Absent(f"There is no environment {environment!r}. There are: {known}.")
        homes = placed(world.catalogue, environment)
        if inputs.node not in homes:
            raise Absent(f"There is no node {inputs.node!r} in {environment}. There are: {', '.join(homes)}.")
        return world, environment, homes[inputs.node]

    async def plan_drain(self, context: Context, inputs: OneNode) -> Change:
        world, environment, _ = await self._node(context, inputs)
        moved = sharing(world, inputs.node, environment, float("inf"))
        names = ", ".join(moved) or "nothing"
        words = f"move {names} off {inputs.node} in {environment} and let nothing new onto it"
        before = drained(world, inputs.node, environment, float("inf"))
        return Change({"cordoned": before}, {"cordoned": True}, moved, words)

    async def plan_uncordon(self, context: Context, inputs: OneNode) -> Change:
        world, environment, home = await self._node(context, inputs)
        words = f"let services onto {inputs.node} in {environment} again: {', '.join(home)}"
        before = drained(world, inputs.node, environment, float("inf"))
        return Change({"cordoned": before}, {"cordoned": False}, home, words)

    async def drain(self, context: Context, inputs: OneNode) -> NodeState:
        return await self._cordon("node.drained", context, inputs, True)

    async def uncordon(self, context: Context, inputs: OneNode) -> NodeState:
        return await self._cordon("node.uncordoned", context, inputs, False)

    async def _cordon(self, kind: str, context: Context, inputs: OneNode, cordoned: bool) -> NodeState:
        _, environment, home = await self._node(context, inputs)
        await self.act(kind, context, node=inputs.node, environment=environment, services=list(home))
        return NodeState(node=inputs.node, environment=environment, cordoned=cordoned, moved=home)

    async def is_drained(self, context: Context, inputs: OneNode, before: Mapping[str, Any]) -> Happened:
        return await self._found(context, inputs, before, True)

    async def is_back(self, context: Context, inputs: OneNode, before: Mapping[str, Any]) -> Happened:
        return await self._found(context, inputs, before, False)

    async def _found(
        self, context: Context, inputs: OneNode, before: Mapping[str, Any], wanted: bool
    ) -> Happened:
        world, environment, _ = await self._node(context, inputs)
        now = {"cordoned": drained(world, inputs.node, environment, float("inf"))}
        return found(now, before, {"cordoned": wanted})

    async def plan_renew(self, context: Context, inputs: Renew) -> Change:
        world, service, environment, now = await self.at(context, inputs)
        before, after = expires_at(world, (service, environment), now), now + inputs.days * DAY
        words = f"a new certificate for {service} in {environment}, good until {day(after)}"
        return Change({"expires": day(before)}, {"expires": day(after)}, (service,), words)

    async def renew(self, context: Context, inputs: Renew) -> Renewed:
        world, service, environment, now = await self.at(context, inputs)
        until = now + inputs.days * DAY
        if context.key in world.acts:
            until = float(world.acts[context.key].data["expires_at"])
        where = {"service": service, "environment": environment}
        await self.act("certificate.renewed", context, **where, expires_at=until)
        return Renewed(service=service, environment=environment, expires_at=until)

    async def renewed(self, context: Context, inputs: Renew, before: Mapping[str, Any]) -> Happened:
        world, service, environment, _ = await self.at(context, inputs)
        issued = [
            float(act.data["expires_at"])
            for act in world.troubles.acts
            if act.kind == "certificate.renewed"
            and (act.data["service"], act.data["environment"]) == (service, environment)
        ]
        return "yes" if any(day(until) > before["expires"] for until in issued) else "no"


def hosting_actions(company: Company) -> tuple[Action, ...]:
    do = DemoHosting(company)
    return (
        Action(
            "nodes.drain", "write", "move services off a node and let nothing new onto it", OneNode,
            NodeState, do.drain, timeout=300.0, plan=do.plan_drain, happened=do.is_drained,
        ),
        Action(
            "nodes.uncordon", "write", "let services onto a node again", OneNode, NodeState, do.uncordon,
            timeout=120.0, plan=do.plan_uncordon, happened=do.is_back,
        ),
        Action(
            "certificates.renew", "write", "issue a new certificate for a service", Renew, Renewed,
            do.renew, timeout=120.0, plan=do.plan_renew, happened=do.renewed,
        ),
    )  # fmt: skip
