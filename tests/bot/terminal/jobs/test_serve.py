from __future__ import annotations

import asyncio
import os
import signal
import socket

import aiohttp
import pytest

from bot.terminal.jobs import serve
from bot.terminal.jobs.serve import banner, console_link, next_steps
from bot.terminal.look import make_console
from config.errors import BadRequest, SettingsError
from tests.bot.terminal.house import House


async def test_it_serves_until_a_signal_and_says_where(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    task = asyncio.create_task(serve.run(house, host=None, port=0))
    shown = ""
    async with asyncio.timeout(20):
        while "Try next" not in shown:
            await asyncio.sleep(0.02)
            shown += capsys.readouterr().out
        address = next(word for word in shown.split() if word.startswith("http://127.0.0.1:"))
        link = next(word for word in shown.split() if "/hello/" in word)
        jar = aiohttp.CookieJar(unsafe=True)
        async with aiohttp.ClientSession(cookie_jar=jar) as session:
            async with session.get(f"{address}/health") as answer:
                assert answer.status == 200
            async with session.get(link) as answer:
                assert answer.status == 200 and "Hello, Maria." in await answer.text()
        os.kill(os.getpid(), signal.SIGTERM)
        await task
    assert "Stopping" in capsys.readouterr().out and house.opened == []


async def test_a_port_in_use_is_told_before_anything_is_opened(house: House) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        house.fail = AssertionError("nothing may be opened")
        with pytest.raises(BadRequest, match=f"Port {port} on 127.0.0.1 is in use"):
            await serve.run(house, host=None, port=port)


async def test_an_address_that_is_not_ours_is_told(house: House) -> None:
    with pytest.raises(BadRequest, match=r"203\.0\.113\.9"):
        await serve.run(house, host="203.0.113.9", port=0)


async def test_beyond_loopback_a_secret_is_wanted(house: House) -> None:
    with pytest.raises(SettingsError, match="COPILOT_AUTH__SECRET"):
        await serve.run(house, host="0.0.0.0", port=0)


async def test_the_banner_says_what_is_configured_what_not_who_you_are_and_what_to_try(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    async with house.open(work=False) as services:
        make_console().print(await banner(services, "http://127.0.0.1:1"))
        commands = [line.plain for line in next_steps(services, "http://127.0.0.1:1")]
    words = capsys.readouterr().out
    wanted = ("demo: an invented company", "Slack, Teams", "Maria", "nothing")
    for expected in wanted:
        assert expected in words, expected
    assert any("token --user maria" in one and one.endswith("/api/v1/approvals") for one in commands)


def test_the_link_stands_on_a_line_of_its_own_and_is_only_there_in_the_demo() -> None:
    assert [one.plain for one in console_link("http://127.0.0.1:1", "abc")][
        1
    ] == "  http://127.0.0.1:1/hello/abc"
    words = [one.plain for one in console_link("http://10.0.0.1:1", None)]
    assert "token --user NAME" in words[0] and words[1] == "  http://10.0.0.1:1/"
