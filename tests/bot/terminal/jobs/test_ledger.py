from __future__ import annotations

import pytest

from bot.expand import named_in
from bot.terminal.jobs import ledger
from bot.terminal.jobs.caller import take_seat
from config.errors import NotFound
from tests.bot.terminal.house import House


async def test_an_answers_approvals_and_runs_are_found_and_what_is_gone_is_left_out(house: House) -> None:
    async with house.open(work=True) as services:
        body = dict(await services.desk.ask(take_seat(services, None).says("roll back")))
        body["blocks"] = [*body["blocks"], {"type": "approval", "approval_id": "apr_gone"}]
        views = await services.database.read(lambda conn: named_in(conn, body))
    assert set(views) == {body["approval"], body["run"]}
    assert views[body["approval"]]["run_id"] == body["run"]


async def test_what_waits_is_listed_oldest_first(house: House) -> None:
    async with house.open(work=True) as services:
        seat = take_seat(services, None)
        bodies = [await services.desk.ask(seat.says("roll back")) for _ in range(2)]
        waiting = await services.database.read(ledger.pending)
    assert [view["id"] for view in waiting] == [body["approval"] for body in bodies]


async def test_what_is_not_there_is_said(house: House) -> None:
    async with house.open(work=False) as services:
        with pytest.raises(NotFound, match="Nothing waits"):
            await services.database.read(lambda conn: ledger.approval_of(conn, "apr_1"))
        with pytest.raises(NotFound, match="no run 'run_1'"):
            await services.database.read(lambda conn: ledger.run_of(conn, "run_1"))
