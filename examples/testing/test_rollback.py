"""How to test a runbook and a conversation with the plugin: `pytest -p examples.testing.plugin examples/testing`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

from examples.testing.plugin import FakeChat

LIBRARY = Path(__file__).parents[2] / "runbooks" / "library"


async def test_a_rollback_that_does_not_help_is_undone(try_runbook: Callable[..., Awaitable[None]]) -> None:
    await try_runbook(
        LIBRARY / "rollback-service.yaml",
        inputs={"service": "rag-api", "environment": "staging"},
        requester="maria",
        reads={"deployments.status": {"current": "v2", "previous": "v1"}, "metrics.query": {"value": 0.5}},
        approve=["maria"],
        expect={"status": "rolled_back", "writes": ["to=v1", "version=v2"]},
    )


async def test_a_restart_is_asked_for_approved_by_another_and_done(chat: FakeChat) -> None:
    reply = await chat.say("restart llm-gateway in production")
    approval, run = reply["approval"], reply["run"]
    refused = await chat.say(f"approve {approval}", as_="maria")
    assert "somebody else must approve it" in refused["text"]
    await chat.say(f"approve {approval}", as_="priya")
    assert (await chat.finished(run))["status"] == "succeeded"
    assert any("Restart of llm-gateway in production: succeeded" in words for words in await chat.posts())
