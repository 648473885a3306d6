"""An account that changes, an app that is removed."""

from __future__ import annotations

import pytest

from tests.bot.slack.asking import answered
from tests.bot.slack.conftest import Company
from tests.support.slack.server import TEAM, shown_text

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_who_becomes_a_guest_loses_their_rights_at_once(company: Company) -> None:
    company.slack.person("UDIEGO", "diego@demo.example")
    await company.sender.command("UDIEGO", "C360", "runbooks")
    assert "rollback-service" in shown_text(await answered(company, "C360"))
    company.slack.person("UDIEGO", "diego@demo.example", is_restricted=True)
    await company.sender.event({"type": "user_change", "user": {"id": "UDIEGO", "team_id": TEAM}})
    await company.sender.command("UDIEGO", "C361", "runbooks")
    assert "rollback-service" not in shown_text(await answered(company, "C361"))
