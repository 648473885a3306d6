from __future__ import annotations

from bot.http.shapes import Review
from tests.bot.http.conftest import Stage

GLASS = {"runbook": "roll-back", "inputs": {"service": "rag-api"}, "reason": "checkout is down for everybody"}


async def test_glass_is_broken_with_a_reason_and_reviewed_by_somebody_else(stage: Stage) -> None:
    status, run = await stage.call("POST", "/workflows/break-glass", "lena", GLASS)
    assert (status, run["approval"]) == (202, None)
    await stage.until(f"/workflows/{run['id']}", lambda seen: seen["status"] == "succeeded")
    _, (review,) = await stage.call("GET", "/reviews", "sam")
    assert Review.model_validate(review).run_id == run["id"]
    path, outcome = f"/reviews/{review['id']}/close", {"outcome": "It was right to do so."}
    assert (await stage.call("POST", path, "lena", outcome))[0] == 403
    status, closed = await stage.call("POST", path, "sam", outcome)
    assert (status, closed["closed_by"]) == (200, "sam")
    assert (await stage.call("POST", path, "sam", outcome))[0] == 409
    assert (await stage.call("GET", "/reviews"))[1] == []
    assert len((await stage.call("GET", "/reviews?status=all"))[1]) == 1


async def test_without_the_role_or_a_reason_nothing_runs(stage: Stage) -> None:
    assert (await stage.call("POST", "/workflows/break-glass", "priya", GLASS))[0] == 403
    assert (await stage.call("POST", "/workflows/break-glass", "lena", GLASS | {"reason": "x"}))[0] == 400
    assert (await stage.call("POST", "/reviews/rev_x/close", "sam", {"outcome": "It was right."}))[0] == 404
    assert stage.world.rollbacks == []
