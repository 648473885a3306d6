"""The slash command."""

from __future__ import annotations

import pytest

from tests.bot.slack.asking import answered
from tests.bot.slack.conftest import Company
from tests.support.slack.server import shown_text

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_an_unknown_workspace_gets_no_answer_and_breaks_nothing(company: Company) -> None:
    status, _ = await company.sender.command("UMARIA", "C80", "help", team_id="T404")
    assert status == 200
    assert not company.slack.messages["C80"]


async def test_a_command_without_words_is_a_call_for_help(company: Company) -> None:
    status, body = await company.sender.command("UMARIA", "C900", "  ")
    assert (status, "in_channel" in body) == (200, True)
    assert "Ask in your own words" in shown_text(await answered(company, "C900"))


async def test_commands_in_a_direct_message_are_one_conversation(company: Company) -> None:
    for text in ("why is rag-api slow in production?", "and staging?"):
        await company.sender.command("UMARIA", "D901", text)
    second = await answered(company, "D901", 2)
    assert "staging" in shown_text(second) and second.get("thread_ts") is None
