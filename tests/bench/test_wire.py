"""The measuring client speaks HTTP well enough: kept connections, no body, a broken connection."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from aiohttp import web

from tests.bench.served import free_port
from tests.bench.wire import Lost, Wire


@pytest.fixture
async def port() -> AsyncIterator[int]:
    async def echo(request: web.Request) -> web.Response:
        told = {"body": await request.json(), "key": request.headers.get("Idempotency-Key")}
        return web.json_response({**told, "token": request.headers["Authorization"]}, status=201)

    async def nothing(request: web.Request) -> web.Response:
        return web.Response(status=204)

    async def breaks(request: web.Request) -> web.Response:
        assert request.transport is not None
        request.transport.abort()
        return web.Response()

    app = web.Application()
    app.router.add_post("/echo", echo)
    app.router.add_delete("/nothing", nothing)
    app.router.add_get("/breaks", breaks)
    runner = web.AppRunner(app)
    await runner.setup()
    chosen = free_port()
    await web.TCPSite(runner, "127.0.0.1", chosen).start()
    yield chosen
    await runner.cleanup()


async def test_it_sends_token_key_and_body_and_keeps_the_connection(port: int) -> None:
    wire = Wire(port, "abc")
    for number in range(3):
        status, answer = await wire.request("POST", "/echo", {"n": number}, key=f"k{number}")
        assert status == 201
        assert answer == {"body": {"n": number}, "key": f"k{number}", "token": "Bearer abc"}
    assert await wire.request("DELETE", "/nothing") == (204, None)
    wire.close()


async def test_a_broken_connection_is_lost_and_the_next_request_opens_a_new_one(port: int) -> None:
    wire = Wire(port, "abc")
    with pytest.raises(Lost):
        await wire.request("GET", "/breaks")
    assert (await wire.request("DELETE", "/nothing"))[0] == 204
    wire.close()


async def test_nobody_listening_is_lost() -> None:
    with pytest.raises(Lost):
        await Wire(free_port()).request("GET", "/ready")
