"""Every way that Slack can say no, in our few kinds."""

from __future__ import annotations

from collections.abc import AsyncIterator

import aiohttp
import pytest
import pytest_asyncio

from bot.outbox import SlowDown
from bot.slack.workspaces import SlackAbsent, SlackRefused, Web
from integrations.errors import IntegrationError, Unavailable
from tests.support.slack.server import TOKEN, FakeSlack, running


@pytest_asyncio.fixture
async def slack() -> AsyncIterator[FakeSlack]:
    async with running(FakeSlack()) as found:
        yield found


@pytest_asyncio.fixture
async def calls(slack: FakeSlack) -> AsyncIterator[Web]:
    async with aiohttp.ClientSession() as session:
        yield Web(session, slack.url)


async def test_a_limit_says_how_long_to_rest(slack: FakeSlack, calls: Web) -> None:
    slack.befall("auth.test", "limit", 7.0)
    with pytest.raises(SlowDown) as caught:
        await calls.call(TOKEN, "auth.test")
    assert caught.value.retry_after == 7.0


@pytest.mark.parametrize(
    ("word", "kind", "happened", "says"),
    [
        ("is_archived", SlackRefused, False, "archived"),
        ("not_in_channel", SlackRefused, False, "Invite me"),
        ("expired_trigger_id", SlackRefused, False, "Press it again"),
        ("message_not_found", SlackAbsent, False, "deleted"),
        ("missing_scope", SlackRefused, False, "permission"),
        ("never_heard_of", SlackRefused, False, "never_heard_of"),
        ("internal_error", Unavailable, None, "ill"),
    ],
)
async def test_each_word_of_slack_has_its_own_sentence(
    slack: FakeSlack, calls: Web, word: str, kind: type[IntegrationError], happened: bool | None, says: str
) -> None:
    slack.befall("chat.postMessage", word)
    with pytest.raises(kind, match=says) as caught:
        await calls.call(TOKEN, "chat.postMessage", channel="C1", text="x")
    assert caught.value.happened is happened


async def test_a_connection_that_breaks_leaves_the_outcome_open_and_one_that_never_was_does_not(
    slack: FakeSlack, calls: Web
) -> None:
    slack.befall("chat.postMessage", "reset")
    with pytest.raises(Unavailable) as caught:
        await calls.call(TOKEN, "chat.postMessage", channel="C1", text="x")
    assert caught.value.happened is None
    async with aiohttp.ClientSession() as session:
        with pytest.raises(Unavailable) as caught:
            await Web(session, "http://127.0.0.1:9/api/").call(TOKEN, "auth.test")
    assert caught.value.happened is False
