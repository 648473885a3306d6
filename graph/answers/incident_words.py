"""What an operator says about incidents: opened, acknowledged, noted, escalated, resolved. Each is a record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from graph import cards
from graph.answers import asking, incidents, oncall
from graph.answers.incidents import IncidentSlots, about, line, name_of, next_words
from graph.answers.recording import record, speaker
from graph.answers.within import within
from graph.answers.words import length, listed
from graph.intents.model import Answer, Ask
from graph.ports import Tools
from graph.understanding.lexicon import phrase
from insight.facts import Alert, Incident, Missing, Severity

_SEVERITIES: dict[str, Severity] = {"critical": "sev2", "warning": "sev3"}


class DeclareSlots(IncidentSlots):
    title: str | None = None
    another: bool = False


class WordSlots(IncidentSlots):
    note: str | None = None


class UpdateSlots(WordSlots):
    assignee: str | None = None


class EscalateSlots(IncidentSlots):
    user: str | None = None
    to: str | None = None
    level: int | None = None
    commander: bool = False


async def declare(tools: Tools, ask: Ask) -> Answer:
    """Open an incident from the words and the alert that fires; an open one is not opened twice unless it is said."""
    slots: DeclareSlots = ask.slots
    assert slots.service is not None
    service, environment = slots.service, slots.environment or next(iter(tools.catalogue.environments))
    port = tools.sources.incidents
    there = [one for one in await port.open_incidents() if one.service == service] if port else []
    same = [one for one in there if one.environment == environment]
    if same and not slots.another:
        return _there_already(tools, same[-1])
    alert = _of_service(await _firing(tools), service, environment)
    severity = slots.severity or (_SEVERITIES[alert.severity] if alert else "sev2")
    title = slots.title or (alert.summary if alert else f"{service} reported by {speaker(ask).name}")
    opened = await record(
        tools, ask, "incidents.open", service=service, environment=environment, title=title, severity=severity,
        alert_id=alert.id if alert and not slots.another else None,
    )  # fmt: skip
    on_call = await oncall.now_on_call(tools, service)
    said = [
        f"Opened {opened['id']} {severity} for {service} in {environment}: {opened['title'].rstrip('.')}."
    ]
    said += [f"From alert {alert.name} ({alert.id})."] if alert else ["No alert fires for it."]
    said += [on_call.words]
    one = Incident(opened["id"], opened["title"], service, environment, _as_severity(severity), "open", 0.0)
    escalate = f"escalate {one.id} to {on_call.team}" if on_call.team else ""
    says = [
        f"what is wrong with {service} in {environment}",
        f"ack {one.id}",
        *([escalate] if escalate else []),
    ]
    return _done(tools, one, said, says)


def _as_severity(said: str) -> Severity:
    return "sev1" if said == "sev1" else "sev3" if said == "sev3" else "sev2"


def _there_already(tools: Tools, one: Incident) -> Answer:
    words = f"{line(tools, one)} It is open already, so I did not open another."
    says = [f"note {one.id}: what you see now", *next_words(one)]
    blocks = (cards.text(words), cards.choices([(say, say) for say in says[1:]]))
    words += (
        f" Add to it with `{says[0]}`, or say `open another incident for {one.service} in {one.environment}`."
    )
    pending = {"missing": "choice", "options": says[1:]}
    return Answer(words, (cards.text(words), *blocks[1:]), pending, entities=about(tools, one))


async def _firing(tools: Tools) -> Sequence[Alert]:
    if tools.sources.alerts is None:
        return ()
    found = await within("the alerts that fire", tools.sources.alerts.firing())
    return () if isinstance(found, Missing) else found


def _of_service(firing: Sequence[Alert], service: str, environment: str) -> Alert | None:
    """The worst alert of the service that fires, the oldest of equals."""
    mine = [one for one in firing if (one.service, one.environment) == (service, environment)]
    return min(mine, key=lambda one: (one.severity != "critical", one.started_at), default=None)


async def acknowledge(tools: Tools, ask: Ask) -> Answer:
    slots: WordSlots = ask.slots
    one = await incidents.meant(tools, slots, "ack", fresh=True)
    if isinstance(one, Answer):
        return one
    if one.status == "resolved":
        return _over(tools, one)
    if one.status == "acknowledged" and one.assignee == speaker(ask).id:
        return _done(tools, one, [f"{one.id} is yours already."], next_words(one))
    before = name_of(tools, one.assignee) if one.assignee else None
    await record(tools, ask, "incidents.acknowledge", incident=one.id, text=slots.note or "")
    if one.status == "acknowledged" and tools.records.can("incidents.update"):
        await record(tools, ask, "incidents.update", incident=one.id, assignee=speaker(ask).id)
    taken = f" You took it over from {before}." if before else ""
    age = length(tools.clock.now() - one.opened_at)
    said = [f"Acknowledged {one.id} for you, {age} after it was opened.{taken} {line(tools, one)}"]
    return _done(
        tools, replace(one, status="acknowledged"), said, next_words(replace(one, status="acknowledged"))
    )


async def resolve(tools: Tools, ask: Ask) -> Answer:
    slots: WordSlots = ask.slots
    one = await incidents.meant(tools, slots, "resolve")
    if isinstance(one, Answer):
        return one
    if one.status == "resolved":
        return _over(tools, one)
    await record(tools, ask, "incidents.resolve", incident=one.id, text=slots.note or "", cause=slots.note)
    took = length(tools.clock.now() - one.opened_at)
    said = [f"Resolved {one.id} after {took}: {one.title.rstrip('.')}."]
    if still := _of_service(await _firing(tools), one.service, one.environment):
        said.append(f"Mind that {still.name} still fires: {still.summary.rstrip('.')}.")
    if not slots.note:
        said.append(f"No cause was said; add it with `note {one.id}: …`.")
    return _done(tools, replace(one, status="resolved"), said, [f"draft the postmortem of {one.id}"])


async def update(tools: Tools, ask: Ask) -> Answer:
    """A note, another severity, another assignee: whatever of them was said."""
    slots: UpdateSlots = ask.slots
    wanted = slots.model_copy(update={"severity": None})
    one = await incidents.meant(tools, wanted, "show")
    if isinstance(one, Answer):
        return one
    if slots.note is None and slots.severity is None and slots.assignee is None:
        says = [f"note {one.id}: what is to be written down", f"set the severity of {one.id} to sev1"]
        return asking.question(
            f"What should I change on {one.id}? Say for example `{says[0]}` or `{says[1]}`."
        )
    said: list[str] = []
    if slots.note is not None:
        await record(tools, ask, "incidents.note", incident=one.id, text=slots.note)
        said.append(f"Noted on {one.id}: {slots.note.rstrip('.')}.")
    if slots.severity is not None or slots.assignee is not None:
        await record(
            tools, ask, "incidents.update", incident=one.id, severity=slots.severity, assignee=slots.assignee
        )
        changes = [f"severity {one.severity} → {slots.severity}"] if slots.severity else []
        before = name_of(tools, one.assignee) if one.assignee else "nobody"
        changes += [f"assignee {before} → {name_of(tools, slots.assignee)}"] if slots.assignee else []
        said.append(f"{one.id}: {listed(changes)}.")
    return _done(tools, one, said, [f"show {one.id}"])


async def escalate(tools: Tools, ask: Ask) -> Answer:
    """Hand an incident to a person, a team's rota, or the next level of the owner's."""
    slots: EscalateSlots = ask.slots
    wanted = IncidentSlots(
        incident_id=slots.incident_id, service=slots.service, environment=slots.environment
    )
    one = await incidents.meant(tools, wanted, "escalate")
    if isinstance(one, Answer):
        return one
    if one.status == "resolved":
        return _over(tools, one)
    to = await _to(tools, slots, one)
    if isinstance(to, Answer):
        return to
    done = await record(tools, ask, "incidents.escalate", incident=one.id, to=to)
    person = done.get("assignee") or to
    who = name_of(tools, person)
    said = [f"Escalated {one.id} to {who}{'' if to == person else f' (on call for {to})'}.", line(tools, one)]
    return _done(tools, one, said, [f"show {one.id}", f"resolve {one.id}"])


async def _to(tools: Tools, slots: EscalateSlots, one: Incident) -> str | Answer:
    """A team or a person's id."""
    if slots.to is not None:
        kind, name = tools.lexicon.find(phrase(slots.to)) or ("", slots.to)
        return name if kind in ("team", "user") else slots.to
    if slots.user is not None:
        return slots.user
    team = slots.team or incidents.owner(tools, one.service)
    if slots.commander:
        holders = [person.id for person in tools.people.holders("incident-commander")]
        if holders:
            return holders[0]
    if team is None:
        teams = list(tools.catalogue.teams)
        return asking.question(
            f"No team owns {one.service}. Escalate {one.id} to whom?",
            [(name, f"escalate {one.id} to {name}") for name in teams],
        )
    if slots.level is None and slots.team is not None:
        return team
    return await _level(tools, team, slots.level or 2) or team


async def _level(tools: Tools, team: str, level: int) -> str | None:
    """Who is on call at that level; None where nobody is or nobody knows."""
    if tools.sources.on_call is None:
        return None
    now = tools.clock.now()
    found = await within("the rota", tools.sources.on_call.shifts(now, now + 1.0, team))
    if isinstance(found, Missing):
        return None
    return next((one.person for one in found if one.level == level), None)


def _over(tools: Tools, one: Incident) -> Answer:
    words = f"{one.id} is resolved already; nothing was changed. If it is back: `open an incident for {one.service}`."
    return Answer(words, (cards.text(words),), entities=about(tools, one))


def _done(tools: Tools, one: Incident, said: Sequence[str], says: Sequence[str]) -> Answer:
    words = " ".join(said)
    next_ = f"{words} Next: {' · '.join(f'`{say}`' for say in says)}." if says else words
    options: list[tuple[str, str]] = [(say, say) for say in says]
    blocks = (cards.text(words), cards.choices(options, "Next:")) if says else (cards.text(words),)
    pending: dict[str, Any] | None = {"missing": "choice", "options": list(says)} if says else None
    return Answer(next_, blocks, pending, entities=about(tools, one))
