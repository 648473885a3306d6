from __future__ import annotations

from typing import Any

from bot.http.shapes import Approval
from tests.bot.http.conftest import Stage


async def asked(stage: Stage) -> dict[str, Any]:
    _, run = await stage.call(
        "POST", "/workflows", "maria", {"runbook": "roll-back", "inputs": {"service": "rag-api"}}
    )
    found: dict[str, Any] = run["approval"]
    return found


def word(approval: dict[str, Any], decision: str = "approve", **more: str) -> dict[str, str]:
    return {"decision": decision, "plan_hash": approval["plan_hash"], **more}


async def test_approvals_are_listed_by_status_newest_first_in_pages(stage: Stage) -> None:
    first, second = await asked(stage), await asked(stage)
    await stage.call("POST", f"/approvals/{first['id']}/decisions", "priya", word(first, "deny", reason="no"))
    _, waiting = await stage.call("GET", "/approvals?status=pending")
    assert [one["id"] for one in waiting] == [second["id"]]
    _, every = await stage.call("GET", "/approvals")
    assert [one["id"] for one in every] == [second["id"], first["id"]]
    _, rest = await stage.call("GET", f"/approvals?limit=1&cursor={second['id']}")
    assert [one["id"] for one in rest] == [first["id"]]
    assert all(Approval.model_validate(one) for one in every)


async def test_the_requester_may_not_approve_and_is_told_who_can(stage: Stage) -> None:
    approval = await asked(stage)
    status, problem = await stage.call(
        "POST", f"/approvals/{approval['id']}/decisions", "maria", word(approval)
    )
    assert status == 403
    assert "somebody else must approve" in problem["detail"]
    assert "Priya Nair" in problem["detail"] and "Sam Okafor" in problem["detail"]
    assert stage.world.rollbacks == []


async def test_another_approves_and_the_change_is_made_once(stage: Stage) -> None:
    approval = await asked(stage)
    status, body = await stage.call("POST", f"/approvals/{approval['id']}/decisions", "priya", word(approval))
    assert status == 200
    assert Approval.model_validate(body).status == "approved"
    run = await stage.until(f"/workflows/{approval['run_id']}", lambda one: one["status"] == "succeeded")
    assert run["approval"]["decisions"][0]["by"] == "priya"
    assert len(stage.world.rollbacks) == 1


async def test_a_second_click_is_told_what_was_decided_and_by_whom(stage: Stage) -> None:
    approval = await asked(stage)
    path = f"/approvals/{approval['id']}/decisions"
    await stage.call("POST", path, "priya", word(approval))
    for person in ("priya", "sam"):
        status, problem = await stage.call("POST", path, person, word(approval))
        assert status == 409
        assert "approved" in problem["detail"] and "priya" in problem["detail"]


async def test_a_decision_on_another_plan_is_a_conflict(stage: Stage) -> None:
    approval = await asked(stage)
    changed = {"decision": "approve", "plan_hash": "0" * 64}
    status, _ = await stage.call("POST", f"/approvals/{approval['id']}/decisions", "priya", changed)
    assert status == 409


async def test_a_denied_plan_is_never_run(stage: Stage) -> None:
    approval = await asked(stage)
    path = f"/approvals/{approval['id']}/decisions"
    status, body = await stage.call("POST", path, "sam", word(approval, "deny", reason="Not on a Friday."))
    assert (status, body["status"]) == (200, "denied")
    assert body["decisions"][0]["reason"] == "Not on a Friday."
    run = await stage.until(f"/workflows/{approval['run_id']}", lambda one: one["status"] == "cancelled")
    assert run["steps"][0]["status"] in ("new", "skipped")
    assert stage.world.rollbacks == []


async def test_a_token_without_the_role_may_not_approve(stage: Stage) -> None:
    approval = await asked(stage)
    headers = stage.headers("priya", "viewer operator")
    url = f"/api/v1/approvals/{approval['id']}/decisions"
    async with stage.client.post(url, json=word(approval), headers=headers) as answer:
        assert answer.status == 403


async def test_who_decides_cannot_be_said_in_the_body(stage: Stage) -> None:
    approval = await asked(stage)
    path = f"/approvals/{approval['id']}/decisions"
    status, problem = await stage.call("POST", path, "maria", word(approval, person="priya"))
    assert status == 400
    assert "'person' is not known" in problem["detail"]


async def test_an_unknown_approval_is_not_found(stage: Stage) -> None:
    assert (await stage.call("GET", "/approvals/apr_none"))[0] == 404
    body = {"decision": "approve", "plan_hash": "x"}
    assert (await stage.call("POST", "/approvals/apr_none/decisions", "priya", body))[0] == 404


async def test_the_requester_takes_the_question_back(stage: Stage) -> None:
    approval = await asked(stage)
    path = f"/approvals/{approval['id']}/withdraw"
    assert (await stage.call("POST", path, "sam", {}))[0] == 403
    status, body = await stage.call("POST", path, "maria", {})
    assert (status, body["status"]) == (200, "withdrawn")
    assert (await stage.call("POST", path, "maria", {}))[0] == 409


async def test_other_inputs_are_another_question(stage: Stage) -> None:
    approval = await asked(stage)
    path = f"/approvals/{approval['id']}/inputs"
    change = {"inputs": {"environment": "staging"}}
    assert (await stage.call("POST", path, "sam", change))[0] == 403
    status, run = await stage.call("POST", path, "maria", change)
    assert (status, run["status"], run["approval"]["status"]) == (202, "waiting", "pending")
    assert (await stage.call("GET", f"/approvals/{approval['id']}"))[1]["status"] == "void"
    assert (await stage.call("POST", path, "maria", change))[0] == 409
