"""Acting on the demo company: shown before, done once per key, found afterwards."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from integrations.demo.actions import demo_actions
from integrations.errors import Absent, Refused
from tests.integrations.demo.shop import Shop
from tests.integrations.demo.shop import shop as open_shop
from tests.support.fleet import TUESDAY


@pytest.fixture
def shop() -> Shop:
    return open_shop(demo_actions)


def test_the_names_and_effects_are_those_that_runbooks_use(shop: Shop) -> None:
    assert {name: action.effect for name, action in shop.actions.items()} == {
        "deployments.rollback": "write",
        "deployments.release": "write",
        "services.restart": "write",
        "routing.status": "read",
        "routing.failover": "write",
    }
    assert not shop.actions["services.restart"].idempotent


async def test_a_rollback_is_shown_before_and_changes_nothing_until_it_is_run(shop: Shop) -> None:
    now, earlier = (await shop.versions())[:2]
    change = await shop.plan("deployments.rollback", service="rag-api", to=earlier)
    assert (change.before, change.after, change.targets) == (
        {"version": now},
        {"version": earlier},
        ("rag-api",),
    )
    assert shop.events.log == []
    assert await shop.happened("deployments.rollback", change.before, service="rag-api", to=earlier) == "no"


async def test_a_rollback_takes_a_moment_and_is_known_to_have_happened_at_once(shop: Shop) -> None:
    now, earlier = (await shop.versions())[:2]
    done = await shop.run("deployments.rollback", service="rag-api", to=earlier)
    assert (done.version, done.previous, done.environment) == (earlier, now, "production")
    assert shop.clock.now() - TUESDAY < 5
    assert (await shop.versions())[0] == now
    assert (
        await shop.happened("deployments.rollback", {"version": now}, service="rag-api", to=earlier) == "yes"
    )
    shop.clock.advance(35)
    assert (await shop.versions())[0] == earlier


async def test_the_same_key_rolls_back_once_whatever_came_between(shop: Shop) -> None:
    now, earlier = (await shop.versions())[:2]
    first = await shop.run("deployments.rollback", service="rag-api", to=earlier)
    shop.clock.advance(60)
    await shop.run("deployments.release", key="other", service="rag-api", version=now)
    shop.clock.advance(60)
    again = await shop.run("deployments.rollback", service="rag-api", to=earlier)
    assert again == first
    assert (await shop.versions())[0] == now
    effects = [event.kind for event in shop.events.log if event.data["key"] == "k"]
    assert effects == ["deployment", "repeated"]


async def test_somebody_elses_release_in_between_cannot_be_told_from_ours(shop: Shop) -> None:
    now, earlier = (await shop.versions())[:2]
    third = (await shop.versions())[2]
    await shop.run("deployments.release", key="other", service="rag-api", version=third)
    assert (
        await shop.happened("deployments.rollback", {"version": now}, service="rag-api", to=earlier)
        == "cannot tell"
    )


async def test_a_version_that_never_ran_or_was_never_built_is_refused(shop: Shop) -> None:
    with pytest.raises(Refused, match=r"rag-api never ran 0\.0\.1 in production. It ran: "):
        await shop.plan("deployments.rollback", service="rag-api", to="0.0.1")
    with pytest.raises(Refused, match=r"no build 0\.0\.1 of rag-api. The newest: "):
        await shop.run("deployments.release", service="rag-api", version="0.0.1")
    with pytest.raises(Absent, match="no service 'nope'"):
        await shop.plan("services.restart", service="nope")
    with pytest.raises(ValidationError):
        await shop.plan("deployments.rollback", service="rag-api", to="")
    assert shop.events.log == []


async def test_the_environment_is_that_of_the_run_unless_said(shop: Shop) -> None:
    change = await shop.plan("services.restart", service="rag-api", environment="staging")
    assert change.summary == "restart rag-api in staging, one replica after the other"
    await shop.run("services.restart", service="rag-api", environment="staging")
    world = await shop.company.world()
    assert list(world.restarts) == [("rag-api", "staging")]


async def test_a_restart_raises_the_generation_once_per_key(shop: Shop) -> None:
    change = await shop.plan("services.restart", service="rag-api")
    assert (change.before, change.after) == ({"generation": 0}, {"generation": 1})
    assert await shop.happened("services.restart", change.before, service="rag-api") == "no"
    assert (await shop.run("services.restart", service="rag-api")).generation == 1
    assert (await shop.run("services.restart", service="rag-api")).generation == 1
    assert await shop.happened("services.restart", change.before, service="rag-api") == "yes"
    assert (await shop.run("services.restart", key="l", service="rag-api")).generation == 2


async def test_a_failover_names_where_requests_go_and_where_else_they_could(shop: Shop) -> None:
    status = await shop.run("routing.status", service="llm-gateway")
    assert (status.provider, status.fallbacks) == ("openai", ("anthropic", "azure-openai"))
    change = await shop.plan("routing.failover", service="llm-gateway", to="anthropic")
    assert (change.before, change.after) == ({"provider": "openai"}, {"provider": "anthropic"})
    done = await shop.run("routing.failover", service="llm-gateway", to="anthropic")
    assert (done.provider, done.fallbacks) == ("anthropic", ("openai", "azure-openai"))
    assert (
        await shop.happened("routing.failover", change.before, service="llm-gateway", to="anthropic") == "yes"
    )
    back = await shop.run("routing.failover", key="undo", service="llm-gateway", to="openai")
    assert back.provider == "openai"
    assert (
        await shop.happened("routing.failover", change.before, service="llm-gateway", to="anthropic") == "no"
    )


async def test_a_provider_that_is_not_there_is_refused_with_those_that_are(shop: Shop) -> None:
    with pytest.raises(Refused, match=r"no provider 'acme'. There are: openai, anthropic, azure-openai"):
        await shop.plan("routing.failover", service="llm-gateway", to="acme")
    with pytest.raises(Absent, match="billing calls no model provider"):
        await shop.run("routing.status", service="billing")
