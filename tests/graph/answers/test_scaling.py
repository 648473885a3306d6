from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from graph.message import Reply
from insight.facts import Capacity
from integrations.errors import Unavailable
from runbooks.loader import Library
from store import ledger
from store.records import Run
from tests.graph.world import World


async def capacity(world: World, service: str = "vllm-pool", environment: str = "production") -> Capacity:
    assert world.tools.sources.capacities is not None
    found = await world.tools.sources.capacities.capacity(environment)
    return next(one for one in found if one.service == service)


async def runs(world: World) -> list[Run]:
    return await world.database.read(lambda conn: ledger.list_runs(conn))


def inputs(reply: Reply) -> dict[str, Any]:
    assert reply.run is not None, reply.text
    return {key: reply.run["inputs"][key] for key in ("service", "environment", "replicas")}


@pytest.mark.parametrize(
    "text",
    [
        "scale vllm-pool to 6 in production",
        "vllm-pool prod to 6 replicas",
        "please run 6 replicas of vllm-pool in prod",
    ],
)
async def test_a_number_is_asked_for_as_it_was_said(world: World, text: str) -> None:
    outcome = await world.say(text)
    assert inputs(outcome.reply) == {"service": "vllm-pool", "environment": "production", "replicas": 6}
    assert outcome.reply.run is not None
    assert outcome.reply.run["runbook"] == "scale-service"
    assert outcome.ask
    before = (await capacity(world)).replicas
    assert f"{before} → 6 replicas" in outcome.reply.text


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("double vllm-pool in production", lambda now: 2 * now),
        ("three more pods for vllm-pool in prod", lambda now: now + 3),
        ("scale vllm-pool down by 1 in production", lambda now: now - 1),
        ("halve the replicas of vllm-pool in production", lambda now: -(-now // 2)),
        ("+2 replicas on vllm-pool in production", lambda now: now + 2),
    ],
)
async def test_relative_words_are_resolved_against_what_runs(world: World, text: str, made: Any) -> None:
    now = (await capacity(world)).replicas
    outcome = await world.say(text)
    if "Did you mean" in outcome.reply.text:
        outcome = await world.say("yes")
    assert inputs(outcome.reply)["replicas"] == made(now)


async def test_outside_the_limits_the_nearest_is_offered(world: World) -> None:
    one = await capacity(world)
    reply = (await world.say("scale vllm-pool to 400 in production")).reply
    assert f"may have: {one.minimum} to {one.maximum}" in reply.text
    assert await runs(world) == []
    again = (await world.say("1")).reply
    assert inputs(again)["replicas"] == one.maximum


async def test_below_the_least_is_outside_too(world: World) -> None:
    reply = (await world.say("scale vllm-pool to 0 replicas in production")).reply
    assert "0 replicas are outside" in reply.text
    assert await runs(world) == []


async def test_what_runs_already_is_not_asked_for(world: World) -> None:
    now = (await capacity(world)).replicas
    reply = (await world.say(f"scale vllm-pool to {now} in production")).reply
    assert "Nothing is to be done" in reply.text
    assert await runs(world) == []


async def test_what_is_missing_is_asked_for_one_thing_at_a_time(world: World) -> None:
    assert "Which environment of vllm-pool?" in (await world.say("scale up vllm-pool")).reply.text
    asked = (await world.say("production")).reply
    assert "To how many replicas?" in asked.text
    assert inputs((await world.say("6")).reply)["replicas"] == 6


async def test_the_answer_may_be_relative(world: World) -> None:
    now = (await capacity(world)).replicas
    await world.say("scale vllm-pool in production")
    assert inputs((await world.say("+2")).reply)["replicas"] == now + 2


async def test_the_autoscalers_limit_is_not_ours_to_change(world: World) -> None:
    reply = (await world.say("set the autoscaling maximum of vllm-pool to 16 in production")).reply
    assert "not the maximum that the autoscaler keeps to" in reply.text
    assert await runs(world) == []


class Down:
    async def capacity(self, environment: str) -> tuple[Capacity, ...]:
        raise Unavailable("the cluster does not answer.")


async def test_without_knowing_what_runs_only_a_number_goes(world: World) -> None:
    world.swap(sources=replace(world.tools.sources, capacities=Down()))
    reply = (await world.say("double vllm-pool in production")).reply
    assert "the cluster does not answer." in reply.text
    assert await runs(world) == []
    assert inputs((await world.say("scale vllm-pool to 6 in production")).reply)["replicas"] == 6


@pytest.mark.parametrize(
    ("text", "runbook"),
    [
        ("scale vllm-pool to 6 in production", "scale-service"),
        ("restart rag-api in staging", "restart-service"),
    ],
)
async def test_a_library_without_the_runbook_is_said(world: World, text: str, runbook: str) -> None:
    world.swap(library=Library({}))
    assert f"There is no runbook {runbook} here" in (await world.say(text)).reply.text


@pytest.mark.parametrize(
    "text",
    [
        "restart rag-api in staging",
        "bounce the rag-api pods in staging",
        "rag-api in staging is stuck, restart it",
    ],
)
async def test_a_restart_is_planned(world: World, text: str) -> None:
    outcome = await world.say(text)
    assert outcome.reply.run is not None
    assert outcome.reply.run["runbook"] == "restart-service"
    assert outcome.reply.run["inputs"]["environment"] == "staging"
    assert outcome.ask


async def test_a_restart_without_an_environment_asks_for_it(world: World) -> None:
    assert "Which environment of checkout?" in (await world.say("checkout needs a restart")).reply.text
    reply = (await world.say("staging")).reply
    assert reply.run is not None
    assert reply.run["inputs"]["service"] == "checkout"


async def test_two_services_at_once_are_asked_about(world: World) -> None:
    reply = (await world.say("restart rag-api and checkout in staging")).reply
    assert "One change at a time" in reply.text
    assert await runs(world) == []


async def test_it_means_the_service_that_was_spoken_of(world: World) -> None:
    await world.say("capacity of rag-api in staging")
    outcome = await world.say("restart it")
    assert outcome.reply.run is not None
    assert outcome.reply.run["inputs"] == {
        "service": "rag-api", "environment": "staging", "max_error_rate": 0.02,
    }  # fmt: skip


@pytest.mark.parametrize("text", ["scale vllm-pool to 6 in production", "restart rag-api in staging"])
async def test_who_may_not_ask_for_changes_is_told_who_may(world: World, text: str) -> None:
    reply = (await world.say(text, as_="jonas")).reply
    assert "you need the role operator" in reply.text
    assert await runs(world) == []
