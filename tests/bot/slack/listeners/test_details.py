"""The button Details."""

from __future__ import annotations

import pytest

from tests.bot.slack.asking import propose
from tests.bot.slack.conftest import Company
from tests.support.slack.server import buttons, shown_text

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_details_show_every_step_with_its_undo_to_who_asks_alone(company: Company) -> None:
    card = await propose(company, "C310")
    views = len(company.slack.views)
    await company.sender.click("USAM", "C310", card, buttons(card)["details"])
    shown = shown_text((await company.until(lambda: company.slack.views[views:]))[0])
    assert "services.restart (write)" in shown and "undo" in shown.lower()
    assert len(company.slack.messages["C310"]) == 1
