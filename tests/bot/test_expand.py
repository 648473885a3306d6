from __future__ import annotations

from typing import Any

import pytest

from bot.expand import Views, named_in, needs_ledger, one_approval, one_run
from config.errors import NotFound
from store import approvals, ledger
from store.engine import Database
from tests.support.leaks import Make
from tests.support.ledger import NOW, a_decision, a_run, a_step, an_approval, an_entry


def body(**more: Any) -> dict[str, Any]:
    return {"text": "x", "blocks": [], "approval": None, "run": None, **more}


async def filled(database: Database) -> None:
    def work(conn: Any) -> None:
        ledger.create_run(conn, a_run(status="waiting"), [a_step()], an_entry(), NOW)
        approvals.open_approval(conn, an_approval(), an_entry(), NOW)
        approvals.add_decision(conn, a_decision())

    await database.write(work)


async def test_ids_become_views_of_the_ledger(sqlite_database: Database) -> None:
    await filled(sqlite_database)
    blocks: list[dict[str, Any]] = [
        {"type": "text", "text": "hello"},
        {"type": "approval", "approval_id": "apr_1", "plan_hash": "h"},
        {"type": "progress", "run_id": "run_1", "runbook": "r", "status": "old", "steps": []},
    ]
    stored = body(approval="apr_1", run="run_1", blocks=blocks)
    seen = await sqlite_database.read(lambda conn: Views(conn).reply(stored))
    assert seen["approval"]["decisions"][0]["by"] == "priya"
    assert seen["run"]["status"] == "waiting"
    assert seen["blocks"][0] == blocks[0]
    assert seen["blocks"][1]["approval"] == seen["approval"]
    assert seen["blocks"][2]["status"] == "waiting"
    assert seen["blocks"][2]["steps"] == [{"id": "one", "action": "deployments.rollback", "status": "new"}]
    assert stored["blocks"] == blocks and blocks[2]["status"] == "old"


async def test_what_the_ledger_does_not_have_is_null(sqlite_database: Database) -> None:
    blocks = [{"type": "progress", "run_id": "gone", "status": "old", "steps": []}]
    seen = await sqlite_database.read(
        lambda conn: Views(conn).reply(body(approval="gone", run="gone", blocks=blocks))
    )
    assert (seen["approval"], seen["run"], seen["blocks"]) == (None, None, blocks)


async def test_a_run_comes_with_its_approval(sqlite_database: Database) -> None:
    await filled(sqlite_database)
    run = await sqlite_database.read(lambda conn: one_run(conn, "run_1"))
    assert run["approval"] == await sqlite_database.read(lambda conn: one_approval(conn, "apr_1"))
    with pytest.raises(NotFound, match="run_2"):
        await sqlite_database.read(lambda conn: one_run(conn, "run_2"))
    with pytest.raises(NotFound, match="apr_2"):
        await sqlite_database.read(lambda conn: one_approval(conn, "apr_2"))


def test_only_a_body_that_names_something_is_looked_up() -> None:
    assert not needs_ledger(body(blocks=[{"type": "text", "text": "x"}]))
    assert needs_ledger(body(run="run_1"))
    assert needs_ledger(body(blocks=[{"type": "approval", "approval_id": "apr_1"}]))


async def test_no_secret_of_a_plan_or_an_input_is_in_a_view_of_it(sqlite_database: Database) -> None:
    secret = Make(5).github("ghp_")
    change = {"before": {}, "after": {"env": f"TOKEN {secret}"}}
    plan = {**a_run().plan, "steps": [{"id": "one", "change": change}]}

    def work(conn: Any) -> None:
        run = a_run(status="waiting", plan=plan, inputs={"note": f"use {secret}"}, error=f"refused {secret}")
        ledger.create_run(conn, run, [a_step()], an_entry(), NOW)
        approvals.open_approval(conn, an_approval(), an_entry(), NOW)

    await sqlite_database.write(work)
    stored = body(approval="apr_1", run="run_1")
    views = await sqlite_database.read(lambda conn: named_in(conn, stored))
    assert set(views) == {"apr_1", "run_1"}
    assert secret not in str(views) and str(views).count("[hidden: ") >= 3
    assert views["apr_1"]["plan_hash"] == an_approval().plan_hash
