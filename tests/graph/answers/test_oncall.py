from __future__ import annotations

from dataclasses import replace

import pytest

from graph.answers.oncall import now_on_call
from insight.facts import Shift
from integrations.errors import Absent, Unavailable
from integrations.ports import Sources
from tests.graph.world import World

NOW = 1_760_000_000.0
WEEK = 604_800.0


class Rota:
    """Priya has ml-platform this week and Lena the next, seconded by the other; Noor has database."""

    def __init__(self, fails: bool = False) -> None:
        self.fails = fails

    async def shifts(self, start: float, end: float, team: str | None = None) -> tuple[Shift, ...]:
        if self.fails:
            raise Unavailable("The rota does not answer.")
        every = [
            Shift("database", "noor", NOW - 1000, NOW + WEEK),
            Shift("ml-platform", "priya", NOW - 1000, NOW + WEEK),
            Shift("ml-platform", "lena", NOW - 1000, NOW + WEEK, 2),
            Shift("ml-platform", "lena", NOW + WEEK, NOW + 2 * WEEK),
            Shift("ml-platform", "priya", NOW + WEEK, NOW + 2 * WEEK, 2),
        ]
        if team not in (None, "database", "ml-platform"):
            raise Absent(f"{team!r} has no rota. The teams that have one: database, ml-platform.")
        return tuple(one for one in every if one.start < end and one.end > start and team in (None, one.team))


@pytest.fixture
def rota(world: World) -> World:
    world.swap(sources=replace(world.tools.sources, on_call=Rota()))
    return world


@pytest.mark.parametrize("text", ["who is on call", "whos oncall right now?", "everyone who is on call now"])
async def test_everybody_on_call_now(rota: World, text: str) -> None:
    reply = (await rota.say(text)).reply
    assert reply.text.startswith("On call now: Noor Haddad (database) and Priya Nair (ml-platform).")


async def test_a_service_stands_for_the_team_that_owns_it(rota: World) -> None:
    reply = (await rota.say("who do i call about llm-gateway")).reply
    assert reply.text.startswith(
        "llm-gateway belongs to ml-platform. On call for ml-platform now: Priya Nair (primary"
    )
    assert "Lena Vogt (secondary" in reply.text


async def test_the_level_and_the_time_that_were_asked_for(rota: World) -> None:
    assert "Lena Vogt (secondary" in (await rota.say("who is secondary for ml-platform")).reply.text
    reply = (await rota.say("on-call schedule of ml-platform for next week")).reply
    assert {row[1] for row in reply.blocks[1]["rows"]} == {"Priya Nair", "Lena Vogt"}


async def test_ones_own_shifts(rota: World) -> None:
    assert (await rota.say("am i on call", as_="maria")).reply.text.startswith(
        "You are not on call in the next 60 days"
    )
    now = (await rota.say("when am i on call", as_="priya")).reply
    assert now.text.startswith("You are on call now: primary for ml-platform")
    later = (await rota.say("when is my next shift", as_="lena")).reply
    assert later.text.startswith("You are on call next from 16 Oct")


async def test_another_persons_shift(rota: World) -> None:
    assert (await rota.say("is noor on call")).reply.text.startswith(
        "Noor Haddad is on call now: primary for database"
    )
    assert "Diego Ramos is not on call" in (await rota.say("is diego on call")).reply.text


async def test_it_is_asked_again_for_another_team(rota: World) -> None:
    await rota.say("who is on call for ml-platform")
    assert (await rota.say("and database?")).reply.text.startswith("On call for database now: Noor Haddad")


async def test_a_team_without_a_rota_a_rota_that_is_down_and_none_are_said(rota: World) -> None:
    assert "'security' has no rota" in (await rota.say("who is on call for security")).reply.text
    rota.swap(sources=replace(rota.tools.sources, on_call=Rota(fails=True)))
    assert "The rota does not answer." in (await rota.say("who is on call")).reply.text
    assert (await now_on_call(rota.tools, "llm-gateway")).words.startswith("Who is on call could not be had")
    rota.swap(sources=Sources())
    assert "no back end for on-call is configured" in (await rota.say("who is on call")).reply.text
    assert (await now_on_call(rota.tools, "llm-gateway")).words.startswith("Who is on call is not known")
