"""The incidents of the demo company: opened, acknowledged, noted, resolved. Every word is an event."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from integrations.actions import Action, Context, Inputs, Output
from integrations.demo.actions import Target, where
from integrations.demo.company import Company
from integrations.demo.provider import known_incident
from integrations.errors import Refused


class OpenIncident(Target):
    title: str = Field(min_length=1, max_length=300)
    severity: Literal["sev1", "sev2", "sev3"] = "sev2"
    alert_id: str | None = None


class IncidentWord(Inputs):
    incident: str
    text: str = Field("", max_length=2000)


class IncidentState(Output):
    id: str
    title: str
    status: str


class DemoIncidents:
    """The actions over the incidents of one company. Raises Absent, Refused, StoreError."""

    def __init__(self, company: Company) -> None:
        self._company = company

    async def open_incident(self, context: Context, inputs: OpenIncident) -> IncidentState:
        service, environment = where(context, inputs)
        world = await self._company.world()
        world.must_know(service, environment)
        same = [one for one in world.incidents.values() if one.alert_id and one.alert_id == inputs.alert_id]
        if same and context.key not in world.acts:
            return IncidentState(id=same[0].id, title=same[0].title, status=same[0].status)
        words = inputs.model_dump(include={"title", "severity", "alert_id"})
        data = {"service": service, "environment": environment, "by": context.requester, **words}
        world = await self._company.act("incident.opened", context.key, data)
        one = world.incidents[world.incident_of[context.key]]
        return IncidentState(id=one.id, title=one.title, status=one.status)

    async def _change_incident(self, kind: str, context: Context, inputs: IncidentWord) -> IncidentState:
        name = known_incident(await self._company.world(), inputs.incident).id
        data = {"incident": name, "text": inputs.text, "by": context.requester}
        world = await self._company.act(kind, context.key, data)
        one = world.incidents[name]
        return IncidentState(id=one.id, title=one.title, status=one.status)

    async def acknowledge(self, context: Context, inputs: IncidentWord) -> IncidentState:
        return await self._change_incident("incident.acknowledged", context, inputs)

    async def resolve(self, context: Context, inputs: IncidentWord) -> IncidentState:
        return await self._change_incident("incident.resolved", context, inputs)

    async def note(self, context: Context, inputs: IncidentWord) -> IncidentState:
        if not inputs.text.strip():
            raise Refused("A note needs text. Say what is to be written down.")
        return await self._change_incident("incident.noted", context, inputs)


def incident_actions(company: Company) -> tuple[Action, ...]:
    do = DemoIncidents(company)
    return (
        Action(
            "incidents.open",
            "record",
            "open an incident",
            OpenIncident,
            IncidentState,
            do.open_incident,
            idempotent=True,
        ),
        Action(
            "incidents.acknowledge",
            "record",
            "say that somebody works on an incident",
            IncidentWord,
            IncidentState,
            do.acknowledge,
            idempotent=True,
        ),
        Action(
            "incidents.resolve",
            "record",
            "close an incident",
            IncidentWord,
            IncidentState,
            do.resolve,
            idempotent=True,
        ),
        Action(
            "incidents.note",
            "record",
            "add a note to an incident",
            IncidentWord,
            IncidentState,
            do.note,
            idempotent=True,
        ),
    )
