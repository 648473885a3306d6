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
