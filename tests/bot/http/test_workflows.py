from __future__ import annotations

from bot.http.shapes import Run
from tests.bot.http.conftest import Stage

LOOK = {"runbook": "look", "inputs": {"service": "rag-api"}}
BACK = {"runbook": "roll-back", "inputs": {"service": "rag-api"}}


async def test_a_read_runs_to_its_end_without_asking(stage: Stage) -> None:
    status, body = await stage.call("POST", "/workflows", "maria", LOOK)
    assert status == 202
    assert body["approval"] is None
    run = Run.model_validate(
        await stage.until(f"/workflows/{body['id']}", lambda one: one["status"] == "succeeded")
    )
    assert run.steps[0].output == {"version": "v2"}
    assert run.inputs == {"service": "rag-api", "environment": "staging"}


async def test_a_production_write_comes_with_its_approval(stage: Stage) -> None:
    status, body = await stage.call("POST", "/workflows", "maria", BACK)
    assert (status, body["status"]) == (202, "waiting")
    step = body["approval"]["plan"]["steps"][0]
    assert (step["change"]["before"], step["change"]["after"]) == ({"version": "v2"}, {"version": "v1"})
    assert stage.world.rollbacks == []


async def test_a_dry_run_changes_nothing(stage: Stage) -> None:
    status, body = await stage.call("POST", "/workflows", "maria", {**BACK, "dry_run": True})
    assert (status, body["approval"]) == (202, None)
    run = await stage.until(f"/workflows/{body['id']}", lambda one: one["status"] == "succeeded")
    assert run["dry_run"] and run["steps"][0]["status"] == "skipped"
    assert stage.world.rollbacks == []


async def test_who_may_not_ask_is_refused_in_the_policys_words(stage: Stage) -> None:
    status, problem = await stage.call("POST", "/workflows", "jonas", BACK)
    assert status == 403
    assert "operator" in problem["detail"]
    _, rows = await stage.call("GET", "/audit", "jonas")
    assert "run.refused" in [row["what"] for row in rows]


async def test_an_unknown_runbook_and_wrong_inputs_are_told(stage: Stage) -> None:
    status, problem = await stage.call("POST", "/workflows", "maria", {"runbook": "rol-back"})
    assert status == 404
    assert "roll-back" in problem["detail"]
    for inputs in ({}, {"service": "nothing-here"}, {"service": 7}, {"service": "rag-api", "x": 1}):
        wanted = {"runbook": "roll-back", "inputs": inputs}
        assert (await stage.call("POST", "/workflows", "maria", wanted))[0] == 400


async def test_a_waiting_run_is_cancelled_and_its_approval_withdrawn(stage: Stage) -> None:
    _, body = await stage.call("POST", "/workflows", "maria", BACK)
    status, run = await stage.call("POST", f"/workflows/{body['id']}/cancel", "maria", {})
    assert (status, run["status"], run["approval"]["status"]) == (200, "cancelled", "withdrawn")
    status, problem = await stage.call("POST", f"/workflows/{body['id']}/cancel", "maria", {})
    assert status == 409
    assert "cancelled already" in problem["detail"]


async def test_only_a_running_run_is_paused_and_only_a_paused_one_resumed(stage: Stage) -> None:
    _, body = await stage.call("POST", "/workflows", "maria", BACK)
    for verb in ("pause", "resume"):
        status, problem = await stage.call("POST", f"/workflows/{body['id']}/{verb}", "maria", {})
        assert status == 409
        assert "waiting" in problem["detail"]


async def test_runs_are_listed_newest_first_in_pages(stage: Stage) -> None:
    ids = [(await stage.call("POST", "/workflows", "maria", BACK))[1]["id"] for _ in range(3)]
    _, every = await stage.call("GET", "/workflows?status=waiting")
    assert [one["id"] for one in every] == ids[::-1]
    _, rest = await stage.call("GET", f"/workflows?limit=2&cursor={ids[2]}")
    assert [one["id"] for one in rest] == [ids[1], ids[0]]


async def test_what_a_run_posts_goes_to_a_session_of_ones_own_only(stage: Stage) -> None:
    session = await stage.session("maria")
    _, run = await stage.call("POST", "/workflows", "maria", {**LOOK, "session_id": session})
    assert run["place"] == f"rest:{session}"
    assert (await stage.call("POST", "/workflows", "priya", {**LOOK, "session_id": session}))[0] == 404


async def test_an_unknown_run_is_not_found(stage: Stage) -> None:
    assert (await stage.call("GET", "/workflows/run_none"))[0] == 404
    for verb in ("cancel", "pause", "resume"):
        assert (await stage.call("POST", f"/workflows/run_none/{verb}", "maria", {}))[0] == 404
