"""The demo company with some of its actions at hand, its log in memory."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from integrations.actions import Action
from integrations.demo.company import Company
from integrations.demo.events import MemoryEvents
from integrations.demo.provider import DemoProvider
from tests.support.clock import ManualClock
from tests.support.fleet import TUESDAY, company, context, given


@dataclass
class Shop:
    clock: ManualClock
    events: MemoryEvents
    company: Company
    actions: dict[str, Action]

    @property
    def alerts(self) -> DemoProvider:
        return DemoProvider(self.company)

    async def plan(self, name: str, /, **inputs: Any) -> Any:
        action = self.actions[name]
        assert action.plan is not None
        return await action.plan(context(self.clock), given(action, **inputs))

    async def run(self, name: str, /, key: str = "k", **inputs: Any) -> Any:
        action = self.actions[name]
        return await action.run(context(self.clock, key), given(action, **inputs))

    async def happened(self, name: str, before: Any, /, **inputs: Any) -> str:
        action = self.actions[name]
        assert action.happened is not None
        return await action.happened(context(self.clock), given(action, **inputs), before)

    async def versions(self) -> list[str]:
        world = await self.company.world()
        return world.releases.ran("rag-api", "production", self.clock.now())


def shop(actions: Callable[[Company], tuple[Action, ...]]) -> Shop:
    clock, events = ManualClock(TUESDAY), MemoryEvents()
    one = company(clock, events=events)
    return Shop(clock, events, one, {action.name: action for action in actions(one)})
