from __future__ import annotations

from dataclasses import replace

from aiohttp.test_utils import TestClient, TestServer

from bot.http.web import make_web
from tests.bot.http.conftest import Stage


async def test_it_is_alive_and_ready_without_a_token(stage: Stage) -> None:
    for path, body in (("/health", {"status": "alive"}), ("/ready", {"status": "ready", "reasons": []})):
        async with stage.client.get(path) as answer:
            assert (answer.status, await answer.json()) == (200, body)


async def test_it_says_why_it_is_not_ready(stage: Stage) -> None:
    services = replace(stage.services, not_ready=lambda: ["The classifier is being trained."])
    async with TestClient(TestServer(make_web(services))) as client, client.get("/ready") as answer:
        assert answer.status == 503
        assert (await answer.json())["reasons"] == ["The classifier is being trained."]


async def test_a_closed_database_is_a_reason_and_not_a_failure(stage: Stage) -> None:
    await stage.services.desk.stop()
    await stage.services.database.close()
    async with stage.client.get("/ready") as answer:
        assert answer.status == 503
        assert "closed" in (await answer.json())["reasons"][0]
    async with stage.client.get("/health") as answer:
        assert answer.status == 200
    async with stage.client.get("/metrics") as answer:
        assert answer.status == 503


async def test_metrics_show_what_waits_and_name_nobody(stage: Stage) -> None:
    session = await stage.session()
    await stage.say(session, "roll back")
    async with stage.client.get("/metrics") as answer:
        assert answer.content_type == "text/plain"
        page = await answer.text()
    assert 'copilot_runs{status="waiting"} 1.0' in page
    assert "copilot_inbox_waiting 0.0" in page
    assert "copilot_outbox_unsent 0.0" in page
    assert "maria" not in page and session not in page
