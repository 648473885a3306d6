"""The demo company: an invented world with the same ports and actions as a real one."""

from __future__ import annotations

from collections.abc import Mapping

from config.errors import SettingsError
from integrations.demo.company import Company
from integrations.demo.events import StoredEvents
from integrations.demo.faults import begin_in_an_incident
from integrations.demo.sources import all_actions, demo_sources
from integrations.registry import Deps, Health, Provided


def open_company(deps: Deps) -> Company:
    """The company whose log is in the database."""
    return Company(StoredEvents(deps.database), deps.clock, deps.catalogue, deps.people, deps.seed)


def build(settings: Mapping[str, object], deps: Deps) -> Provided:
    """`incident`: a new company begins in the middle of one. Raises SettingsError for a setting it does not know."""
    if unknown := [name for name in settings if name != "incident"]:
        raise SettingsError(f"demo.{unknown[0]}: the demo company has no such setting. Take it out.")
    company = open_company(deps)

    async def health() -> Health:
        world = await company.world()
        return Health(True, f"{len(world.catalogue.services)} invented services, {world.told} events")

    async def start() -> None:
        await company.found(deps.clock.now())
        if settings.get("incident"):
            await begin_in_an_incident(company, deps.clock.now())

    return Provided(demo_sources(company), all_actions(company), health, start=start)
