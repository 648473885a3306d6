"""What menus offer."""

from __future__ import annotations

import json

import pytest

from tests.bot.slack.conftest import Company
from tests.support.slack.server import TEAM

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_menus_offer_what_fits_what_was_typed(company: Company) -> None:
    base = {"type": "block_suggestion", "team": {"id": TEAM}, "user": {"id": "UMARIA", "team_id": TEAM}}
    asked = {
        **base,
        "action_id": "find.service",
        "block_id": "in:service",
        "value": "rag",
        "view": {"id": "V1"},
    }
    status, body = await company.sender.interact(asked)
    names = [one["value"] for one in json.loads(body)["options"]]
    assert status == 200 and names[0] == "rag-api"
    status, body = await company.sender.interact({**asked, "value": ""})
    assert len(json.loads(body)["options"]) == len(company.services.catalogue.services)
    status, body = await company.sender.interact({**asked, "action_id": "find.runbook", "value": "rolback"})
    assert "rollback-service" in [one["value"] for one in json.loads(body)["options"]]
