from __future__ import annotations

import gzip
import logging
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import ClientResponse, web
from aiohttp.test_utils import TestClient, TestServer

from bot.http.problems import problems, slug
from bot.http.refusals import Unauthorized
from bot.http.shapes import Problem
from config.errors import Busy, Conflict, CopilotError

Client = TestClient[web.Request, web.Application]


async def raises(request: web.Request) -> web.Response:
    kinds: dict[str, Exception] = {
        "conflict": Conflict("Priya approved it before you."),
        "busy": Busy("Try again."),
        "unauthorized": Unauthorized("No token."),
        "bare": CopilotError("x" * 5_000),
        "unexpected": ZeroDivisionError("secret words"),
    }
    raise kinds[request.match_info["kind"]]


async def reads(request: web.Request) -> web.Response:
    return web.Response(body=await request.read())


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    app = web.Application(middlewares=(problems,), client_max_size=1_000)
    app.router.add_get("/raise/{kind}", raises)
    app.router.add_post("/read", reads)
    async with TestClient(TestServer(app)) as client:
        yield client


async def problem(answer: ClientResponse) -> Problem:
    assert answer.content_type == "application/problem+json"
    body: dict[str, Any] = await answer.json()
    read = Problem.model_validate(body)
    assert read.status == answer.status
    return read


async def test_our_errors_become_problems_with_their_own_words(client: Client) -> None:
    said = await problem(await client.get("/raise/conflict"))
    assert (said.status, said.title) == (409, Conflict.title)
    assert said.detail == "Priya approved it before you."
    assert said.type == "urn:llm-copilot:problem:conflict"


async def test_a_busy_answer_says_when_to_come_back(client: Client) -> None:
    assert (await client.get("/raise/busy")).headers["Retry-After"] == "5"


async def test_an_unauthorized_answer_says_how_to_sign_in(client: Client) -> None:
    answer = await client.get("/raise/unauthorized")
    assert answer.status == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


async def test_long_words_are_cut(client: Client) -> None:
    assert len((await problem(await client.get("/raise/bare"))).detail) == 2_000


async def test_the_unexpected_shows_an_error_id_that_is_in_the_log_and_nothing_else(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    said = await problem(await client.get("/raise/unexpected"))
    assert said.status == 500
    assert "secret" not in said.detail and "Zero" not in said.detail
    assert said.error_id in said.detail
    logged = [record for record in caplog.records if said.error_id in record.getMessage()]
    assert logged and logged[0].exc_info is not None


async def test_every_refusals_error_id_is_in_the_log(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        said = await problem(await client.get("/raise/conflict"))
    assert said.error_id in caplog.text


async def test_an_unknown_address_and_method_are_told_what_there_is(client: Client) -> None:
    assert "GET /docs" in (await problem(await client.get("/nothing"))).detail
    answer = await client.put("/read", data=b"x")
    assert answer.headers["Allow"] == "POST"
    assert "It takes: POST" in (await problem(answer)).detail


async def test_a_large_body_is_refused(client: Client) -> None:
    assert (await problem(await client.post("/read", data=b"x" * 1_001))).status == 413
    packed = gzip.compress(b"x" * 1_000_000)
    answer = await client.post("/read", data=packed, headers={"Content-Encoding": "gzip"})
    assert (await problem(answer)).status == 413


async def test_a_body_that_is_not_what_its_header_says_is_refused(client: Client) -> None:
    answer = await client.post("/read", data=b"plain", headers={"Content-Encoding": "gzip"})
    assert (await problem(answer)).status == 400


async def test_control_characters_of_an_address_do_not_reach_the_words(client: Client) -> None:
    said = await problem(await client.get("/a%0d%0aX: y%1b[31m"))
    assert all(one.isprintable() for one in said.detail)


def test_a_class_name_becomes_words_with_dashes() -> None:
    assert slug("BadRequest") == "bad-request"
    assert slug("Conflict") == "conflict"
