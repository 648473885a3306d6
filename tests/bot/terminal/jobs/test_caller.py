from __future__ import annotations

import json

import pytest

from bot.http.auth import issue
from bot.terminal.chat import chat
from bot.terminal.jobs.caller import take_seat
from config.clock import SystemClock
from tests.bot.terminal.house import KEY, House, call


async def test_in_the_demo_you_are_its_first_operator_or_whom_you_act_as(house: House) -> None:
    async with house.open(work=False) as services:
        me, other = take_seat(services, None), take_seat(services, "priya")
    assert (me.person.id, me.caller.acting_as) == ("maria", None)
    assert (other.person.id, other.caller.acting_as, other.caller.via) == ("priya", "priya", "terminal:maria")


async def test_each_process_has_its_own_place_and_remembers_the_same_conversation(house: House) -> None:
    async with house.open(work=False) as services:
        first, second = take_seat(services, None), take_seat(services, None)
    assert first.place != second.place and first.conversation == second.conversation


async def test_each_message_is_a_new_event(house: House) -> None:
    async with house.open(work=False) as services:
        seat = take_seat(services, None)
    assert seat.says("a").event_id != seat.says("a").event_id


def test_outside_the_demo_you_are_whom_your_token_names(house: House) -> None:
    house.mode = "act"
    house.token = issue(KEY, "priya", ["viewer"], 60, now=SystemClock().now())
    body = json.loads(call(house, chat, "--json", "hello").stdout)
    assert body["text"] == "priya said hello"


@pytest.mark.parametrize(("token", "says"), [(None, "COPILOT_TOKEN"), ("rubbish", "not one of ours")])
def test_outside_the_demo_without_a_good_token_you_are_nobody(
    house: House, token: str | None, says: str
) -> None:
    house.mode, house.token = "act", token
    result = call(house, chat, "hello")
    assert result.exit_code == 1 and says in result.stderr
