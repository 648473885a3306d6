from __future__ import annotations

import asyncio

import pytest

from insight.facts import LogLine
from integrations.errors import Unavailable
from integrations.ports import Sources
from tests.graph.world import World

NOW = 1_760_000_000.0


class Lines:
    """`count` lines of rag-api, every third an error; other services have none, billing does not answer."""

    def __init__(self, count: int = 9) -> None:
        self.lines = tuple(
            LogLine(
                NOW - count + one, "rag-api", "production", "info" if one % 3 else "error",
                f"500 /v1/answer: gave up after {one} ms" if one % 3 == 0 else f"200 /v1/answer in {one} ms",
                f"{one:08x}",
            )
            for one in range(count)
        )  # fmt: skip
        self.asked: list[tuple[str, str, float, str]] = []

    async def search(
        self, service: str, environment: str, start: float, end: float, query: str = "", limit: int = 50
    ) -> tuple[LogLine, ...]:
        self.asked.append((service, environment, end - start, query))
        if service == "billing":
            raise Unavailable("its log is away.")
        found = [one for one in self.lines if query.lower() in one.text.lower() or query == one.trace]
        return tuple(found[-limit:]) if service == "rag-api" else ()


def with_lines(world: World, count: int = 9) -> Lines:
    lines = Lines(count)
    world.swap(sources=Sources(logs=lines))
    return lines


@pytest.mark.parametrize(
    "text",
    ["search the rag-api logs for gave up", 'logs of rag-api with "gave up"', "grep gave up in rag-api"],
)
async def test_lines_that_hold_the_words_are_counted_and_shown(world: World, text: str) -> None:
    lines = with_lines(world)
    reply = (await world.say(text)).reply
    assert lines.asked == [("rag-api", "production", 1801.0, "gave up")]
    assert '3 log lines with "gave up" of rag-api in production over the last 30 minutes.' in reply.text
    shown = next(block["text"] for block in reply.blocks if block["type"] == "code").splitlines()
    assert len(shown) == 3
    assert "CEST ERROR 500 /v1/answer: gave up after 6 ms trace=00000006" in shown[-1]


async def test_patterns_are_counted_without_what_varies(world: World) -> None:
    with_lines(world)
    reply = (await world.say("show logs of rag-api")).reply
    assert reply.blocks[1]["rows"] == [["6", "200 … in … ms"], ["3", "500 …: gave up after … ms"]]


async def test_only_the_level_that_was_asked_for(world: World) -> None:
    with_lines(world)
    assert "3 error log lines of rag-api" in (await world.say("show error logs of rag-api")).reply.text


async def test_so_many_lines_as_were_asked_for(world: World) -> None:
    with_lines(world, 90)
    reply = (await world.say("last 4 log lines of rag-api")).reply
    assert "The newest 4 are shown." in reply.text


async def test_more_than_is_fetched_is_said(world: World) -> None:
    with_lines(world, 2500)
    assert "At least 2,000 log lines of rag-api" in (await world.say("logs of rag-api")).reply.text


async def test_a_trace_is_sought_everywhere_for_a_day_and_gaps_are_named(world: World) -> None:
    lines = with_lines(world)
    reply = (await world.say("look up trace id 00000003")).reply
    assert {one[0] for one in lines.asked} == set(world.tools.catalogue.services)
    assert lines.asked[0][2] == 86_401.0
    assert "1 log line of trace 00000003 of all 13 services" in reply.text
    assert "I could not get log lines of billing: its log is away." in reply.text


async def test_the_search_can_be_asked_again(world: World) -> None:
    lines = with_lines(world)
    await world.say("search the rag-api logs for gave up")
    await world.say("and in staging?")
    await world.say("same for yesterday")
    assert [one[1] for one in lines.asked] == ["production", "staging", "staging"]
    assert {one[3] for one in lines.asked} == {"gave up"}


async def test_a_service_nobody_knows_is_asked_about(world: World) -> None:
    with_lines(world)
    assert "I do not know a service called 'foo-api'" in (await world.say("logs of foo-api")).reply.text


async def test_no_back_end_and_one_that_does_not_answer_in_time_are_said(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.swap(sources=Sources())
    assert "no back end for logs is configured" in (await world.say("logs of rag-api")).reply.text

    class Slow(Lines):
        async def search(self, *args: object, **named: object) -> tuple[LogLine, ...]:
            await asyncio.Event().wait()
            return ()

    world.swap(sources=Sources(logs=Slow()))
    monkeypatch.setattr("graph.answers.within.DEADLINE", 0.01)
    monkeypatch.setattr("graph.answers.within.within.__defaults__", (0.01,))
    assert "no answer within 0.01 s" in (await world.say("logs of rag-api")).reply.text
