from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from graph.answers.capacity import FULLNESS, CapacitySlots, days_of
from insight.facts import Capacity, MetricSeries, Point, Stat
from insight.forecast import DAY, replicas_for
from integrations.errors import Unavailable
from integrations.ports import Sources
from tests.graph.world import World


async def capacity(world: World, service: str, environment: str = "production") -> Capacity:
    assert world.tools.sources.capacities is not None
    found = await world.tools.sources.capacities.capacity(environment)
    return next(one for one in found if one.service == service)


async def busiest(world: World, service: str) -> float:
    """The greatest hour of the last 7 days, requests/s."""
    assert world.tools.sources.metrics is not None
    now = world.clock.now()
    got = await world.tools.sources.metrics.series(
        service, "production", "throughput", "mean", now - 7 * DAY, now, 3600.0
    )
    return max(point.value for point in got.points)


def rows(reply: Any) -> list[list[str]]:
    table: list[list[str]] = next(one for one in reply.blocks if one["type"] == "table")["rows"]
    return table


@pytest.mark.parametrize(
    "text",
    ["capacity of rag-api", "how much headroom does rag-api have", "when will rag-api hit its limit?"],
)
async def test_a_service_says_what_it_bears_and_how_full_it_is(world: World, text: str) -> None:
    reply = (await world.say(text)).reply
    one, peak = await capacity(world, "rag-api"), await busiest(world, "rag-api")
    limit = one.replicas * one.per_replica
    assert reply.reading.intent == "capacity.forecast"
    assert f"{limit:,.0f} req/s on {one.replicas} replicas" in reply.text
    assert f"({peak / limit:.0%})" in reply.text
    chart = next(one for one in reply.blocks if one["type"] == "chart")
    assert "limit of" in chart["summary"]


@pytest.mark.parametrize(
    ("text", "factor"),
    [
        ("can the gateway take three times the load", 3.0),
        ("what happens to llm-gateway if traffic doubles", 2.0),
        ("would llm-gateway hold if requests grow by 40 percent", 1.4),
    ],
)
async def test_more_load_takes_so_many_replicas(world: World, text: str, factor: float) -> None:
    reply = (await world.say(text)).reply
    one, peak = await capacity(world, "llm-gateway"), await busiest(world, "llm-gateway")
    needed = replicas_for(peak * factor, one.per_replica, FULLNESS)
    if needed <= one.replicas:
        assert reply.text.startswith(f"{one.service} in production serves")
        assert "Yes:" in reply.text
    else:
        assert f"it takes {needed} replicas ({needed - one.replicas} more" in reply.text
        assert ("it may have" in reply.text) == (needed > one.maximum)


async def test_the_whole_company_is_listed_the_fullest_first(world: World) -> None:
    reply = (await world.say("which services run out of capacity first")).reply
    assert len(rows(reply)) == len(world.tools.catalogue.services)
    used = [float(row[3].rstrip("%")) for row in rows(reply)]
    assert used == sorted(used, reverse=True)
    assert rows(reply)[0][0] in reply.text


async def test_gpus_are_counted_where_there_are_some(world: World) -> None:
    reply = (await world.say("how many gpus do we need if traffic grows 50%")).reply
    with_gpu = [name for name in world.tools.catalogue.services if (await capacity(world, name)).accelerator]
    assert {row[0] for row in rows(reply)} == set(with_gpu)
    assert "At 1.5 times the load" in reply.text


async def test_what_nobody_measures_is_said_not_to_be_known(world: World) -> None:
    reply = (await world.say("when do we run out of disk")).reply
    assert "I have no figures on any disk" in reply.text


async def test_a_horizon_that_is_named_is_looked_at(world: World) -> None:
    reply = (await world.say("traffic forecast for rag-api for the next 6 weeks")).reply
    assert "in 42 days the week's peak is expected" in reply.text


class Growing:
    """A service that gains 2 requests/s each day; `days` of history."""

    def __init__(self, days: int = 56) -> None:
        self.days = days

    async def capacity(self, environment: str) -> tuple[Capacity, ...]:
        return (Capacity("rag-api", environment, 4, 2, 6, 100.0, 300.0),)

    async def series(
        self, service: str, environment: str, metric: str, stat: Stat, start: float, end: float, step: float
    ) -> MetricSeries:
        points = tuple(
            Point(end - (self.days - day) * DAY + hour * 3600.0, 200.0 + 2 * day + (10 if hour == 15 else 0))
            for day in range(self.days)
            for hour in range(24)
        )
        return MetricSeries(service, environment, metric, stat, "req/s", step, points, "growing")


def growing(world: World, days: int = 56) -> World:
    grows = Growing(days)
    world.swap(sources=replace(world.tools.sources, metrics=grows, capacities=grows))  # type: ignore[arg-type]
    return world


async def test_growth_meets_the_limit_on_the_day_it_should(world: World) -> None:
    reply = (await growing(world).say("capacity forecast for rag-api")).reply
    assert "grows by 19% in 30 days" in reply.text
    assert "The 4 replicas are full in about 40 days" in reply.text
    assert "The most there may be (6) would be full in about 140 days" in reply.text
    assert "it takes 5 replicas, 1 more than now: 300 USD a month" in reply.text


async def test_too_little_history_is_said(world: World) -> None:
    reply = (await growing(world, days=9).say("capacity forecast for rag-api")).reply
    assert "only 9 days of history" in reply.text


async def test_no_back_end_and_one_that_is_down_are_said(world: World) -> None:
    class Down:
        async def capacity(self, environment: str) -> tuple[Capacity, ...]:
            raise Unavailable("the cluster cannot be reached.")

    world.swap(sources=replace(world.tools.sources, capacities=Down()))
    assert "the cluster cannot be reached." in (await world.say("capacity of rag-api")).reply.text
    world.swap(sources=Sources())
    assert "no back end for capacity is configured" in (await world.say("capacity of rag-api")).reply.text


@pytest.mark.parametrize(
    ("slots", "days"),
    [
        (CapacitySlots(), 30),
        (CapacitySlots(horizon="+14d"), 14),
        (CapacitySlots(time_range="this_quarter"), 84),
        (CapacitySlots(time_range="-7d"), 30),
    ],
)
def test_days_ahead(world: World, slots: CapacitySlots, days: int) -> None:
    assert days_of(slots, world.clock.now(), "UTC") == days
