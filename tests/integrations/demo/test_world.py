"""The fold of the events."""

from __future__ import annotations

from typing import Any

import pytest

from integrations.demo.events import Event
from integrations.demo.history import DAY, History
from integrations.demo.world import World
from integrations.errors import Absent, Unavailable
from tests.support.fleet import TUESDAY, catalogue, people

RAG: dict[str, Any] = {"service": "rag-api", "environment": "production"}


@pytest.fixture
def world() -> World:
    return World(catalogue(), History(catalogue(), people(), 1))


def tell(world: World, kind: str, at: float = TUESDAY, **data: Any) -> None:
    world.apply(Event(world.seq + 1, kind, at, data))


def test_a_deployment_is_a_change_with_before_and_after(world: World) -> None:
    before = world.releases.current("rag-api", "production", TUESDAY).version
    tell(world, "deployment", **RAG, version="9.9.9", by="maria", effective_at=TUESDAY + 20)
    (change,) = world.changes(TUESDAY - 1, TUESDAY + 1, "production")
    assert (change.kind, change.before, change.after, change.by) == ("deployment", before, "9.9.9", "maria")
    assert world.changes(TUESDAY - 1, TUESDAY + 1, "staging") == []


def test_changes_of_ninety_days_are_in_order_and_older_ones_forgotten(world: World) -> None:
    tell(world, "config", **RAG, before="a=1", after="a=2", summary="a from 1 to 2")
    changes = world.changes(TUESDAY - 200 * DAY, TUESDAY + 1)
    assert [one.at for one in changes] == sorted(one.at for one in changes)
    assert changes[0].at >= TUESDAY + 1 - 90 * DAY
    assert changes[-1].summary == "a from 1 to 2"
    assert {one.environment for one in changes} == set(catalogue().environments)


def test_requests_go_to_another_provider_from_when_the_switch_is_done(world: World) -> None:
    tell(
        world,
        "routing",
        service="llm-gateway",
        environment="production",
        provider="anthropic",
        effective_at=TUESDAY + 20,
    )
    assert world.provider("llm-gateway", "production", TUESDAY + 19) == "openai"
    assert world.provider("llm-gateway", "production", TUESDAY + 20) == "anthropic"
    assert world.routed("llm-gateway", "production") == "anthropic"
    assert world.provider("llm-gateway", "staging", TUESDAY + 99) == "openai"
    with pytest.raises(Absent, match="billing calls no model provider"):
        world.provider("billing", "production", TUESDAY)


def test_a_key_acts_once_and_repeats_are_counted(world: World) -> None:
    for _ in range(3):
        tell(world, "restart", **RAG, effective_at=TUESDAY + 20, key="k")
    world.apply(Event(4, "repeated", TUESDAY, {"key": "k", "kind": "restart"}))
    assert len(world.restarts["rag-api", "production"]) == 1
    assert world.repeats["k"] == 3


def test_an_incident_goes_from_open_to_resolved_and_not_back(world: World) -> None:
    tell(world, "incident.opened", **RAG, title="slow", severity="sev2", key="k")
    name = world.cases.of_key["k"]
    assert name == "INC-101"
    tell(world, "incident.acknowledged", incident=name, text="looking")
    assert world.cases.by_id[name].status == "acknowledged"
    tell(world, "incident.resolved", TUESDAY + 60, incident=name, text="")
    tell(world, "incident.acknowledged", TUESDAY + 90, incident=name, text="late")
    done = world.cases.by_id[name]
    assert (done.status, done.resolved_at, done.notes) == ("resolved", TUESDAY + 60, ("looking", "late"))


def test_names_that_the_company_does_not_have_are_told_with_those_it_has(world: World) -> None:
    with pytest.raises(Absent, match="no service 'nope'"):
        world.must_know("nope")
    with pytest.raises(Absent, match="no environment 'moon'"):
        world.must_know("billing", "moon")


def test_an_event_of_another_version_is_told(world: World) -> None:
    with pytest.raises(Unavailable, match="'teleport' that this version does not know"):
        tell(world, "teleport")
