from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import Connection

from store import ledger
from store.records import AuditEntry
from tests.bot.console.conftest import Tab


async def started(tab: Tab) -> str:
    """A run that an operator asked for and nobody must approve: its id."""
    seen = await tab.post(
        "/runbooks/look/runs", in__service="rag-api", in__environment="staging", do="run", once="r1"
    )
    assert seen.status == 303, seen.text
    return str(seen.headers["Location"]).partition("?")[0].rpartition("/")[2]


async def until(tab: Tab, run_id: str, words: str) -> str:
    async with asyncio.timeout(10):
        while words not in (text := (await tab.get(f"/runs/{run_id}")).text):
            await asyncio.sleep(0.02)
    return text


async def test_a_run_shows_its_steps_what_they_found_and_the_evidence(maria: Tab) -> None:
    run_id = await started(maria)
    text = await until(maria, run_id, "succeeded")
    for wanted in ("deployments.status", "version v2", "Evidence", "1 of 1 steps", "&#34;version&#34;"):
        assert wanted in text, wanted
    assert "Cancel" not in text
    assert run_id in (await maria.get("/runs")).text
    assert "No run is in this state" in (await maria.get("/runs?status=failed")).text
    assert (await maria.get("/runs?status=odd")).status == 400


async def test_a_waiting_run_leads_to_its_approval_and_can_be_cancelled(maria: Tab) -> None:
    approval = await maria.proposed()
    page = await maria.get(f"/approvals/{approval}")
    run_id = page.text.partition('data-run="')[2].partition('"')[0]
    assert f'href="/approvals/{approval}"' in (await maria.get(f"/runs/{run_id}")).text
    assert (await maria.post(f"/runs/{run_id}/cancel")).headers[
        "Location"
    ] == f"/runs/{run_id}?done=cancelled"
    again = await maria.post(f"/runs/{run_id}/cancel")
    assert again.status == 409 and 'role="alert"' in again.text
    part = await maria.post(f"/runs/{run_id}/pause", headers={"X-Fragment": "1"})
    assert part.status == 409 and part.text.lstrip().startswith('<p class="notice bad"')


async def test_a_viewer_sees_a_run_and_cannot_steer_it(maria: Tab) -> None:
    approval = await maria.proposed()
    run_id = (await maria.get(f"/approvals/{approval}")).text.partition('data-run="')[2].partition('"')[0]
    await maria.enter("jonas")
    text = (await maria.get(f"/runs/{run_id}")).text
    assert "Cancel" not in text and "approval.opened" in text
    assert (await maria.post(f"/runs/{run_id}/cancel")).status == 403


@pytest.mark.parametrize(("answer", "said"), [("happened", 303), ("abort", 303), ("maybe", 400)])
async def test_a_person_says_what_happened_to_a_step_that_nobody_knows_of(
    maria: Tab, answer: str, said: int
) -> None:
    run_id = await started(maria)
    await until(maria, run_id, "succeeded")
    approval = await maria.proposed()
    run_id = (await maria.get(f"/approvals/{approval}")).text.partition('data-run="')[2].partition('"')[0]
    await maria.services.dispatcher.stop()  # type: ignore[attr-defined]
    await maria.enter("priya")
    page = await maria.get(f"/approvals/{approval}")
    form = {"plan_hash": page.value("plan_hash"), "stage": page.value("stage")}
    await maria.post(f"/approvals/{approval}/decisions", decision="approve", **form)

    def lose(conn: Connection) -> None:
        now, entry = maria.services.clock.now(), AuditEntry("t", "run.test", "run", run_id, run_id)
        run = ledger.get_run(conn, run_id)
        if run is not None and run.status == "waiting":
            ledger.move_run(conn, run_id, "queued", now=now, entry=entry)
        taken = ledger.claim_run(conn, owner="gone", now=now, run_id=run_id)
        assert taken is not None
        ledger.move_step(conn, run_id, "rollback", "started", now=now, fence=taken.fence)
        ledger.move_step(conn, run_id, "rollback", "unknown", now=now, fence=taken.fence)
        ledger.move_run(conn, run_id, "unknown", now=now, entry=entry, fence=taken.fence)

    async with asyncio.timeout(10):
        while True:
            run = await maria.services.database.read(lambda conn: ledger.get_run(conn, run_id))
            if run is not None and run.status in ("waiting", "queued"):
                break
            await asyncio.sleep(0.02)
    await maria.services.database.write(lose)
    page = await maria.get(f"/runs/{run_id}")
    for words in ("It happened: go on", "It did not happen", "End the run here", "Nobody knows"):
        assert words in page.text, words
    seen = await maria.post(f"/runs/{run_id}/answer", step="rollback", answer=answer)
    assert seen.status == said, seen.text


async def test_what_is_not_there_is_said(maria: Tab) -> None:
    assert (await maria.get("/runs/none")).status == 404
