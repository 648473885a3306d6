"""The button Edit."""

from __future__ import annotations

import pytest

from tests.bot.slack.asking import answered, propose
from tests.bot.slack.conftest import Company
from tests.support.slack.server import TEAM, buttons, shown_text

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_editing_asks_anew_and_the_old_card_dies(company: Company) -> None:
    card = await propose(company, "C92")
    views = len(company.slack.views)
    await company.sender.click("UMARIA", "C92", card, buttons(card)["edit"])
    view = (await company.until(lambda: company.slack.views[views:]))[0]
    assert {block["block_id"] for block in view["blocks"]} >= {"in:service", "in:environment"}
    picked = {"type": "external_select", "selected_option": {"value": "summarizer"}}
    where = {"find.environment": {**picked, "selected_option": {"value": "production"}}}
    state = {"values": {"in:service": {"find.service": picked}, "in:environment": where}}
    payload = {
        "type": "view_submission", "team": {"id": TEAM}, "user": {"id": "UMARIA", "team_id": TEAM},
        "trigger_id": "tr.edit", "view": {**view, "id": "VEDIT", "state": state},
    }  # fmt: skip
    assert await company.sender.interact(payload) == (200, "")
    fresh = await answered(company, "C92", 2)
    assert "summarizer" in shown_text(fresh) and "approve" in buttons(fresh)
    await company.until(lambda: "✗ void" in shown_text(card))
    wrong = {**picked, "selected_option": {"value": "nothing-here"}}
    payload["view"] = {**view, "id": "VEDIT2", "state": {"values": {"in:service": {"find.service": wrong}}}}
    status, body = await company.sender.interact(payload)
    assert status == 200 and '"errors"' in body and "in:service" in body
