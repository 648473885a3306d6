from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from graph.answers.slo import promise
from insight.facts import Objective
from integrations.errors import Unavailable
from integrations.ports import Sources
from tests.graph.world import World


async def objectives(world: World, **only: str) -> list[Objective]:
    assert world.tools.sources.objectives is not None
    found = await world.tools.sources.objectives.objectives()
    return [one for one in found if all(getattr(one, key) == value for key, value in only.items())]


async def attained(world: World, one: Objective, start: float, end: float) -> float:
    """The part of requests that did not fail, from the company's own metrics."""
    metrics = world.tools.sources.metrics
    assert metrics is not None
    rate = await metrics.series(one.service, one.environment, "error_rate", "mean", start, end, 3600.0)
    load = await metrics.series(one.service, one.environment, "throughput", "mean", start, end, 3600.0)
    bad = sum(r.value * n.value for r, n in zip(rate.points, load.points, strict=True))
    return 1 - bad / sum(point.value for point in load.points)


def rows(reply: Any) -> list[list[str]]:
    table: list[list[str]] = next(one for one in reply.blocks if one["type"] == "table")["rows"]
    return table


@pytest.mark.parametrize(
    "text", ["show slo status for checkout", "is checkout within its slo", "error budget left for checkout?"]
)
async def test_an_objective_says_what_was_attained_and_what_is_left(world: World, text: str) -> None:
    reply = (await world.say(text)).reply
    (one,) = await objectives(world, service="checkout", indicator="availability")
    now = world.clock.now()
    truth = await attained(world, one, now - one.window, now)
    assert reply.reading.intent == "slo.query"
    assert f"{truth:.3%}".replace("%", " %") in reply.text
    assert f"{1 - (1 - truth) / (1 - one.target):.0%} of its error budget is left" in reply.text
    assert next(one for one in reply.blocks if one["type"] == "chart")["kind"] == "burn"


@pytest.mark.parametrize("text", ["list all slos", "are we meeting our slos", "slo overview please"])
async def test_every_objective_is_listed_the_worst_first(world: World, text: str) -> None:
    reply = (await world.say(text)).reply
    assert len(rows(reply)) == len(await objectives(world))
    left = [float(row[3].rstrip("%")) for row in rows(reply)]
    assert left == sorted(left)


async def test_a_team_sees_its_own_services(world: World) -> None:
    reply = (await world.say("list slos for team search")).reply
    owned = [name for name, one in world.tools.catalogue.services.items() if one.owner == "search"]
    assert {row[0] for row in rows(reply)} == {
        one.service for one in await objectives(world) if one.service in owned
    }


async def test_a_past_time_is_looked_at_without_burn_rates(world: World) -> None:
    reply = (await world.say("did we violate any slo last week")).reply
    assert "last week" in reply.text
    assert "Burn rate" not in reply.text
    assert all(len(row) == 5 for row in rows(reply))


async def test_the_latency_objective_alone(world: World) -> None:
    reply = (await world.say("is the latency slo of rag-api met")).reply
    assert {row[1] for row in rows(reply)} == {
        promise(one) for one in await objectives(world, service="rag-api", indicator="latency")
    }


async def test_a_bad_release_burns_the_budget_and_is_said_to(world: World) -> None:
    await world.break_something("bad-release", ago=5400.0)
    services = {one.service for one in await objectives(world)}
    reply = (await world.say("which slos are at risk")).reply
    hurt = [row for row in rows(reply) if row[-1] != "met"]
    assert hurt
    assert hurt[0][0] in services
    assert "times too fast" in reply.text


async def test_none_for_that_name_is_said(world: World) -> None:
    assert "There is no objective of billing" in (await world.say("slo status of billing")).reply.text


async def test_a_follow_up_asks_the_same_of_another_service(world: World) -> None:
    await world.say("error budget of rag-api")
    reply = (await world.say("and checkout?")).reply
    assert "checkout in production" in reply.text
    assert {row[0] for row in rows(reply)} == {"checkout"}


async def test_what_is_not_set_up_is_said(world: World) -> None:
    world.swap(sources=Sources())
    assert "no back end for objectives is configured" in (await world.say("list all slos")).reply.text


class Down:
    async def series(self, *_: object) -> None:
        raise Unavailable("the metrics server does not answer.")


async def test_metrics_that_are_down_are_named_for_each_objective(world: World) -> None:
    world.swap(sources=replace(world.tools.sources, metrics=Down()))  # type: ignore[arg-type]
    reply = (await world.say("slo status of checkout")).reply
    assert "I could not get the availability of checkout in production" in reply.text
    assert "the metrics server does not answer." in reply.text


def test_a_promise_is_short() -> None:
    one = Objective("a", "b", "availability", 0.995, 1.0)
    assert promise(one) == "99.5 % answered"
    assert promise(replace(one, target=0.9, indicator="latency", threshold=450.0)) == "90 % within 450 ms"
    assert promise(replace(one, target=0.9999)) == "99.99 % answered"
