from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from graph.understanding.times import resolve
from insight.facts import Change, Incident
from integrations.errors import Unavailable
from integrations.ports import Sources
from tests.graph.world import World

DAY = 86_400.0
ZONE = "Europe/Madrid"


async def deployments(world: World, symbol: str = "-30d", environment: str = "production") -> list[Change]:
    window = resolve(symbol, world.clock.now(), ZONE)
    assert world.tools.sources.deployments is not None
    found = await world.tools.sources.deployments.changes(window.start, window.end + 1.0, environment)
    return [one for one in found if one.kind == "deployment"]


def block(reply: Any, kind: str, place: int = 0) -> dict[str, Any]:
    found: dict[str, Any] = [one for one in reply.blocks if one["type"] == kind][place]
    return found


@pytest.mark.parametrize(
    "text",
    [
        "how many deployments did we do last month",
        "deployment frequency last month",
        "how often did we ship last month?",
    ],
)
async def test_deployments_are_counted(past: World, text: str) -> None:
    reply = (await past.say(text)).reply
    assert reply.reading.intent == "delivery.stats"
    assert f"{len(await deployments(past, 'last_month'))} " in reply.text


@pytest.mark.parametrize(
    "text",
    ["deployments per person this month", "how many times did each person deploy this month"],
)
async def test_each_persons_deployments_are_counted(past: World, text: str) -> None:
    reply = (await past.say(text)).reply
    truth: dict[str, int] = {}
    for one in await deployments(past, "this_month"):
        truth[one.by] = truth.get(one.by, 0) + 1
    assert {row[0]: int(row[1]) for row in block(reply, "table")["rows"]} == truth


async def test_teams_are_those_that_own_the_services(past: World) -> None:
    reply = (await past.say("change failure rate by team")).reply
    owners = {past.tools.catalogue.services[one.service].owner for one in await deployments(past)}
    rows = block(reply, "table")["rows"]
    assert {row[0] for row in rows} == owners
    assert sum(int(row[1]) for row in rows) == len(await deployments(past))


async def test_what_went_wrong_is_listed_with_how_it_was_seen(past: World) -> None:
    reply = (await past.say("how many releases failed this quarter")).reply
    failed = [one for one in await deployments(past, "this_quarter") if not one.succeeded]
    said = [row for row in block(reply, "table", 1)["rows"] if row[4] == "failed"]
    assert len(said) == len(failed)


@pytest.mark.parametrize("text", ["what is our mttr", "our mttr over the last 30 days", "mttr?"])
async def test_time_to_restore_is_the_median_of_incidents(past: World, text: str) -> None:
    reply = (await past.say(text)).reply
    now = past.clock.now()
    assert past.tools.sources.incidents is not None
    opened = await past.tools.sources.incidents.past_incidents(now - 30 * DAY, now)
    took = sorted(one.resolved_at - one.opened_at for one in opened if one.resolved_at is not None)
    assert took
    assert f"median of {len(opened)} incident" in reply.text
    assert f"{round(took[len(took) // 2] / 60)} min" in reply.text or len(took) % 2 == 0


async def test_rollbacks_are_counted(past: World) -> None:
    reply = (await past.say("how many rollbacks did we have this quarter")).reply
    assert "rollback" in reply.text
    assert reply.reading.entities["aspect"] == "rollbacks"


async def test_the_last_ten_deployments_alone(past: World) -> None:
    reply = (await past.say("failure rate of the last 10 deployments")).reply
    assert "among the last 10" in reply.text


async def test_one_teams_figures_are_by_service(past: World) -> None:
    reply = (await past.say("show dora metrics for team search")).reply
    owned = {name for name, one in past.tools.catalogue.services.items() if one.owner == "search"}
    assert {row[0] for row in block(reply, "table")["rows"]} <= owned
    keys = dict(block(reply, "facts")["facts"])
    assert {"Deployment frequency", "Lead time for changes", "Change failure rate"} <= set(keys)


class Line:
    """A release, its rollback an hour later, and another one; born in dev a day before."""

    def __init__(self, now: float) -> None:
        self.now = now

    async def changes(self, start: float, end: float, environment: str | None = None) -> tuple[Change, ...]:
        def one(ago: float, before: str, after: str, where: str, by: str = "maria") -> Change:
            return Change(
                f"dep-{ago:g}", "deployment", "rag-api", where, self.now - ago, by, before, after, ""
            )

        every = (
            one(11 * DAY, "1", "2", "dev"),
            one(10 * DAY, "1", "2", "production"),
            one(10 * DAY - 3600, "2", "1", "production", "sam"),
            one(6 * DAY, "1", "3", "dev"),
            one(3 * DAY, "1", "3", "production"),
        )
        return tuple(
            each for each in every if start <= each.at < end and environment in (None, each.environment)
        )

    async def release(self, service: str, environment: str) -> None:
        raise AssertionError("nobody asks what runs")


async def test_the_four_keys_of_a_line_of_releases(world: World) -> None:
    world.swap(sources=Sources(deployments=Line(world.clock.now())))  # type: ignore[arg-type]
    reply = (await world.say("dora metrics of rag-api")).reply
    keys = dict(block(reply, "facts")["facts"])
    assert keys["Change failure rate"] == "50% (1 of 2 releases)"
    assert keys["Lead time for changes"] == "2 days"
    assert keys["Recovery from a bad deployment"] == "60 min"
    assert keys["Rollbacks"] == "1"
    assert "I could not get incidents" in reply.text
    assert "rolled back by sam" in str(block(reply, "table")["rows"])


async def test_nothing_deployed_is_said(world: World) -> None:
    world.swap(sources=Sources(deployments=Line(world.clock.now())))  # type: ignore[arg-type]
    assert "No deployments of checkout" in (await world.say("dora metrics of checkout")).reply.text


async def test_no_back_end_and_one_that_is_down_are_said(world: World) -> None:
    class Down:
        async def changes(self, *_: object) -> tuple[Change, ...]:
            raise Unavailable("the deployment log cannot be read.")

        async def past_incidents(self, *_: object) -> tuple[Incident, ...]:
            raise Unavailable("the pager does not answer.")

    world.swap(sources=Sources())
    assert "no back end for deployments is configured" in (await world.say("dora metrics")).reply.text
    down = Down()
    world.swap(sources=Sources(deployments=down))  # type: ignore[arg-type]
    assert "the deployment log cannot be read." in (await world.say("dora metrics")).reply.text
    world.swap(sources=replace(world.tools.sources, deployments=Line(world.clock.now()), incidents=down))  # type: ignore[arg-type]
    assert "the pager does not answer." in (await world.say("dora metrics")).reply.text
