from __future__ import annotations

import asyncio
import io

import pytest
from prompt_toolkit.application import create_app_session
from prompt_toolkit.completion import CompleteEvent
from prompt_toolkit.data_structures import Size
from prompt_toolkit.document import Document
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output.vt100 import Vt100_Output

from bot.terminal.jobs import ledger, talk
from bot.terminal.jobs.approvals import decide, follow_decided
from bot.terminal.jobs.caller import take_seat
from bot.terminal.jobs.talk import Suggestions
from graph import cards
from store.records import Outgoing
from tests.bot.terminal.house import House


async def typed(house: House, words: str) -> str:
    """What is on the screen after these keys."""
    screen = io.StringIO()
    output = Vt100_Output(screen, lambda: Size(rows=40, columns=100), term="dumb")
    with create_pipe_input() as keys, create_app_session(input=keys, output=output):
        keys.send_text(words)
        async with asyncio.timeout(20):
            await talk.run(house, name=None)
    return screen.getvalue()


async def test_what_is_typed_is_answered_until_one_leaves(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    words = await typed(house, "hello\nquit\n")
    assert "maria said hello" in words and "You are Maria" in capsys.readouterr().out


async def test_a_number_takes_the_choice_that_was_offered(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    body = {"text": "", "blocks": [cards.choices([("Say hello", "hello there")], "What now?")]}
    post = Outgoing("k", "p", 1, "reply", body, "claimed", 1, "here", None, 0.0, 0.0)
    async with house.open(work=True) as services:
        seat = take_seat(services, None)
        one = talk.Talk(services, seat, {})
        services.outbox.attach(seat.place, one)
        await one.send(post)
        await one.say("1")
        await one.close()
    words = capsys.readouterr().out
    assert "1  Say hello" in words and "> hello there" in words and "maria said hello there" in words


async def test_a_run_that_was_waited_for_is_followed_in_the_window(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    async with house.open(work=True) as services:
        seat = take_seat(services, None)
        one = talk.Talk(services, seat, {})
        services.outbox.attach(seat.place, one)
        await one.say("roll back")
        waiting = await services.database.read(ledger.pending)
        view = await decide(services, take_seat(services, "priya"), waiting[0]["id"], "approve", None, True)
        await follow_decided(services, seat, view, quiet=True)
        async with asyncio.timeout(5):
            shown = ""
            while "✓ succeeded" not in shown:
                await asyncio.sleep(0.02)
                shown += capsys.readouterr().out
        await one.close()


async def test_ctrl_d_leaves_and_ctrl_c_does_not(house: House) -> None:
    words = await typed(house, "\x03hello\n\x04")
    assert "To leave" in words and "maria said hello" in words


async def test_one_may_be_somebody_else_in_the_same_window(house: House) -> None:
    words = await typed(house, "/as priya\nhello\n/as nobody\nquit\n")
    assert "priya said hello" in words and "Nobody is called 'nobody'" in words


async def test_lines_are_remembered_in_a_file_of_ones_own(house: House) -> None:
    path = house.folder / "data" / "chat_history"
    path.parent.mkdir()
    await typed(house, "hello\nquit\n")
    assert "hello" in path.read_text(encoding="utf-8") and path.stat().st_mode & 0o077 == 0


async def test_words_services_and_people_are_completed(house: House) -> None:
    async with house.open(work=False) as services:
        offers = Suggestions(services)

    def offered(words: str) -> list[str]:
        return [one.text for one in offers.get_completions(Document(words), CompleteEvent())]

    assert (
        offered("why is rag") == ["rag-api"]
        and "priya" in offered("/as p")
        and "roll-back" in offered("run ro")
    )
    assert offered("why is ") == []
