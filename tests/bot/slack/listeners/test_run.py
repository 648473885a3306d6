"""The shortcut "Run a runbook"."""

from __future__ import annotations

import pytest

from tests.bot.slack.asking import answered
from tests.bot.slack.conftest import Company
from tests.support.slack.server import TEAM, buttons

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_runbook_is_chosen_filled_in_and_planned_where_it_was_asked_for(company: Company) -> None:
    views = len(company.slack.views)
    base = {"team": {"id": TEAM}, "user": {"id": "UMARIA", "team_id": TEAM}, "trigger_id": "tr.run"}
    await company.sender.interact(
        {**base, "type": "shortcut", "callback_id": "run_runbook", "action_ts": "1"}
    )
    await company.until(lambda: company.slack.views[views:])
    chosen = {"type": "external_select", "action_id": "find.runbook", "block_id": "which",
              "selected_option": {"value": "restart-service"}}  # fmt: skip
    view = {"id": "V77", "type": "modal", "callback_id": "choose"}
    await company.sender.interact({**base, "type": "block_actions", "view": view, "actions": [chosen]})
    form = company.slack.views[-1]
    assert form["callback_id"] == "run"
    state = {
        "in:service": {"find.service": {"type": "external_select", "selected_option": {"value": "rag-api"}}},
        "in:environment": {
            "find.environment": {"type": "external_select", "selected_option": {"value": "production"}}
        },
        "where": {"value": {"type": "conversations_select", "selected_conversation": "C340"}},
    }
    sent = {**form, "id": "V77", "state": {"values": state}}
    assert await company.sender.interact({**base, "type": "view_submission", "view": sent}) == (200, "")
    assert "approve" in buttons(await answered(company, "C340"))
