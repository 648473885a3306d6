"""What people do about the incidents of the demo company. Every word is an event; the same key says it once."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from insight.facts import Incident
from integrations.actions import Action, Context, Inputs, Output
from integrations.demo.acts import Target, where
from integrations.demo.company import Company
from integrations.demo.world import World
from integrations.errors import Absent, Refused

_Severity = Literal["sev1", "sev2", "sev3"]


class OpenIncident(Target):
    title: str = Field(min_length=1, max_length=300)
    severity: _Severity = "sev2"
    alert_id: str | None = None


class IncidentWord(Inputs):
    incident: str
    text: str = Field("", max_length=2000)


class Resolve(IncidentWord):
    cause: str | None = Field(None, max_length=300)


class Escalate(Inputs):
    """`to` is a team, whose person on call takes over, or a person's id."""

    incident: str
    to: str = Field(min_length=1, max_length=64)


class Update(Inputs):
    incident: str
    severity: _Severity | None = None
    assignee: str | None = Field(None, max_length=64)


class IncidentState(Output):
    """`assignee` is a person's id, None while nobody has it."""

    id: str
    title: str
    status: str
    service: str
    environment: str
    severity: str
    assignee: str | None


class DemoIncidents:
    """The actions over the incidents of one company. Raises Absent, Refused, StoreError."""

    def __init__(self, company: Company) -> None:
        self._company = company

    async def open_incident(self, context: Context, inputs: OpenIncident) -> IncidentState:
        service, environment = where(context, inputs)
        world = await self._company.world()
        world.must_know(service, environment)
        known = world.cases.by_id.values()
        same = [one for one in known if one.alert_id and one.alert_id == inputs.alert_id]
        if same and context.key not in world.acts:
            return _state(same[0])
        words = inputs.model_dump(include={"title", "severity", "alert_id"})
        data = {"service": service, "environment": environment, "by": context.requester, **words}
        world = await self._company.act("incident.opened", context.key, data)
        return _state(world.cases.by_id[world.cases.of_key[context.key]])

    async def acknowledge(self, context: Context, inputs: IncidentWord) -> IncidentState:
        return await self._say("incident.acknowledged", context, inputs.incident, text=inputs.text)

    async def resolve(self, context: Context, inputs: Resolve) -> IncidentState:
        words = {"text": inputs.text, "cause": inputs.cause}
        return await self._say("incident.resolved", context, inputs.incident, **words)

    async def note(self, context: Context, inputs: IncidentWord) -> IncidentState:
        if not inputs.text.strip():
            raise Refused("A note needs text. Say what is to be written down.")
        return await self._say("incident.noted", context, inputs.incident, text=inputs.text)

    async def escalate(self, context: Context, inputs: Escalate) -> IncidentState:
        world = await self._unresolved(context, inputs.incident)
        person = self._person(world, inputs.to)
        return await self._say("incident.escalated", context, inputs.incident, to=inputs.to, person=person)

    async def update(self, context: Context, inputs: Update) -> IncidentState:
        world = await self._unresolved(context, inputs.incident)
        if inputs.severity is None and inputs.assignee is None:
            raise Refused("Nothing to change was said. Give severity, assignee, or both.")
        if inputs.assignee is not None:
            self._person(world, inputs.assignee)
        words = inputs.model_dump(include={"severity", "assignee"}, exclude_none=True)
        return await self._say("incident.updated", context, inputs.incident, **words)

    def _person(self, world: World, to: str) -> str:
        """The person that a team or a person's id means. Raises Absent."""
        if self._company.people.get(to) is not None:
            return to
        if to in self._company.people.rota:
            person = world.rota.on_call(to, self._company.clock.now())
            if person is not None:
                return person
        teams, people = ", ".join(self._company.people.rota), ", ".join(self._company.people.by_id)
        raise Absent(f"{to!r} is neither a team with a rota ({teams}) nor a person ({people}).")

    async def _unresolved(self, context: Context, incident: str) -> World:
        world = await self._company.world()
        one = world.cases.find(incident)
        if one.status == "resolved" and context.key not in world.acts:
            raise Refused(f"{one.id} is resolved. Open a new incident if the trouble is back.")
        return world

    async def _say(self, kind: str, context: Context, incident: str, **words: Any) -> IncidentState:
        name = (await self._company.world()).cases.find(incident).id
        data = {"incident": name, "by": context.requester, **words}
        world = await self._company.act(kind, context.key, data)
        return _state(world.cases.by_id[name])


def _state(one: Incident) -> IncidentState:
    return IncidentState.model_validate({name: getattr(one, name) for name in IncidentState.model_fields})


def incident_actions(company: Company) -> tuple[Action, ...]:
    do = DemoIncidents(company)
    told = (
        ("open", "open an incident", OpenIncident, do.open_incident),
        ("acknowledge", "say that somebody works on an incident", IncidentWord, do.acknowledge),
        ("resolve", "close an incident", Resolve, do.resolve),
        ("note", "add a note to an incident", IncidentWord, do.note),
        (
            "escalate",
            "hand an incident to a person, or to whoever is on call for a team",
            Escalate,
            do.escalate,
        ),
        ("update", "change the severity or the assignee of an incident", Update, do.update),
    )
    return tuple(
        Action(f"incidents.{name}", "record", summary, inputs, IncidentState, run, idempotent=True)
        for name, summary, inputs, run in told
    )
