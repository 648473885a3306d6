from __future__ import annotations

from dataclasses import replace

from aiohttp.test_utils import TestClient, TestServer

from bot.http.web import make_web
from integrations.errors import Unavailable
from integrations.ports import Sources
from tests.bot.console.conftest import Tab


async def test_every_service_has_its_release_its_state_and_its_curves(maria: Tab) -> None:
    text = (await maria.get("/fleet")).text
    for service in maria.services.catalogue.services:
        assert service in text, service
    assert text.count('class="spark"') == 3 * len(maria.services.catalogue.services)
    assert "Latency p95 of rag-api: last" in text and "healthy" in text


async def test_an_environment_is_chosen_and_an_unknown_one_is_the_first(maria: Tab) -> None:
    assert (
        'href="/fleet?environment=staging" aria-current="page"'
        in (await maria.get("/fleet?environment=staging")).text
    )
    assert 'environment=production" aria-current' in (await maria.get("/fleet?environment=<x>")).text


async def test_what_is_not_configured_or_does_not_answer_is_said_in_its_place(maria: Tab) -> None:
    class Broken:
        async def firing(self) -> object:
            raise Unavailable("The alert source does not answer.")

    for sources, words in (
        (Sources(), "no metrics back end is configured"),
        (Sources(alerts=Broken()), "no deployment back end is configured"),  # type: ignore[arg-type]
    ):
        services = replace(maria.services, sources=sources)
        async with TestClient(TestServer(make_web(services))) as client:
            tab = await Tab(client, services, maria.world, maria.parrot).enter()
            assert words in (await tab.get("/fleet")).text
            assert (await tab.get("/")).status == 200
