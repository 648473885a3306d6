from __future__ import annotations

from dataclasses import replace

import pytest

from graph.answers.security import sees_all
from insight.facts import AccessEvent
from integrations.errors import Unavailable
from tests.graph.world import World, people

NOW = 1_760_000_000.0


class Log:
    def __init__(self, fails: bool = False) -> None:
        self.fails = fails

    async def accesses(self, start: float, end: float) -> tuple[AccessEvent, ...]:
        if self.fails:
            raise Unavailable("The access log does not answer.")
        every = (
            AccessEvent(NOW - 300, "admin", "login", "console", False, "203.0.113.9", "unknown user name"),
            AccessEvent(NOW - 200, "maria", "login", "console", True, "10.0.0.1", "Maria logged in"),
            AccessEvent(
                NOW - 100, "lena", "secret", "billing/settings", True, "10.0.0.2", "Lena read the settings"
            ),
        )
        return tuple(one for one in every if start <= one.at < end)


@pytest.fixture
async def watched(world: World) -> World:
    """Maria asked for a rollback that Priya denied, and Priya opened an incident."""
    world.swap(sources=replace(world.tools.sources, access=Log()))
    reply = (await world.say("roll back rag-api in production", as_="maria")).reply
    assert reply.approval is not None
    await world.say(f"deny {reply.approval['id']} because not now", as_="priya", conversation="p")
    await world.say("open an incident for billing: slow", as_="priya", conversation="p")
    return world


def test_who_sees_everything() -> None:
    seeing = {name for name, one in people().by_id.items() if sees_all(one)}
    assert seeing == {"tomas", "jonas", "amara"}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("who denied the rollback of rag-api", "priya denied rollback-service for rag-api in production"),
        ("who asked for the rollback of rag-api", "maria"),
        ("what did priya do today", "incidents.open"),
        ("who opened incidents today", "priya incidents.open service=billing"),
        ("what did maria do today", "maria"),
        ("show the audit log for today", "entries today"),
    ],
)
async def test_an_auditor_sees_who_did_what(watched: World, text: str, words: str) -> None:
    reply = (await watched.say(text, as_="jonas", conversation="j")).reply
    assert reply.reading.intent == "security.audit"
    assert words in reply.text
    assert any(
        "row " in row[4] for block in reply.blocks if block["type"] == "table" for row in block["rows"]
    )


async def test_ones_own_deeds_and_what_became_of_them(watched: World) -> None:
    mine = (await watched.say("what did i do today", as_="maria")).reply
    assert "denied" not in mine.text
    reply = (await watched.say("show the audit log for today", as_="maria")).reply
    said = " ".join(row[2] for block in reply.blocks if block["type"] == "table" for row in block["rows"])
    assert "denied rollback-service for rag-api in production" in said
    assert "incidents.open" not in said
    assert "Maria logged in" in said
    assert "Lena read" not in said
    assert "You see your own" in reply.text


async def test_others_deeds_are_kept_back_with_who_may_see_them(watched: World) -> None:
    reply = (await watched.say("what did priya do today", as_="maria")).reply
    assert "Jonas Lind" in reply.text
    assert [block["type"] for block in reply.blocks] == ["text"]


async def test_the_access_log_is_asked_by_kind_and_outcome(watched: World) -> None:
    logins = (await watched.say("list failed logins", as_="tomas", conversation="t")).reply
    assert "1 refused entry about login over the last 7 days" in logins.text
    secrets = (await watched.say("who read the secrets of billing", as_="tomas", conversation="t")).reply
    assert "Lena read the settings" in secrets.text


async def test_nothing_found_and_a_log_that_is_down_are_said(watched: World) -> None:
    reply = (await watched.say("who restarted checkout this month", as_="jonas", conversation="j")).reply
    assert reply.text.startswith("Nothing about restart on checkout this month")
    watched.swap(sources=replace(watched.tools.sources, access=Log(fails=True)))
    down = (await watched.say("list failed logins", as_="jonas", conversation="j")).reply
    assert "I could not get the access log: The access log does not answer." in down.text
    watched.swap(sources=replace(watched.tools.sources, access=None))
    none = (await watched.say("list failed logins", as_="jonas", conversation="j")).reply
    assert "no back end for access is configured" in none.text
