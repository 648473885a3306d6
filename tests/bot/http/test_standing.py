from __future__ import annotations

from typing import Any

from bot.http.shapes import Standing
from tests.bot.http.conftest import Stage

NEW = {
    "runbook": "roll-back",
    "services": ["rag-api"],
    "environment": "production",
    "reason": "nobody must wake up",
    "days": 30,
}


async def proposed(stage: Stage) -> dict[str, Any]:
    status, one = await stage.call("POST", "/standing", "maria", NEW)
    assert status == 201
    found: dict[str, Any] = one
    return found


async def test_two_agree_and_the_next_run_asks_nobody_until_it_is_revoked(stage: Stage) -> None:
    one = await proposed(stage)
    for person in ("priya", "sam"):
        status, seen = await stage.call(
            "POST", f"/standing/{one['id']}/approve", person, {"hash": one["hash"]}
        )
        assert status == 200
    assert Standing.model_validate(seen).status == "active"
    wanted = {"runbook": "roll-back", "inputs": {"service": "rag-api"}}
    _, run = await stage.call("POST", "/workflows", "maria", wanted)
    assert run["approval"] is None
    await stage.until(f"/workflows/{run['id']}", lambda seen: seen["status"] == "succeeded")
    assert (await stage.call("POST", f"/standing/{one['id']}/revoke", "sam", {}))[1]["ended_by"] == "sam"
    _, listed = await stage.call("GET", "/standing")
    assert [(each["id"], each["status"]) for each in listed] == [(one["id"], "revoked")]
    assert (await stage.call("GET", f"/standing/{one['id']}"))[0] == 200


async def test_the_list_comes_in_pages(stage: Stage) -> None:
    made = [(await proposed(stage))["id"] for _ in range(5)]
    assert [one["id"] for one in await stage.pages("/standing?limit=2")] == made[::-1]
    assert await stage.pages("/standing?cursor=std_gone") == []


async def test_who_may_not_or_saw_something_else_changes_nothing(stage: Stage) -> None:
    one = await proposed(stage)
    path = f"/standing/{one['id']}/approve"
    assert (await stage.call("POST", path, "maria", {"hash": one["hash"]}))[0] == 403
    assert (await stage.call("POST", path, "priya", {"hash": "0" * 64}))[0] == 409
    assert (await stage.call("POST", "/standing/std_x/approve", "priya", {"hash": "0" * 64}))[0] == 404
    assert (await stage.call("POST", "/standing", "maria", NEW | {"days": 91}))[0] == 400
    assert (await stage.call("GET", f"/standing/{one['id']}"))[1]["votes"] == []
