from __future__ import annotations

import pytest

from bot import digest
from bot.terminal.jobs.approvals import decide, follow_decided
from bot.terminal.jobs.caller import take_seat
from config.errors import NotFound
from tests.bot.terminal.conftest import house  # noqa: F401  the same fixture
from tests.bot.terminal.house import House


async def test_it_says_how_long_who_what_changed_and_that_the_audit_is_whole(house: House) -> None:  # noqa: F811
    async with house.open(work=True) as services:
        body = await services.desk.ask(take_seat(services, None).says("roll back"))
        priya = take_seat(services, "priya")
        view = await decide(services, priya, str(body["approval"]), "approve", None, quiet=True)
        run = await follow_decided(services, priya, view, quiet=True)
        assert run is not None
        found = await digest.digest(services, run["id"])
        names = {person.id: person.name for person in services.people.by_id.values()}
    facts, change, figures = digest.blocks(found, names)
    told = dict(facts["facts"])
    assert told["Asked by"] == "Maria Alvarez" and told["Approved by"] == "Priya Nair"
    assert "succeeded" in told["Run"] and "whole" in told["Audit"]
    assert (change["target"], change["changes"]) == ("rag-api", [["version", "v2", "v1"]])
    shown = dict(figures["facts"])
    assert set(shown) == {"rag-api latency p95", "rag-api error_rate mean"}
    assert all(" → " in words and 'service="rag-api"' in words for words in shown.values())


async def test_a_run_that_is_not_there_is_told(house: House) -> None:  # noqa: F811
    async with house.open(work=False) as services:
        with pytest.raises(NotFound):
            await digest.digest(services, "run_none")
