from __future__ import annotations

from typing import Any

import pytest

from bot.http.auth import issue
from bot.http.rest import ROUTES
from bot.http.shapes import Problem
from tests.bot.http.conftest import KEY, Stage


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.method} {route.path}")
async def test_every_route_wants_a_token(stage: Stage, route: Any) -> None:
    path = route.full.replace("{", "").replace("}", "")
    async with stage.client.request(route.method, path, json={}) as answer:
        assert answer.status == 401
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
        Problem.model_validate(await answer.json())


async def test_an_unknown_address_below_the_api_wants_a_token_first(stage: Stage) -> None:
    async with stage.client.get("/api/v1/nothing") as answer:
        assert answer.status == 401
    async with stage.client.get("/api/v1/nothing", headers=stage.headers("maria")) as answer:
        assert answer.status == 404


async def test_a_subject_that_is_nobody_is_told_how_to_be_added(stage: Stage) -> None:
    token = issue(KEY, "mallory", ["admin"], 60, now=stage.services.wall.now())
    headers = {"Authorization": f"Bearer {token}"}
    async with stage.client.get("/api/v1/runbooks", headers=headers) as answer:
        assert answer.status == 403
        assert "people.yaml" in (await answer.json())["detail"]


async def test_a_role_that_the_token_leaves_out_is_missed_in_words(stage: Stage) -> None:
    async with stage.client.get("/api/v1/audit", headers=stage.headers("amara", "viewer")) as answer:
        assert answer.status == 403
        assert "you speak with: viewer" in (await answer.json())["detail"]


async def test_a_body_of_another_type_is_refused(stage: Stage) -> None:
    for kind in ("text/plain", "application/x-www-form-urlencoded", "application/xml", ""):
        headers = {**stage.headers("maria"), "Content-Type": kind}
        async with stage.client.post("/api/v1/sessions", data=b"{}", headers=headers) as answer:
            assert answer.status == 415
    headers = {**stage.headers("maria"), "Content-Type": "application/json; charset=utf-8"}
    async with stage.client.post("/api/v1/sessions", data=b"{}", headers=headers) as answer:
        assert answer.status == 201


async def test_a_query_name_that_is_not_known_or_given_twice_is_refused(stage: Stage) -> None:
    status, problem = await stage.call("GET", "/approvals?stauts=pending")
    assert status == 400
    assert "did you mean 'status'" in problem["detail"]
    assert (await stage.call("GET", "/approvals?limit=1&limit=2"))[0] == 400
    assert (await stage.call("GET", "/approvals?status=open"))[0] == 400


async def test_an_id_that_can_be_nobodys_is_not_found(stage: Stage) -> None:
    for odd in ("%00", "a%2F..%2Fb", "%F0%9F%92%A9", "x" * 121, "..%5C", "'%20or%201=1"):
        for place in ("/sessions/", "/messages/", "/approvals/", "/workflows/", "/runbooks/"):
            assert (await stage.call("GET", place + odd))[0] == 404
