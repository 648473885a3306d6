"""The button Deny."""

from __future__ import annotations

import pytest

from tests.bot.slack.asking import propose
from tests.bot.slack.conftest import Company
from tests.support.slack.server import buttons, shown_text

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_denying_asks_for_a_reason_and_shows_it(company: Company) -> None:
    card = await propose(company, "C91")
    views = len(company.slack.views)
    await company.sender.click("UPRIYA", "C91", card, buttons(card)["deny"])
    view = (await company.until(lambda: company.slack.views[views:]))[0]
    assert view["title"]["text"] == "Deny this plan"
    assert (await company.sender.submit("UPRIYA", view, reason="not before noon"))[0] == 200
    await company.until(lambda: "Denied by: Priya Nair (not before noon)" in shown_text(card))
    assert "approve" not in buttons(card)
