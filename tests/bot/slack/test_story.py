"""One incident in a Slack channel, on the application as app.py builds it and the real SDK over real HTTP."""

from __future__ import annotations

import pytest

from tests.bot.slack.conftest import Company
from tests.support.slack.server import buttons, shown_text

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_from_a_command_to_an_approved_and_verified_rollback(company: Company) -> None:
    slack, sender = company.slack, company.sender
    status, answer = await sender.command("UMARIA", "C1", "why is rag-api slow in production?")
    assert (status, "in_channel" in answer) == (200, True)
    first = (await company.until(lambda: slack.messages["C1"]))[0]
    assert "rag-api" in shown_text(first) and "DEMO" in shown_text(first)

    offered = buttons(first)
    rollback = next(one for one in offered.values() if one["value"].startswith("roll back rag-api"))
    assert (await sender.click("UMARIA", "C1", first, rollback))[0] == 200
    card = (await company.until(lambda: [one for one in slack.messages["C1"] if "approve" in buttons(one)]))[
        0
    ]
    assert card["thread_ts"] == first["ts"]
    assert "What will change" in shown_text(card) and "Priya Nair" in shown_text(card)

    await sender.click("UMARIA", "C1", card, buttons(card)["approve"])
    refused = (await company.until(lambda: slack.whispers))[-1]
    assert refused["user"] == "UMARIA" and "Priya Nair" in shown_text(refused)
    assert (await sender.click("UPRIYA", "C1", card, buttons(card)["approve"]))[0] == 200
    await company.until(
        lambda: "Approved by: Priya Nair" in shown_text(card) and "approve" not in buttons(card)
    )
    await company.until(lambda: "✓ succeeded" in shown_text(card), 60)
    await company.until(
        lambda: len(slack.messages["C1"]) > 2 and slack.messages["C1"][-1]["thread_ts"] == first["ts"]
    )

    await sender.message("UMARIA", "C1", "and staging?", "1700000900.1", thread=first["ts"])
    assert len({one["ts"] for one in slack.messages["C1"]}) == len(slack.messages["C1"])
