"""The Home tab of a person, from the ledger and the ports; what fails is said on the page."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.slack import home
from bot.slack.face import make_front
from bot.slack.front import Who
from bot.slack.installed import OneWorkspace
from bot.slack.workspaces import Web, Workspace
from insight.facts import Alert
from integrations.errors import Unavailable
from integrations.ports import Sources
from tests.bot.slack.conftest import Company
from tests.support.slack.server import BOT, BOT_USER, TEAM, TOKEN, shown_text

pytestmark = pytest.mark.asyncio(loop_scope="session")
HERE = Workspace(TEAM, "Demo", BOT_USER, BOT, TOKEN)


async def shown(company: Company, user: str, sources: Sources | None = None) -> str:
    calls = Web(company.sender.http, company.slack.url)
    services = replace(company.services, sources=sources or company.services.sources)
    front = make_front(services, calls, OneWorkspace(calls, TOKEN))
    return shown_text(await home.view(front, Who(HERE, TEAM, user)))


async def test_it_shows_what_fires_who_is_on_call_and_ones_roles(company: Company) -> None:
    told = await shown(company, "UMARIA")
    assert "rag-api in production for" in told and "Maria Alvarez (you)" in told
    assert "operator, viewer" in told and "/ops help" in told


async def test_a_back_end_that_fails_or_is_not_there_is_said_and_the_rest_is_shown(company: Company) -> None:
    class Down:
        async def firing(self) -> tuple[Alert, ...]:
            raise Unavailable("Nothing answers there.")

    whole = company.services.sources
    sources = replace(whole, alerts=Down(), on_call=None)  # type: ignore[arg-type]  # it is only asked what fires
    told = await shown(company, "UMARIA", sources)
    assert "Cannot be read: Nothing answers there." in told and "No on-call source is configured." in told
    assert "What you can do" in told


async def test_who_is_not_known_is_told_how_to_be_added(company: Company) -> None:
    told = await shown(company, "UNEW")
    assert "Welcome" in told and "people.yaml" in told and "Waits for you" not in told
