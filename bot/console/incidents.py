"""Incidents: those that are open, those of the last weeks, and one with its timeline."""

from __future__ import annotations

from bot.console.route import Answer, Page, Shown, Visit
from config.errors import NotFound
from integrations.errors import IntegrationError
from integrations.ports import Incidents

BACK = 30 * 86_400.0


async def every(visit: Visit) -> Answer:
    port = visit.services.sources.incidents
    if port is None:
        return Shown("incidents.html", "Incidents", {"missing": _MISSING, "open": (), "past": ()})
    now, missing = visit.look.now, ""
    try:
        current = await port.open_incidents()
        past = [one for one in await port.past_incidents(now - BACK, now) if one.status == "resolved"]
    except IntegrationError as err:
        current, past, missing = (), [], str(err)
    past.sort(key=lambda one: -one.opened_at)
    return Shown("incidents.html", "Incidents", {"missing": missing, "open": current, "past": past[:100]})


async def show(visit: Visit) -> Answer:
    """Raises NotFound, IntegrationError."""
    port = visit.services.sources.incidents
    if port is None:
        raise NotFound(_MISSING)
    incident_id = visit.path["incident_id"]
    incident = await port.incident(incident_id)
    data = {"one": incident, "timeline": await _timeline(port, incident_id)}
    return Shown("incident.html", f"{incident.id} · {incident.title}", data)


async def _timeline(port: Incidents, incident_id: str) -> object:
    try:
        return await port.timeline(incident_id)
    except IntegrationError as err:
        return str(err)


_MISSING = "No incident back end is configured. Settings → Check shows which integrations there are."

PAGES = (
    Page("GET", "/incidents", every, "incidents"),
    Page("GET", "/incidents/{incident_id}", show, "incidents"),
)
