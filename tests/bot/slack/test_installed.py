"""The workspace of a single token."""

from __future__ import annotations

import asyncio

import aiohttp
import pytest

from bot.slack.installed import OneWorkspace
from bot.slack.workspaces import Web
from integrations.errors import Unavailable
from tests.support.slack.server import BOT_USER, TEAM, TOKEN, FakeSlack, running


async def test_slack_is_asked_once_and_again_only_while_it_did_not_say() -> None:
    async with running(FakeSlack()) as slack, aiohttp.ClientSession() as session:
        one = OneWorkspace(Web(session, slack.url), TOKEN)
        slack.befall("auth.test", "internal_error")
        with pytest.raises(Unavailable):
            await one.workspace(TEAM)
        found = await asyncio.gather(*(one.workspace(TEAM) for _ in range(5)))
        assert {here.bot_user for here in found if here is not None} == {BOT_USER}
        assert [method for method, _ in slack.calls] == ["auth.test", "auth.test"]
        assert await one.workspace("T9") is None
