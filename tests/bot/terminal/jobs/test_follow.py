from __future__ import annotations

import asyncio

import pytest

from bot.services import Services
from bot.terminal.jobs.caller import take_seat
from bot.terminal.jobs.follow import follow
from bot.terminal.jobs.screen import Screen
from runbooks.plan import RunRequest
from tests.bot.terminal.house import House


async def propose(services: Services, runbook: str) -> str:
    seat = take_seat(services, None)
    request = RunRequest(runbook, {"service": "rag-api"}, "maria", seat.place, f"req_{runbook}")
    proposal = await services.runbooks.propose(request, seat.person)
    assert proposal.run is not None
    return proposal.run.id


async def test_every_change_is_one_line_until_the_run_is_over(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    async with house.open(work=True) as services:
        screen = Screen(services, take_seat(services, None).person)
        async with asyncio.timeout(10):
            view = await follow(services, screen, await propose(services, "look"))
    assert view["status"] == "succeeded"
    lines = capsys.readouterr().out.splitlines()
    assert sum("✓ done" in line for line in lines) == 1 and "succeeded" in lines[-1]


async def test_a_run_that_waits_for_people_is_given_back_at_once(house: House) -> None:
    async with house.open(work=True) as services:
        screen = Screen(services, take_seat(services, None).person)
        async with asyncio.timeout(5):
            view = await follow(services, screen, await propose(services, "roll-back"))
    assert view["status"] == "waiting"
