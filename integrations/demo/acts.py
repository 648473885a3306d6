"""What all acts on the demo company share: where they are done, how they take effect, how they are found afterwards."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from integrations.actions import Context, Happened, Inputs
from integrations.demo.company import Company
from integrations.demo.noise import unit
from integrations.demo.world import World

#: simulated seconds for which the company's tooling answers, and for which a roll-out or a switch goes on after it
_ANSWERS = 2.0
_ROLLS = 20.0
#: kinds that need no roll-out
AT_ONCE = frozenset({"limit.set"})


class Target(Inputs):
    """`environment` is that of the run unless said."""

    service: str
    environment: str | None = None


def where(context: Context, inputs: Target) -> tuple[str, str]:
    return inputs.service, inputs.environment or context.environment


class Acts:
    """Base of the actions over one company. Raises Absent, Refused, StoreError."""

    def __init__(self, company: Company) -> None:
        self.company = company

    async def at(self, context: Context, inputs: Target) -> tuple[World, str, str, float]:
        service, environment = where(context, inputs)
        world = await self.company.world()
        world.must_know(service, environment)
        return world, service, environment, self.company.clock.now()

    async def act(self, kind: str, context: Context, **data: Any) -> World:
        """Append the event, whose effect comes a while later unless it is AT_ONCE; then wait for the tooling."""
        now = self.company.clock.now()
        effective_at = now if kind in AT_ONCE else now + _ROLLS + 15.0 * unit(self.company.seed, context.key)
        world = await self.company.act(
            kind, context.key, {**data, "by": context.requester, "effective_at": effective_at}
        )
        await self.company.clock.sleep(_ANSWERS)
        return world


def found(now: Mapping[str, Any], before: Mapping[str, Any], after: Mapping[str, Any]) -> Happened:
    """Whether a change took place, from what is wanted now."""
    if dict(now) == dict(after):
        return "yes"
    return "no" if dict(now) == dict(before) else "cannot tell"
