from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.http.shapes import Schedule
from tests.bot.http.conftest import Stage

DIGEST = {"kind": "digest", "words": "team", "cron": "0 9 * * 1-5", "timezone": "Europe/Berlin"}


def soon(seconds: float = 0.5) -> str:
    return (datetime.now(UTC) + timedelta(seconds=seconds)).isoformat()


async def made(stage: Stage, body: dict[str, Any] = DIGEST, person: str = "maria") -> dict[str, Any]:
    status, one = await stage.call("POST", "/schedules", person, body)
    assert status == 201, one
    found: dict[str, Any] = one
    return found


async def test_a_schedule_is_made_held_let_go_and_ended(stage: Stage) -> None:
    one = Schedule.model_validate(await made(stage))
    assert (one.status, one.owner, one.late, one.firings) == ("active", "maria", "run_once", [])
    path = f"/schedules/{one.id}"
    assert (await stage.call("POST", f"{path}/pause", "priya", {}))[1]["note"] == "paused by priya"
    assert (await stage.call("POST", f"{path}/resume", "maria", {}))[1]["status"] == "active"
    assert (await stage.call("DELETE", path, "maria"))[1]["status"] == "ended"
    assert (await stage.call("DELETE", path, "maria"))[0] == 409
    assert (await stage.call("GET", "/schedules"))[1] == []
    assert [each["id"] for each in (await stage.call("GET", "/schedules?ended=true"))[1]] == [one.id]


async def test_what_fires_comes_to_its_session_and_is_told_of_the_schedule(stage: Stage) -> None:
    _, session = await stage.call("POST", "/sessions", "maria", {})
    body = {"kind": "question", "words": "how is it", "at": soon(), "session_id": session["id"]}
    one = await made(stage, body)
    posts = f"/messages/{session['id']}/posts"

    async def rung() -> Any:
        await stage.services.schedules.fire_due()
        return (await stage.call("GET", posts))[1]

    async with asyncio.timeout(20):
        while not (seen := await rung()):
            await asyncio.sleep(0.02)
    assert "how is it" in seen[0]["text"]
    _, after = await stage.call("GET", f"/schedules/{one['id']}")
    assert after["status"] == "ended" and after["firings"][0]["status"] == "fired"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (DIGEST | {"words": "gossip"}, 400),
        (DIGEST | {"cron": "0 9 * *"}, 400),
        (DIGEST | {"cron": "* * * * *"}, 400),
        (DIGEST | {"timezone": "Mars/Base"}, 400),
        (DIGEST | {"at": "2099-01-01T09:00:00+00:00"}, 400),
        ({"kind": "reminder", "words": "x", "at": "2099-01-01T09:00:00"}, 400),
        ({"kind": "reminder", "words": "x", "at": "soon"}, 400),
        ({"kind": "reminder", "words": "x", "at": "2001-01-01T09:00:00+00:00"}, 400),
        ({"kind": "party", "words": "x", "cron": "0 9 * * *"}, 400),
        ({"kind": "runbook", "runbook": "nothing", "cron": "0 9 * * *"}, 404),
        (DIGEST | {"session_id": "ses_of_others"}, 404),
    ],
)
async def test_what_cannot_be_is_refused(stage: Stage, body: dict[str, Any], status: int) -> None:
    assert (await stage.call("POST", "/schedules", "maria", body))[0] == status
    assert (await stage.call("GET", "/schedules"))[1] == []


async def test_a_run_is_scheduled_by_operators_alone_with_its_inputs(stage: Stage) -> None:
    body = {"kind": "runbook", "runbook": "roll-back", "inputs": {"service": "rag-api"}, "cron": "0 4 * * 0"}
    assert (await stage.call("POST", "/schedules", "sam", body))[0] == 403
    one = await made(stage, body)
    assert (one["words"], one["inputs"]) == ("run roll-back service=rag-api", {"service": "rag-api"})


async def test_somebody_elses_reminder_is_not_there(stage: Stage) -> None:
    one = await made(stage, {"kind": "reminder", "words": "mine", "at": soon(3600)})
    assert (await stage.call("GET", f"/schedules/{one['id']}", "priya"))[0] == 404
    assert (await stage.call("GET", "/schedules", "priya"))[1] == []
