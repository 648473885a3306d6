"""Who a Slack account is, and who is nobody."""

from __future__ import annotations

from collections.abc import AsyncIterator

import aiohttp
import pytest
import pytest_asyncio

from bot.slack.directory import KEPT, Directory
from bot.slack.workspaces import Web, Workspace
from config.people import People, Person
from tests.support.clock import ManualClock
from tests.support.slack.server import BOT, BOT_USER, TEAM, TOKEN, FakeSlack, running

HERE = Workspace(TEAM, "Demo", BOT_USER, BOT, TOKEN)
PEOPLE = People(
    {
        "maria": Person(id="maria", name="Maria", email="Maria@demo.example"),
        "priya": Person(id="priya", name="Priya", slack=(TEAM, "UPRIYA")),
        "sam": Person(id="sam", name="Sam", email="twice@demo.example"),
        "lena": Person(id="lena", name="Lena", email="twice@demo.example"),
    },
    {},
)


@pytest_asyncio.fixture
async def slack() -> AsyncIterator[FakeSlack]:
    async with running(FakeSlack()) as found:
        found.person("UMARIA", "maria@DEMO.example")
        found.person("UPRIYA", "somebody@else.example")
        found.person("UTWICE", "twice@demo.example")
        found.person("UUNSURE", "maria@demo.example", is_email_confirmed=False)
        yield found


@pytest_asyncio.fixture
async def directory(slack: FakeSlack, clock: ManualClock) -> AsyncIterator[Directory]:
    async with aiohttp.ClientSession() as session:
        yield Directory(Web(session, slack.url), PEOPLE, clock)


@pytest.mark.parametrize(
    ("user", "actor"),
    [
        ("UMARIA", "maria"),
        ("UPRIYA", "priya"),
        ("UTWICE", "slack:T1/UTWICE"),
        ("UUNSURE", "slack:T1/UUNSURE"),
        ("UNOBODY", "slack:T1/UNOBODY"),
    ],
)
async def test_a_person_is_listed_or_has_a_confirmed_address_that_nobody_else_has(
    directory: Directory, user: str, actor: str
) -> None:
    assert await directory.actor(HERE, TEAM, user) == actor


@pytest.mark.parametrize("flag", ["deleted", "is_restricted", "is_ultra_restricted", "is_stranger", "is_bot"])
async def test_a_listed_account_that_is_a_guest_gone_or_a_bot_is_nobody(
    slack: FakeSlack, directory: Directory, flag: str
) -> None:
    slack.person("UPRIYA", "priya@demo.example", **{flag: True})
    assert await directory.actor(HERE, TEAM, "UPRIYA") == "slack:T1/UPRIYA"


async def test_an_account_of_another_workspace_is_not_the_one_of_that_name_here(directory: Directory) -> None:
    assert await directory.actor(HERE, "T9", "UPRIYA") == "slack:T9/UPRIYA"


async def test_slack_is_asked_once_in_five_minutes_and_at_once_after_a_change(
    slack: FakeSlack, directory: Directory, clock: ManualClock
) -> None:
    for _ in range(5):
        await directory.actor(HERE, TEAM, "UMARIA")
    assert len(slack.calls) == 1
    clock.advance(KEPT + 1)
    await directory.actor(HERE, TEAM, "UMARIA")
    directory.forget(HERE, "UMARIA")
    await directory.actor(HERE, TEAM, "UMARIA")
    assert len(slack.calls) == 3


async def test_while_slack_does_not_answer_nobody_is_recognised(
    slack: FakeSlack, directory: Directory
) -> None:
    slack.befall("users.info", "internal_error", times=2)
    assert await directory.actor(HERE, TEAM, "UPRIYA") == "slack:T1/UPRIYA"
    assert await directory.actor(HERE, TEAM, "UMARIA") == "slack:T1/UMARIA"
    assert await directory.actor(HERE, TEAM, "UMARIA") == "maria"
