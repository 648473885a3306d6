"""People: who is who, who may what, who is on call."""

from __future__ import annotations

from bot.console.route import Answer, Page, Shown, Visit
from integrations.errors import IntegrationError

#: what each role may, in the order of the house's own words (config/policy.yaml decides the rest)
ROLES: tuple[tuple[str, str], ...] = (
    ("viewer", "asks questions and sees everything but the audit"),
    ("operator", "records, asks for changes, steers runs, stops everything"),
    ("approver", "decides on changes that others ask for, lets work go on again"),
    ("incident-commander", "may break glass: run without approval, looked back at by somebody else"),
    ("auditor", "reads the audit"),
    ("admin", "withdraws anybody's question, reads the audit"),
)


async def show(visit: Visit) -> Answer:
    people = sorted(visit.services.people.by_id.values(), key=lambda one: one.name)
    data = {"people": people, "roles": ROLES, "on_call": await _on_call(visit)}
    return Shown("people.html", "People", data)


async def _on_call(visit: Visit) -> dict[str, list[str]]:
    """The teams that each person is on call for now."""
    port, now = visit.services.sources.on_call, visit.look.now
    found: dict[str, list[str]] = {}
    try:
        shifts = () if port is None else await port.shifts(now, now + 1.0)
    except IntegrationError:
        shifts = ()
    for one in shifts:
        found.setdefault(one.person, []).append(one.team if one.level == 1 else f"{one.team} (second)")
    return found


PAGES = (Page("GET", "/people", show, "people"),)
