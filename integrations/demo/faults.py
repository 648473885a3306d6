"""What can be broken in the demo company, and how it begins and ends. Known in this folder alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from config.errors import BadRequest, Conflict
from integrations.demo.company import Company
from integrations.demo.world import World


@dataclass(frozen=True, slots=True)
class Fault:
    """`begin(world, at, service)` gives the data of the event that starts it. Raises BadRequest."""

    name: str
    summary: str
    begin: Callable[[World, float, str | None], Mapping[str, Any]]


def _bad_release(world: World, at: float, service: str | None) -> Mapping[str, Any]:
    service = service or world.preferred("rag-api")
    world.must_know(service)
    environment = next(iter(world.catalogue.environments))
    before = world.releases.desired(service, environment, at)
    major, week, number = before.split(".") if before.count(".") == 2 else (before, "0", "0")
    version = f"{major}.{week}.{int(number) + 1}"
    while world.releases.ran_anywhere(service, version):
        version = f"{major}.{week}.{int(version.rsplit('.', 1)[1]) + 1}"
    return {"service": service, "environment": environment, "version": version, "effective_at": at + 15.0}


def _outage(world: World, at: float, service: str | None) -> Mapping[str, Any]:
    routed = [name for name, one in world.catalogue.services.items() if one.provider]
    service = service or world.preferred("llm-gateway", among=routed)
    if service not in routed:
        raise BadRequest(f"{service} calls no model provider. These do: {', '.join(routed)}.")
    environment = next(iter(world.catalogue.environments))
    return {"provider": world.provider(service, environment, at)}


FAULTS: tuple[Fault, ...] = (
    Fault(
        "bad-release",
        "a new release of one service is slow, fails and answers worse (default: rag-api)",
        _bad_release,
    ),
    Fault("provider-outage", "the model provider of one service fails (default: llm-gateway's)", _outage),
)


#: what a new company begins with, and what the demo story tells
OPENING = "bad-release"
_BEGAN_AGO = 12 * 60.0


def faults() -> tuple[tuple[str, str], ...]:
    """Name and one-line description of everything that can be broken."""
    return tuple((fault.name, fault.summary) for fault in FAULTS)


def fault_named(name: str) -> Fault:
    for fault in FAULTS:
        if fault.name == name:
            return fault
    raise BadRequest(f"There is no fault {name!r}. There are: {', '.join(fault.name for fault in FAULTS)}.")


async def start_fault(company: Company, name: str, at: float, service: str | None = None) -> None:
    """Break it. Raises BadRequest for an unknown fault or service, Conflict when it is on already."""
    fault = fault_named(name)
    world = await company.world()
    if name in world.running_faults(at):
        raise Conflict(f"{name} is on already. End it with: demo fault stop {name}")
    await company.append("fault.started", at, {"name": name, **fault.begin(world, at, service)})


async def stop_fault(company: Company, name: str, at: float) -> None:
    """Mend it: the outage ends, the bad release is taken back. Raises BadRequest when unknown, Conflict when off."""
    fault_named(name)
    world = await company.world()
    if name not in world.running_faults(at):
        raise Conflict(f"{name} is not on. Start it with: demo fault start {name}")
    await company.append("fault.stopped", at, {"name": name})


async def begin_in_an_incident(company: Company, now: float) -> None:
    """Give a company whose log is empty an incident that began twelve minutes ago; once, whoever comes first."""
    world = await company.world()
    if world.told:
        return
    at = now - _BEGAN_AGO
    fault = fault_named(OPENING)
    await company.append(
        "fault.started", at, {"key": "opening", "name": OPENING, **fault.begin(world, at, None)}
    )
