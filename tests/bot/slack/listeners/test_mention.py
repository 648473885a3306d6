"""Mentions: the answer is in their thread."""

from __future__ import annotations

import pytest

from tests.bot.slack.asking import answered, rows
from tests.bot.slack.conftest import Company
from tests.support.slack.server import BOT_USER, shown_text

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_thread_that_the_bot_is_in_needs_no_mention_and_others_are_left_alone(
    company: Company,
) -> None:
    await company.sender.mention("UMARIA", "C20", f"<@{BOT_USER}> help", "1700000001.1")
    first = await answered(company, "C20")
    assert first["thread_ts"] == "1700000001.1"
    await company.sender.message("UMARIA", "C20", "runbooks", "1700000002.1", thread="1700000001.1")
    second = await answered(company, "C20", 2)
    assert second["thread_ts"] == "1700000001.1" and "rollback-service" in shown_text(second)
    await company.sender.message("UMARIA", "C20", "runbooks", "1700000003.1", thread="1690000000.1")
    await company.sender.message("UMARIA", "C20", "runbooks", "1700000004.1")
    assert await rows(company, "C20") == 2
