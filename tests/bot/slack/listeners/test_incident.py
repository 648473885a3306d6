"""The shortcut "Open an incident from this"."""

from __future__ import annotations

import pytest

from tests.bot.slack.asking import answered
from tests.bot.slack.conftest import Company
from tests.support.slack.server import TEAM, shown_text

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_message_becomes_an_incident_in_its_own_thread(company: Company) -> None:
    views = len(company.slack.views)
    base = {"team": {"id": TEAM}, "user": {"id": "UMARIA", "team_id": TEAM}, "trigger_id": "tr.inc"}
    message = {"type": "message", "ts": "1700000777.1", "text": "answers of <@UPRIYA> are *wrong* &amp; slow"}
    asked = {**base, "type": "message_action", "callback_id": "open_incident", "message": message,
             "channel": {"id": "C350"}, "action_ts": "1"}  # fmt: skip
    await company.sender.interact(asked)
    form = (await company.until(lambda: company.slack.views[views:]))[0]
    assert "wrong" in str(form["blocks"])
    state = {
        "in:service": {"find.service": {"type": "external_select", "selected_option": {"value": "rag-api"}}},
        "in:severity": {"value": {"type": "static_select", "selected_option": {"value": "sev2"}}},
        "in:title": {"value": {"type": "plain_text_input", "value": "answers are wrong"}},
    }
    sent = {**form, "id": "V88", "state": {"values": state}}
    assert await company.sender.interact({**base, "type": "view_submission", "view": sent}) == (200, "")
    told = await answered(company, "C350")
    assert told["thread_ts"] == "1700000777.1" and "INC-" in shown_text(told)
    incidents = company.services.sources.incidents
    assert incidents is not None
    assert "answers are wrong" in [one.title for one in await incidents.open_incidents()]
