from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from typing import Any

from insight.facts import MetricSeries, Point, Stat
from integrations.errors import Unavailable
from integrations.ports import Sources
from tests.graph.world import World


class Steady:
    """The same value at all times, but ten times as much before yesterday noon."""

    def __init__(self, value: float = 100.0) -> None:
        self.value = value
        self.asked: list[tuple[str, str, str, float]] = []

    async def series(
        self, service: str, environment: str, metric: str, stat: Stat, start: float, end: float, step: float
    ) -> MetricSeries:
        self.asked.append((service, environment, metric, end - start))
        count = int((end - start) / step)
        points = tuple(Point(start + one * step, self.value) for one in range(count))
        return MetricSeries(service, environment, metric, stat, "ms", step, points, f"{metric}{{{service}}}")

    async def errors(self, service: str, environment: str, start: float, end: float) -> tuple[Any, ...]:
        return ()


class Broken(Steady):
    async def series(self, *args: Any, **named: Any) -> MetricSeries:
        raise Unavailable("the metrics back end does not answer. Check its URL.")


def with_metrics(world: World, metrics: Any) -> World:
    world.swap(sources=replace(world.tools.sources, metrics=metrics))
    return world


async def test_one_metric_says_now_average_peak_comparison_and_how_it_is_known(world: World) -> None:
    reply = (
        await with_metrics(world, Steady()).say("p95 latency of rag-api in staging over the last hour")
    ).reply
    assert reply.text.startswith(
        "Latency p95 of rag-api in staging: 100 ms now, 100 ms on average over the last hour"
    )
    assert "The day before: 100 ms (about the same)." in reply.text
    assert [block["type"] for block in reply.blocks] == ["text", "chart", "facts"]
    assert reply.blocks[2]["facts"] == [["How I know", "latency{rag-api}"]]


async def test_the_window_and_the_environment_that_were_asked_for_are_looked_at(world: World) -> None:
    metrics = Steady()
    await with_metrics(world, metrics).say("error rate of checkout in dev last 2 hours")
    assert metrics.asked == [("checkout", "dev", "error_rate", 7200.0)] * 2


async def test_a_stored_reply_with_its_chart_stays_small(world: World) -> None:
    reply = (await world.say("p95 latency of rag-api in staging over the last hour")).reply
    assert len(json.dumps(reply.body(), separators=(",", ":"))) <= 4000
    assert len(reply.blocks[1]["spec"]["data"]["values"]) <= 30


async def test_what_happened_meanwhile_is_marked_on_the_chart(world: World) -> None:
    await world.break_something("bad-release")
    reply = (await world.say("p95 latency of rag-api in production")).reply
    assert "deployed " in reply.blocks[1]["summary"] and "alert High" in reply.blocks[1]["summary"]


async def test_what_it_is_compared_with_is_drawn_beside_it(world: World) -> None:
    reply = (await world.say("compare latency of rag-api in production with last week")).reply
    rows = reply.blocks[1]["spec"]["data"]["values"]
    assert {row["series"] for row in rows} == {"now", "a week before"}


async def test_without_a_metric_the_main_ones_are_shown_in_a_table(world: World) -> None:
    reply = (await world.say("metrics of rag-api")).reply
    assert [row[1] for row in reply.blocks[1]["rows"]] == ["latency p95", "error rate", "throughput"]


async def test_a_model_stands_for_the_services_that_use_it(world: World) -> None:
    metrics = Steady()
    reply = (await with_metrics(world, metrics).say("token usage of gpt-4o today")).reply
    assert {one[0] for one in metrics.asked} == {"llm-gateway", "rag-api"}
    assert "which use gpt-4o" in reply.text


async def test_the_last_deployment_stands_for_its_service_since_then(world: World) -> None:
    reply = (await world.say("show me latency p95 for the last deployment in production")).reply
    assert "was deployed" in reply.text


async def test_a_back_end_that_fails_is_said(world: World) -> None:
    reply = (await with_metrics(world, Broken()).say("latency of rag-api")).reply
    assert "I could not get latency p95 of rag-api: the metrics back end does not answer" in reply.text


async def test_no_back_end_is_said(world: World) -> None:
    world.swap(sources=Sources())
    assert "no metrics back end is configured" in (await world.say("latency of rag-api")).reply.text


async def test_a_gap_is_said_and_not_drawn(world: World) -> None:
    class Empty(Steady):
        async def series(self, *args: Any, **named: Any) -> MetricSeries:
            return replace(await super().series(*args, **named), points=())

    reply = (await with_metrics(world, Empty()).say("latency of rag-api")).reply
    assert "there are no points in that time" in reply.text


async def test_many_people_may_ask_at_once(world: World) -> None:
    replies = await asyncio.gather(
        *(world.say("latency of rag-api", conversation=f"c{one}") for one in range(8))
    )
    assert len({one.reply.text for one in replies}) == 1
