"""Choices under an answer."""

from __future__ import annotations

import pytest

from tests.bot.slack.asking import answered
from tests.bot.slack.conftest import Company
from tests.support.slack.server import shown_text

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_choice_says_its_words_as_the_one_who_pressed_it(company: Company) -> None:
    await company.sender.command("UMARIA", "C320", "approve apr_1")
    first = await answered(company, "C320")
    press = {"action_id": "say.0", "type": "button", "value": "runbooks"}
    await company.sender.click("UPRIYA", "C320", first, press)
    second = await answered(company, "C320", 2)
    assert second["thread_ts"] == first["ts"] and "rollback-service" in shown_text(second)
