from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from graph.answers.releases import Build, builds_of, from_to
from graph.message import Reply
from graph.understanding.entities import extract
from insight.facts import Change
from integrations.errors import Unavailable
from integrations.ports import Sources
from runbooks.loader import Library
from store import ledger
from tests.graph.world import World, classifier, lexicon


async def running(world: World, service: str, environment: str) -> str:
    assert world.tools.sources.deployments is not None
    return (await world.tools.sources.deployments.release(service, environment)).current


def asked(reply: Reply, runbook: str) -> dict[str, Any]:
    assert reply.run is not None, reply.text
    assert reply.run["runbook"] == runbook
    return dict(reply.run["inputs"])


async def newer(world: World) -> tuple[str, str]:
    """A service whose staging runs another build than production, and that build."""
    for name in world.tools.catalogue.services:
        there = await running(world, name, "staging")
        if there != await running(world, name, "production"):
            return name, there
    raise AssertionError("every service runs the same build everywhere")


@pytest.mark.parametrize(
    "text",
    [
        "deploy {service} {version} to production",
        "ship {version} of {service} to prod",
        "please release {service} {version} to prod",
    ],
)
async def test_a_version_is_released_as_it_was_said(world: World, text: str) -> None:
    service, version = await newer(world)
    outcome = await world.say(text.format(service=service, version=version))
    given = asked(outcome.reply, "release-service")
    assert (given["service"], given["environment"], given["version"]) == (service, "production", version)
    assert outcome.ask
    assert f"→ {version}" in outcome.reply.text


@pytest.mark.parametrize(
    "text", ["deploy the latest {service} to production", "ship the newest build of {service} to prod"]
)
async def test_the_newest_build_is_found(world: World, text: str) -> None:
    service, _ = await newer(world)
    given = asked((await world.say(text.format(service=service))).reply, "release-service")
    builds = await builds_of(world.tools, service)
    assert isinstance(builds, list)
    assert given["version"] == builds[0].version


async def test_which_version_is_asked_with_those_that_there_are(world: World) -> None:
    service, version = await newer(world)
    reply = (await world.say(f"deploy {service} to production")).reply
    assert f"It runs {await running(world, service, 'production')}" in reply.text
    options = next(one for one in reply.blocks if one["type"] == "choices")["options"]
    assert version in options[0]["say"]
    given = asked((await world.say("1")).reply, "release-service")
    assert given["version"] == version


async def test_a_build_that_nobody_made_is_refused_with_those_there_are(world: World) -> None:
    reply = (await world.say("deploy rag-api 99.9.9 to staging")).reply
    assert "There is no build 99.9.9 of rag-api" in reply.text
    assert await world.database.read(lambda conn: ledger.list_runs(conn)) == []


async def test_without_a_deployments_back_end_the_version_must_be_said(world: World) -> None:
    world.swap(sources=Sources())
    assert "Say which version" in (await world.say("deploy rag-api to staging")).reply.text


async def test_a_model_with_its_parameters_goes_to_the_service_that_uses_it(world: World) -> None:
    outcome = await world.say("Deploy GPT-4 variant with temperature 0.2 and max_tokens 512 to staging")
    given = asked(outcome.reply, "deploy-model")
    assert given["service"] == "llm-gateway"
    assert (given["model"], given["params"]) == ("gpt-4", "max_tokens=512 temperature=0.2")
    assert outcome.ask


async def test_a_model_of_several_services_is_asked_about(world: World) -> None:
    reply = (await world.say("deploy gpt-4o with temperature 0.3 to staging")).reply
    users = [name for name, one in world.tools.catalogue.services.items() if "gpt-4o" in one.models]
    assert all(name in reply.text for name in users)
    given = asked((await world.say(users[1])).reply, "deploy-model")
    assert (given["service"], given["params"]) == (users[1], "temperature=0.3")


@pytest.mark.parametrize(
    "text",
    [
        "switch summarizer to claude-3-opus in dev",
        "use claude-3-opus with temperature 0.1 on summarizer in dev",
    ],
)
async def test_a_model_on_a_named_service(world: World, text: str) -> None:
    given = asked((await world.say(text)).reply, "deploy-model")
    assert (given["service"], given["model"], given["environment"]) == ("summarizer", "claude-3-opus", "dev")


async def test_a_parameter_that_there_is_not_is_refused(world: World) -> None:
    reply = (await world.say("deploy llama-3-8b on moderation in dev with batch size 4")).reply
    assert "batch_size" in reply.text
    assert reply.run is None


@pytest.mark.parametrize(
    ("text", "percent"),
    [
        ("start a canary of {service} in production with 10%", 10),
        ("canary {service} {version} in prod at 25 percent", 25),
        ("route a tenth of the traffic of {service} to {version} in production", 10),
        ("start a canary of {service} in production", 10),
    ],
)
async def test_a_canary_gets_its_part_of_the_traffic(world: World, text: str, percent: int) -> None:
    service, version = await newer(world)
    outcome = await world.say(text.format(service=service, version=version))
    given = asked(outcome.reply, "canary-release")
    assert (given["service"], given["environment"], given["percent"]) == (service, "production", percent)
    assert outcome.ask


async def test_too_large_a_part_is_refused(world: World) -> None:
    service, _ = await newer(world)
    assert "above 50" in (await world.say(f"canary {service} in production at 75%")).reply.text


@pytest.mark.parametrize(
    "text",
    [
        "promote the canary of rag-api in production",
        "finish the canary of rag-api in prod",
        "send all traffic to the new version of rag-api in production",
    ],
)
async def test_a_canary_is_promoted_and_where_there_is_none_it_says_that_nothing_changes(
    world: World, text: str
) -> None:
    reply = (await world.say(text)).reply
    given = asked(reply, "promote-canary")
    assert (given["service"], given["environment"]) == ("rag-api", "production")
    assert "As things are it changes nothing" in reply.text


@pytest.mark.parametrize(
    "text",
    [
        "promote {service} from staging to production",
        "promote {service} to production",
        "take {service} from staging to prod",
    ],
)
async def test_what_runs_in_one_environment_goes_on_to_the_next(world: World, text: str) -> None:
    service, version = await newer(world)
    given = asked((await world.say(text.format(service=service))).reply, "release-service")
    assert (given["version"], given["environment"]) == (version, "production")


async def test_the_same_build_in_both_is_nothing_to_do(world: World) -> None:
    same = [
        name
        for name in world.tools.catalogue.services
        if await running(world, name, "staging") == await running(world, name, "production")
    ]
    reply = (await world.say(f"promote {same[0]} from staging to production")).reply
    assert "Nothing is to be done" in reply.text


async def test_nothing_comes_before_the_first_environment(world: World) -> None:
    assert "From which environment?" in (await world.say("promote rag-api to dev")).reply.text


async def test_the_canarys_environment_is_asked_for(world: World) -> None:
    assert "In which environment" in (await world.say("promote the canary of rag-api")).reply.text
    asked((await world.say("staging")).reply, "promote-canary")


@pytest.mark.parametrize(
    ("text", "runbook"),
    [
        ("deploy rag-api 1.2.3 to staging", "release-service"),
        ("deploy gpt-4 to staging", "deploy-model"),
        ("start a canary of rag-api in staging with 5%", "canary-release"),
        ("promote the canary of rag-api in staging", "promote-canary"),
        ("promote rag-api from staging to production", "release-service"),
    ],
)
async def test_a_library_without_the_runbook_is_said(world: World, text: str, runbook: str) -> None:
    world.swap(library=Library({}))
    assert f"There is no runbook {runbook} here" in (await world.say(text)).reply.text


@pytest.mark.parametrize(
    "text", ["deploy rag-api 1.2.3 to staging", "promote the canary of rag-api in staging"]
)
async def test_who_may_not_ask_for_changes_is_told_who_may(world: World, text: str) -> None:
    assert "you need the role operator" in (await world.say(text, as_="tomas")).reply.text


class Line:
    """2 came out and was taken back for 1; then 3 came to staging alone."""

    def __init__(self, now: float, fails: bool = False) -> None:
        self.now, self.fails = now, fails

    async def changes(self, start: float, end: float, environment: str | None = None) -> tuple[Change, ...]:
        if self.fails:
            raise Unavailable("it does not answer.")

        def one(ago: float, before: str, after: str, where: str = "production", ok: bool = True) -> Change:
            return Change("dep", "deployment", "rag-api", where, self.now - ago, "sam", before, after, "", ok)

        return (
            one(900, "1", "2"),
            one(800, "2", "1"),
            one(700, "1", "3", "staging"),
            one(600, "1", "4", ok=False),
        )


async def test_builds_are_the_newest_first_by_when_they_first_came_out(world: World) -> None:
    now = world.clock.now()
    world.swap(sources=replace(world.tools.sources, deployments=Line(now)))  # type: ignore[arg-type]
    assert await builds_of(world.tools, "rag-api") == [
        Build("3", now - 700, "staging"),
        Build("2", now - 900, "production"),
        Build("1", now - 800, "production"),
    ]


async def test_a_log_of_deployments_that_is_down_is_said(world: World) -> None:
    world.swap(sources=replace(world.tools.sources, deployments=Line(0.0, fails=True)))  # type: ignore[arg-type]
    assert "it does not answer." in (await world.say("deploy rag-api to staging")).reply.text


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("promote rag-api from staging to production", {"to": "to", "source": "staging", "environment": "production"}),
        ("promote to production what runs in staging", {"to": "to", "source": "staging", "environment": "production"}),
        ("promote rag-api to production", {"to": "to"}),
        ("promote rag-api in production", {"to": "in"}),
        ("start a canary of rag-api in staging", {"to": "in", "percent": 10}),
    ],
)  # fmt: skip
def test_which_environment_is_which(text: str, found: dict[str, Any]) -> None:
    assert from_to(text, extract(text, lexicon(), classifier().known)) == found
