"""Direct messages and threads; what is no person's word is left alone."""

from __future__ import annotations

import random

import pytest

from tests.bot.slack.asking import rows
from tests.bot.slack.conftest import Company
from tests.support.slack.server import BOT, BOT_USER

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_the_bot_hears_neither_itself_nor_other_bots_nor_edits(company: Company) -> None:
    base = {"type": "message", "channel": "D30", "channel_type": "im", "text": "help", "ts": "1700000001.1"}
    for more in (
        {"user": BOT_USER, "bot_id": BOT},
        {"user": "UOTHER", "bot_id": "BOTHER"},
        {"user": "UMARIA", "subtype": "message_changed"},
        {"user": "UMARIA", "subtype": "channel_join"},
        {"user": BOT_USER},
    ):
        assert (await company.sender.event({**base, **more}))[0] == 200
    assert await rows(company, "D30") == 0


async def test_each_event_is_handled_once_however_often_and_in_whatever_order_it_comes(
    company: Company,
) -> None:
    dice = random.Random(5)
    sent = [(number, f"EvTwice{number}") for number in range(60) for _ in range(dice.randint(1, 4))]
    dice.shuffle(sent)
    body = {"type": "message", "user": "UMARIA", "channel_type": "im", "text": "hello"}
    for number, event_id in sent:
        event = {**body, "channel": f"D4{number:02}", "ts": f"17000000{number:02}.1"}
        assert (await company.sender.event(event, event_id))[0] == 200
    counts = [await rows(company, f"D4{number:02}") for number in range(60)]
    assert counts == [1] * 60
