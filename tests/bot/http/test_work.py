from __future__ import annotations

import asyncio

from bot.http.shapes import Work
from tests.bot.http.conftest import Stage

LOOK = {"runbook": "look", "inputs": {"service": "rag-api"}}


async def test_the_switch_is_thrown_seen_and_lifted(stage: Stage) -> None:
    assert (await stage.call("GET", "/switch"))[1]["stopped"] is False
    status, body = await stage.call("POST", "/switch/stop", "maria", {"reason": "smoke"})
    assert (status, body["by"], body["reason"]) == (200, "maria", "smoke")
    assert Work.model_validate((await stage.call("GET", "/switch"))[1]).stopped
    _, run = await stage.call("POST", "/workflows", "maria", LOOK)
    await asyncio.sleep(0.2)
    assert (await stage.call("GET", f"/workflows/{run['id']}"))[1]["status"] == "queued"
    status, body = await stage.call("POST", "/switch/resume", "priya", {})
    assert (status, body["stopped"]) == (200, False)
    await stage.until(f"/workflows/{run['id']}", lambda one: one["status"] == "succeeded")


async def test_rights_and_conflicts_are_told(stage: Stage) -> None:
    assert (await stage.call("POST", "/switch/stop", "jonas", {}))[0] == 403
    assert (await stage.call("POST", "/switch/resume", "maria", {}))[0] == 403
    status, problem = await stage.call("POST", "/switch/resume", "priya", {})
    assert status == 409 and "nothing to lift" in problem["detail"]
