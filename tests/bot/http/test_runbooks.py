from __future__ import annotations

from bot.http.shapes import Runbook
from tests.bot.http.conftest import Stage


async def test_runbooks_are_listed_with_the_schema_of_their_inputs(stage: Stage) -> None:
    status, body = await stage.call("GET", "/runbooks")
    assert status == 200
    assert [Runbook.model_validate(one).id for one in body] == ["look", "roll-back"]
    assert body[1]["inputs"]["required"] == ["service"]
    assert body[1]["inputs"]["properties"]["environment"]["default"] == "production"
    assert body[1]["steps"] == [{"id": "rollback", "action": "deployments.rollback"}]


async def test_runbooks_are_read_in_pages(stage: Stage) -> None:
    status, first = await stage.call("GET", "/runbooks?limit=1")
    assert (status, [one["id"] for one in first]) == (200, ["look"])
    assert [one["id"] for one in await stage.pages("/runbooks?limit=1")] == ["look", "roll-back"]


async def test_one_runbook_is_shown_and_an_unknown_one_is_guessed(stage: Stage) -> None:
    _, every = await stage.call("GET", "/runbooks")
    assert await stage.call("GET", "/runbooks/look") == (200, every[0])
    status, problem = await stage.call("GET", "/runbooks/lok")
    assert status == 404
    assert "look" in problem["detail"]
