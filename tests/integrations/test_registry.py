"""Integrations: declared once, loaded when configured, merged into one."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module

import pytest

from config.errors import SettingsError
from integrations.actions import Action, Context, Inputs, Output
from integrations.ports import Sources
from integrations.registry import INTEGRATIONS, Deps, Health, Integration, Provided, build_backends, merge
from store.engine import Database
from tests.support.clock import ManualClock
from tests.support.fleet import catalogue, company, people, sources


async def nothing(context: Context, inputs: Inputs) -> Output:
    return Output()


def action(name: str) -> Action:
    return Action(name, "read", "words", Inputs, Output, nothing)


def provided(ports: Sources, *names: str, closed: list[str] | None = None, fails: bool = False) -> Provided:
    async def health() -> Health:
        return Health(True, "fine")

    async def close() -> None:
        if closed is not None:
            closed.append(names[0])
        if fails:
            raise OSError("cannot close")

    return Provided(ports, tuple(action(name) for name in names), health, close)


@pytest.fixture
def deps(sqlite_database: Database, clock: ManualClock) -> Deps:
    return Deps(sqlite_database, clock, catalogue(), people(), seed=3)


def test_every_integration_has_a_name_a_summary_and_a_module_that_builds() -> None:
    assert len({one.name for one in INTEGRATIONS}) == len(INTEGRATIONS)
    for one in INTEGRATIONS:
        assert one.summary
        assert callable(import_module(one.module).build)


async def test_the_demo_is_built_with_its_ports_actions_and_health(deps: Deps) -> None:
    backends = build_backends({"demo": {}}, deps)
    assert backends.sources.metrics is not None and backends.sources.incidents is not None
    for name in (
        "deployments.rollback",
        "services.restart",
        "routing.failover",
        "metrics.query",
        "incidents.open",
    ):
        assert backends.actions.get(name) is not None, name
    assert (await backends.health["demo"]()).ok
    await backends.close()


async def test_starting_starts_every_integration_that_wants_to(deps: Deps) -> None:
    backends = build_backends({"demo": {"incident": True}}, deps)
    assert backends.sources.alerts is not None
    await backends.start()
    assert await backends.sources.alerts.firing()


async def test_nothing_configured_is_nothing_built(deps: Deps) -> None:
    backends = build_backends({}, deps)
    assert backends.sources == Sources()
    assert dict(backends.actions.by_name) == {}
    await backends.close()


def test_the_demo_refuses_to_stand_beside_a_real_back_end(deps: Deps) -> None:
    known = (*INTEGRATIONS, Integration("watch", "metrics", "watch", "integrations.demo"))
    with pytest.raises(
        SettingsError, match=r"demo is an invented world .* beside watch.*COPILOT_MODE=observe"
    ):
        build_backends({"demo": {}, "watch": {}}, deps, known)


def test_an_unknown_section_and_an_unknown_setting_are_told(deps: Deps) -> None:
    with pytest.raises(SettingsError, match=r"no integration 'demmo'. There are: demo"):
        build_backends({"demmo": {}}, deps)
    setting: Mapping[str, object] = {"colour": "red"}
    with pytest.raises(SettingsError, match=r"demo\.colour"):
        build_backends({"demo": setting}, deps)


def test_of_two_that_serve_one_port_the_first_does(clock: ManualClock) -> None:
    first, second = sources(company(clock)), sources(company(clock))
    merged = merge(
        {"a": provided(Sources(metrics=first.metrics), "a.x"), "b": provided(second, "b.x")},
    )
    assert merged.sources.metrics is first.metrics
    assert merged.sources.logs is second.logs
    assert {"a.x", "b.x", "metrics.query", "alerts.firing"} <= set(merged.actions.by_name)


def test_two_actions_of_one_name_are_refused_with_both_owners() -> None:
    with pytest.raises(SettingsError, match=r"a and b both bring the action same\.x"):
        merge({"a": provided(Sources(), "same.x"), "b": provided(Sources(), "same.x")})


def test_an_action_of_the_back_end_itself_wins_over_the_generic_read(clock: ManualClock) -> None:
    ports = sources(company(clock))
    merged = merge({"a": provided(ports, "metrics.query")})
    own = merged.actions.get("metrics.query")
    assert own is not None and own.summary == "words"


async def test_all_are_closed_in_reverse_order_even_when_one_fails() -> None:
    closed: list[str] = []
    merged = merge(
        {
            "a": provided(Sources(), "a.x", closed=closed),
            "b": provided(Sources(), "b.x", closed=closed, fails=True),
        }
    )
    with pytest.raises(OSError, match="cannot close"):
        await merged.close()
    assert closed == ["b.x", "a.x"]
