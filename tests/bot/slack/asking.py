"""What the tests of listeners share: who asked, what was answered, a card to press."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select

from store.tables import inbox
from tests.bot.slack.conftest import Company
from tests.support.slack.server import TEAM


async def rows(company: Company, channel: str) -> int:
    """How many messages of a channel reached the desk."""
    wanted = select(func.count()).select_from(inbox).where(inbox.c.lane.like(f"{TEAM}/{channel}%"))
    return int(await company.services.database.read(lambda conn: conn.execute(wanted).scalar_one()))


async def answered(company: Company, channel: str, count: int = 1) -> dict[str, Any]:
    """The message of that number in a channel, once it is there."""
    found = company.slack.messages[channel]
    await company.until(lambda: len(found) >= count)
    return found[count - 1]


async def propose(company: Company, channel: str) -> dict[str, Any]:
    """The card of a restart in production that Maria asks for."""
    await company.sender.command(
        "UMARIA", channel, "run restart-service service=rag-api environment=production"
    )
    return await answered(company, channel)
