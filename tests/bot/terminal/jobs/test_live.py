from __future__ import annotations

import asyncio
import contextlib
import io
from pathlib import Path

from bot.services import Services
from bot.terminal.jobs.live import follow, shown_live
from bot.terminal.jobs.screen import Screen
from config.settings import Llm
from tests.bot.terminal.house import House


def screen_of(services: Services) -> Screen:
    return Screen(services, services.people.by_id["maria"])


async def test_whole_lines_appear_while_the_answer_is_made(sqlite_url: str, tmp_path: Path) -> None:
    async with House(sqlite_url, tmp_path).open(work=False) as services:
        with contextlib.redirect_stdout(io.StringIO()) as out:
            listening = asyncio.create_task(follow(services, screen_of(services), "r1"))
            for _ in range(30):
                services.streams.say("r1", "the release is likely ")
            await asyncio.sleep(0)
            before = out.getvalue()
            services.streams.end("r1")
            await listening
    assert before.startswith("… the release is likely") and before.count("\n") >= 5
    assert out.getvalue().count("the release is likely") + out.getvalue().count("likely\n") >= 29


async def test_what_was_taken_back_is_said_to_be(sqlite_url: str, tmp_path: Path) -> None:
    async with House(sqlite_url, tmp_path).open(work=False) as services:
        services.streams.say("r1", "wrong words")
        services.streams.withdraw("r1")
        services.streams.withdraw("r1")
        services.streams.say("r1", "right words\x1b[2J")
        services.streams.end("r1")
        with contextlib.redirect_stdout(io.StringIO()) as out:
            await follow(services, screen_of(services), "r1")
    assert out.getvalue() == "… (that was no part of the answer)\n… right words\\x1b[2J\n"


async def test_without_a_language_model_nobody_listens(sqlite_url: str, tmp_path: Path) -> None:
    house = House(sqlite_url, tmp_path)
    async with house.open(work=False) as services, shown_live(services, screen_of(services), "r1"):
        assert "live r1" not in {task.get_name() for task in asyncio.all_tasks()}
    chosen = house.settings().model_copy(update={"llm": Llm(base_url="http://127.0.0.1:9/v1", model="m")})
    async with house.open(work=False, settings=chosen) as services:
        async with shown_live(services, screen_of(services), "r1"):
            assert "live r1" in {task.get_name() for task in asyncio.all_tasks()}
        assert "live r1" not in {task.get_name() for task in asyncio.all_tasks()}
