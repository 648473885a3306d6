"""The button "Show more"."""

from __future__ import annotations

from functools import partial

import pytest

from tests.bot.slack.asking import answered
from tests.bot.slack.conftest import Company
from tests.support.slack.server import TEAM, buttons, shown_text

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_the_next_page_is_shown_to_who_asks_alone_and_only_of_posts_of_that_channel(
    company: Company,
) -> None:
    body = {"text": "long", "blocks": [{"type": "code", "text": "a line of a long answer\n" * 1_500}]}
    await company.services.outbox.post("long", f"slack:{TEAM}/C330", body)
    first = await answered(company, "C330")
    more = buttons(first)["more"]
    assert more["text"]["text"].startswith("Show more (2 of ")
    before = len(company.slack.whispers)
    await company.sender.click("UPRIYA", "C330", first, more)
    page = (await company.until(partial(company.slack.whispers_after, before)))[0]
    assert page["user"] == "UPRIYA" and "a line of a long answer" in shown_text(page)
    for channel, value in (("C331", more["value"]), ("C330", "99|long"), ("C330", "x|long")):
        before = len(company.slack.whispers)
        await company.sender.click("UPRIYA", channel, first, {**more, "value": value})
        told = (await company.until(partial(company.slack.whispers_after, before)))[0]
        assert "a line of a long answer" not in shown_text(told)
