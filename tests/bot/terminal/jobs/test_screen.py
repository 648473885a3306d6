from __future__ import annotations

import pytest

from bot.terminal.jobs import ledger
from bot.terminal.jobs.caller import take_seat
from bot.terminal.jobs.screen import Screen
from tests.bot.terminal.house import House


async def test_times_are_in_the_readers_zone_and_demo_commands_say_as(house: House) -> None:
    async with house.open(work=False) as services:
        person = take_seat(services, "priya").person
        look, talking = Screen(services, person).look(), Screen(services, person, talking=True).look()
    assert str(look.zone) == "Asia/Kolkata" and look.approve.endswith(" --as NAME")
    assert talking.approve == "approve {id}"


async def test_who_may_decide_leaves_out_the_requester_and_who_has_spoken(house: House) -> None:
    async with house.open(work=True) as services:
        seat = take_seat(services, None)
        body = await services.desk.ask(seat.says("roll back"))
        view = await services.database.read(lambda conn: ledger.approval_of(conn, str(body["approval"])))
        screen = Screen(services, seat.person)
        assert screen.deciders(view) == ["lena", "priya", "sam", "tomas"]
        spoken = {**view, "decisions": [{"by": "sam"}]}
        assert screen.deciders(spoken) == ["lena", "priya", "tomas"]


async def test_an_answer_is_shown_with_the_ledgers_state(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    async with house.open(work=True) as services:
        seat = take_seat(services, None)
        screen = Screen(services, seat.person)
        await screen.reply(await services.desk.ask(seat.says("roll back")))
    words = capsys.readouterr().out
    assert "May approve" in words and "waiting" in words
