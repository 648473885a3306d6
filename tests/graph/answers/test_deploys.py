from __future__ import annotations

from insight.facts import Change, Release
from integrations.errors import Unavailable
from integrations.ports import Sources
from tests.graph.world import World


class Few:
    def __init__(self, now: float, fails: bool = False) -> None:
        self.now, self.fails = now, fails

    async def release(self, service: str, environment: str) -> Release:
        if self.fails:
            raise Unavailable("it does not answer.")
        return Release(service, environment, "1.4.2", "1.4.1", self.now - 7200, 3, True)

    async def changes(self, start: float, end: float, environment: str | None = None) -> tuple[Change, ...]:
        every = [
            Change(
                "dep-1",
                "deployment",
                "rag-api",
                "production",
                self.now - 90_000,
                "sam",
                "1.4.0",
                "1.4.1",
                "Release 1.4.1",
            ),
            Change(
                "dep-2",
                "deployment",
                "rag-api",
                "production",
                self.now - 7200,
                "lena",
                "1.4.1",
                "1.4.2",
                "Release 1.4.2",
            ),
            Change(
                "cfg-1",
                "config",
                "checkout",
                "staging",
                self.now - 60,
                "sam",
                "1",
                "2",
                "limit from 1 to 2",
                succeeded=False,
            ),
        ]
        return tuple(one for one in every if start <= one.at < end and environment in (None, one.environment))


def with_few(world: World, fails: bool = False) -> World:
    few = Few(world.clock.now(), fails)
    world.swap(sources=Sources(deployments=few))
    return world


async def test_a_service_is_said_with_its_version_age_and_last_change(world: World) -> None:
    reply = (await with_few(world).say("what version of rag-api is running in production")).reply
    assert "rag-api in production runs 1.4.2 for 2 h on 3 replicas, before it 1.4.1." in reply.text
    assert "2 changes of rag-api over the last 7 days" in reply.text
    assert "Release 1.4.2 (lena)" in reply.text


async def test_changes_of_a_time_are_listed_newest_first(world: World) -> None:
    reply = (await with_few(world).say("what was deployed in the last 3 hours")).reply
    assert [row[3] for row in reply.blocks[1]["rows"]] == ["1 → 2 (failed)", "1.4.1 → 1.4.2"]


async def test_a_deployment_is_found_by_its_id(world: World) -> None:
    reply = (await with_few(world).say("status of deployment dep-1")).reply
    assert [row[1] for row in reply.blocks[1]["rows"]] == ["rag-api"]
    assert "1 change " in reply.text


async def test_an_unknown_deployment_is_said(world: World) -> None:
    assert "I find no change dep-99" in (await with_few(world).say("status of deployment dep-99")).reply.text


async def test_nothing_in_that_time_is_said(world: World) -> None:
    assert (
        "No changes of billing"
        in (await with_few(world).say("was billing deployed in the last hour")).reply.text
    )


async def test_an_environment_shows_all_its_services(world: World) -> None:
    reply = (await with_few(world).say("what is currently deployed in staging")).reply
    assert len(reply.blocks[1]["rows"]) == len(world.tools.catalogue.services)


async def test_what_cannot_be_had_is_said(world: World) -> None:
    reply = (await with_few(world, fails=True).say("what version of rag-api is running in production")).reply
    assert "I could not get the release of rag-api in production: it does not answer." in reply.text


async def test_no_back_end_is_said(world: World) -> None:
    world.swap(sources=Sources())
    assert "no deployments back end is configured" in (await world.say("what was deployed today")).reply.text
