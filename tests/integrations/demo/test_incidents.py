"""Incidents of the demo company: every word once per key."""

from __future__ import annotations

from typing import Any

import pytest

from integrations.demo.events import MemoryEvents
from integrations.demo.incidents import incident_actions
from integrations.errors import Absent, Refused
from tests.support.clock import ManualClock
from tests.support.fleet import TUESDAY, company, context, given

OPEN = {"service": "rag-api", "title": "rag-api is slow", "alert_id": "al-1"}


async def test_an_incident_is_opened_acknowledged_noted_and_resolved_once_per_key() -> None:
    clock, events = ManualClock(TUESDAY), MemoryEvents()
    one = company(clock, events=events)
    actions = {action.name: action for action in incident_actions(one)}
    assert all(action.effect == "record" and action.idempotent for action in actions.values())

    async def do(name: str, key: str, **inputs: Any) -> Any:
        action = actions[f"incidents.{name}"]
        return await action.run(context(clock, key), given(action, **inputs))

    first = await do("open", "a", **OPEN)
    assert (first.id, first.status) == ("INC-101", "open")
    assert await do("open", "a", **OPEN) == first
    assert (await do("acknowledge", "b", incident="INC-101")).status == "acknowledged"
    await do("note", "c", incident="101", text="rolled back")
    await do("note", "c", incident="101", text="rolled back")
    assert (await do("resolve", "d", incident="INC-101", text="well again")).status == "resolved"
    incident = (await one.world()).cases.by_id["INC-101"]
    assert incident.notes == ("rolled back", "well again")
    assert incident.environment == "production" and incident.alert_id == "al-1"
    assert [event.kind for event in events.log].count("repeated") == 2


async def test_one_alert_has_one_incident_whoever_opens_it() -> None:
    clock = ManualClock(TUESDAY)
    one = company(clock)
    action = next(action for action in incident_actions(one) if action.name == "incidents.open")
    first: Any = await action.run(context(clock, "a"), given(action, **OPEN))
    second: Any = await action.run(context(clock, "b"), given(action, **OPEN))
    other: Any = await action.run(context(clock, "c"), given(action, **{**OPEN, "alert_id": None}))
    assert first.id == second.id != other.id


async def test_what_cannot_be_written_is_told() -> None:
    clock = ManualClock(TUESDAY)
    one = company(clock)
    actions = {action.name: action for action in incident_actions(one)}
    note, opened = actions["incidents.note"], actions["incidents.open"]
    with pytest.raises(Refused, match="A note needs text"):
        await note.run(context(clock), given(note, incident="INC-101", text="  "))
    with pytest.raises(Absent, match=r"no incident 'INC-101'. There are: none yet"):
        await note.run(context(clock), given(note, incident="INC-101", text="x"))
    with pytest.raises(Absent, match="no service 'nope'"):
        await opened.run(context(clock), given(opened, service="nope", title="x"))


async def test_an_incident_is_handed_to_whoever_is_on_call_and_made_graver() -> None:
    clock = ManualClock(TUESDAY)
    one = company(clock)
    actions = {action.name: action for action in incident_actions(one)}

    async def do(name: str, key: str, **inputs: Any) -> Any:
        action = actions[f"incidents.{name}"]
        return await action.run(context(clock, key), given(action, **inputs))

    await do("open", "a", **OPEN)
    handed = await do("escalate", "b", incident="101", to="ml-platform")
    assert handed.assignee == (await one.world()).rota.on_call("ml-platform", TUESDAY)
    assert (await do("escalate", "c", incident="101", to="sam")).assignee == "sam"
    changed = await do("update", "d", incident="101", severity="sev1", assignee="noor")
    assert (changed.severity, changed.assignee) == ("sev1", "noor")
    with pytest.raises(Absent, match=r"'bob' is neither a team with a rota \(ml-platform"):
        await do("escalate", "e", incident="101", to="bob")
    with pytest.raises(Refused, match="Nothing to change was said"):
        await do("update", "f", incident="101")
    closed = await do("resolve", "g", incident="101", cause="a bad release")
    assert closed.status == "resolved"
    assert (await one.world()).cases.find("101").cause == "a bad release"
    with pytest.raises(Refused, match=r"INC-101 is resolved. Open a new incident"):
        await do("escalate", "h", incident="101", to="sam")
    assert (await do("escalate", "c", incident="101", to="sam")).id == "INC-101"
