"""Posts in Slack when Slack is slow, forgetful, closed or gone: once visible, never lost, said why."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from dataclasses import dataclass

import aiohttp
import pytest
import pytest_asyncio

from bot.outbox import Outbox
from bot.slack.buttons import Buttons
from bot.slack.chat import Chat, Painter
from bot.slack.installed import OneWorkspace
from bot.slack.workspaces import Web
from config.clock import SystemClock
from config.people import People
from store import outbox as rows
from store.engine import Database
from store.records import Outgoing
from tests.support.slack.server import TOKEN, FakeSlack, running


class Hurried(Chat):
    """Without Slack's pace of one post a second, so that a test need not wait for it."""

    pace = 0.0


@dataclass
class Line:
    """An outbox with Slack at its end."""

    database: Database
    outbox: Outbox
    slack: FakeSlack

    async def post(self, key: str, place: str, text: str, revision: int = 1) -> None:
        body = {"text": text, "blocks": [{"type": "text", "text": text}]}
        await self.database.write(
            lambda conn: rows.put(
                conn, key=key, place=place, kind="post", body=body, now=SystemClock().now(), revision=revision
            )
        )
        self.outbox.nudge()

    async def row(self, key: str) -> Outgoing:
        found = await self.database.read(lambda conn: rows.get(conn, key))
        assert found is not None
        return found

    async def until(self, key: str, *states: str) -> Outgoing:
        async with asyncio.timeout(30):
            while (found := await self.row(key)).status not in states:
                await asyncio.sleep(0.02)
        return found


@pytest_asyncio.fixture
async def line(sqlite_url: str) -> AsyncIterator[Line]:
    wall = SystemClock()
    async with (
        running(FakeSlack()) as slack,
        aiohttp.ClientSession() as session,
        Database(sqlite_url, wall) as database,
    ):
        web = Web(session, slack.url)
        painter = Painter(database, People({}, {}), wall, Buttons(b"k" * 32), "act")
        box = Outbox(database, wall, "here", poll=0.02, most_attempts=3)
        box.attach("slack", Hurried(web, OneWorkspace(web, TOKEN), database, painter))
        yield Line(database, box, slack)
        await box.stop()


async def test_a_newer_revision_edits_the_message(line: Line) -> None:
    await line.post("k", "slack:T1/C1/t1.1", "one")
    await line.until("k", "sent")
    await line.post("k", "slack:T1/C1/t1.1", "two", revision=2)
    async with asyncio.timeout(10):
        while line.slack.texts("C1") != ["two"]:
            await asyncio.sleep(0.02)
    assert line.slack.messages["C1"][0]["thread_ts"] == "1.1"


async def test_a_deleted_message_is_posted_anew_when_it_changes(line: Line) -> None:
    await line.post("k", "slack:T1/C1", "one")
    await line.until("k", "sent")
    line.slack.messages["C1"].clear()
    await line.post("k", "slack:T1/C1", "two", revision=2)
    async with asyncio.timeout(10):
        while line.slack.texts("C1") != ["two"]:
            await asyncio.sleep(0.02)


async def test_the_first_answer_to_a_command_begins_the_thread_of_the_others(line: Line) -> None:
    for number in range(3):
        await line.post(f"k{number}", "slack:T1/C1/cabc", f"answer {number}")
        await line.until(f"k{number}", "sent")
    first, *others = line.slack.messages["C1"]
    assert first.get("thread_ts") is None
    assert [one["thread_ts"] for one in others] == [first["ts"]] * 2


async def test_a_connection_that_breaks_after_slack_took_the_post_shows_it_once(line: Line) -> None:
    line.slack.befall("chat.postMessage", "reset")
    await line.post("k", "slack:T1/C1/t1.1", "only once")
    line.slack.messages["C1"].append({"ts": "1.1", "text": "the question"})
    await line.until("k", "sent")
    assert line.slack.texts("C1").count("only once") == 1


async def test_a_hundred_posts_over_a_bad_line_are_each_visible_once(line: Line) -> None:
    dice = random.Random(11)
    for number in range(100):
        if dice.random() < 0.4:
            line.slack.befall("chat.postMessage", dice.choice(["reset", "limit"]), 1.0)
        await line.post(f"k{number}", f"slack:T1/C{number % 10}", f"fact {number}")
    for number in range(100):
        await line.until(f"k{number}", "sent", "dead")
    shown = sorted(text for channel in list(line.slack.messages) for text in line.slack.texts(channel))
    assert shown == sorted(f"fact {number}" for number in range(100))


@pytest.mark.parametrize(
    ("state", "words"),
    [("archived", "archived"), ("absent", "Invite me")],
    ids=["archived", "not in channel"],
)
async def test_a_channel_that_takes_no_posts_is_given_up_with_the_reason(
    line: Line, state: str, words: str
) -> None:
    getattr(line.slack, state).add("C1")
    await line.post("k", "slack:T1/C1", "hello")
    found = await line.until("k", "dead")
    assert words in (found.error or "")


async def test_a_card_that_slack_does_not_take_is_shown_as_words(line: Line) -> None:
    line.slack.befall("chat.postMessage", "invalid_blocks")
    await line.post("k", "slack:T1/C1", "the plain words")
    await line.until("k", "sent")
    assert line.slack.messages["C1"][0]["blocks"] == []
    assert line.slack.texts("C1") == ["the plain words"]


async def test_a_revoked_token_is_said_by_name(line: Line) -> None:
    line.slack.befall("auth.test", "token_revoked", times=9)
    await line.post("k", "slack:T1/C1", "hello")
    found = await line.until("k", "dead")
    assert "revoked" in (found.error or "")


async def test_an_unknown_workspace_is_said_by_name(line: Line) -> None:
    await line.post("k", "slack:T404/C1", "hello")
    assert "T404" in ((await line.until("k", "dead")).error or "")
