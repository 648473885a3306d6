"""App Home."""

from __future__ import annotations

import pytest

from tests.bot.slack.asking import propose
from tests.bot.slack.conftest import Company
from tests.support.slack.server import shown_text

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_the_home_tab_shows_what_waits_for_its_reader(company: Company) -> None:
    await propose(company, "C93")
    for user in ("UPRIYA", "UMARIA", "UNEW"):
        await company.sender.event({"type": "app_home_opened", "user": user, "tab": "home", "channel": "D1"})
    shown = {user: shown_text(company.slack.homes[user]) for user in ("UPRIYA", "UMARIA", "UNEW")}
    assert "Approve" in shown["UPRIYA"] and "Approve" not in shown["UMARIA"]
    assert "do not know you" in shown["UNEW"]
