"""Every port of integrations/ports.py and every action, served by one demo company."""

from __future__ import annotations

from insight.facts import Shift
from integrations.actions import Action
from integrations.demo.access import DemoAccess
from integrations.demo.actions import demo_actions
from integrations.demo.capacities import DemoCapacities, DemoObjectives
from integrations.demo.clusters import DemoClusters
from integrations.demo.company import Company
from integrations.demo.costs import DemoCosts
from integrations.demo.hosting import hosting_actions
from integrations.demo.incidents import incident_actions
from integrations.demo.operating import operating_actions
from integrations.demo.prompting import prompting_actions
from integrations.demo.provider import DemoProvider
from integrations.demo.shifting import shifting_actions
from integrations.demo.watching import watching_actions
from integrations.ports import Sources


class DemoOnCall:
    """Raises Absent, StoreError."""

    def __init__(self, company: Company) -> None:
        self._company = company

    async def shifts(self, start: float, end: float, team: str | None = None) -> tuple[Shift, ...]:
        return tuple((await self._company.seen()).rota.shifts(start, end, team))


def all_actions(company: Company) -> tuple[Action, ...]:
    groups = (
        demo_actions, incident_actions, watching_actions, operating_actions, shifting_actions, prompting_actions,
        hosting_actions,
    )  # fmt: skip
    return tuple(action for group in groups for action in group(company))


def demo_sources(company: Company) -> Sources:
    see = DemoProvider(company)
    return Sources(
        metrics=see,
        logs=see,
        deployments=see,
        alerts=see,
        providers=see,
        incidents=see,
        on_call=DemoOnCall(company),
        costs=DemoCosts(company),
        objectives=DemoObjectives(company),
        capacities=DemoCapacities(company),
        access=DemoAccess(company),
        clusters=DemoClusters(company),
    )
