from __future__ import annotations

import asyncio

from bot.http.idempotency import event_name, fingerprint
from tests.bot.http.conftest import Stage

BACK = {"runbook": "roll-back", "inputs": {"service": "rag-api"}}


async def test_a_repeat_gets_the_first_answer_and_is_done_once(stage: Stage) -> None:
    session = await stage.session()
    first = await stage.say(session, "hello", Idempotency_Key="k1")
    assert await stage.say(session, "hello", Idempotency_Key="k1") == first
    assert len(stage.parrot.heard) == 1
    assert await stage.call("POST", "/sessions", json={}, Idempotency_Key="k2") == await stage.call(
        "POST", "/sessions", json={}, Idempotency_Key="k2"
    )


async def test_repeats_at_the_same_moment_are_done_once(stage: Stage) -> None:
    answers = await asyncio.gather(
        *(stage.call("POST", "/workflows", "maria", BACK, Idempotency_Key="k") for _ in range(8))
    )
    assert {status for status, _ in answers} == {202}
    assert len({body["id"] for _, body in answers}) == 1
    _, runs = await stage.call("GET", "/workflows")
    assert len(runs) == 1


async def test_a_key_used_for_something_else_is_refused(stage: Stage) -> None:
    session = await stage.session()
    await stage.say(session, "hello", Idempotency_Key="k")
    status, problem = await stage.say(session, "other", Idempotency_Key="k")
    assert status == 422
    assert "new key" in problem["detail"]
    status, _ = await stage.call("POST", "/sessions", json={}, Idempotency_Key="k")
    assert status == 422


async def test_two_people_may_use_the_same_key(stage: Stage) -> None:
    mine, theirs = await stage.session("maria"), await stage.session("priya")
    _, one = await stage.say(mine, "hello", "maria", Idempotency_Key="k")
    _, other = await stage.say(theirs, "hello", "priya", Idempotency_Key="k")
    assert (one["session_id"], other["session_id"]) == (mine, theirs)


async def test_a_refusal_is_not_kept_so_that_it_may_be_tried_again(stage: Stage) -> None:
    _, run = await stage.call("POST", "/workflows", "maria", BACK)
    approval = run["approval"]
    path = f"/approvals/{approval['id']}/decisions"
    word = {"decision": "approve", "plan_hash": "0" * 64}
    assert (await stage.call("POST", path, "priya", word, Idempotency_Key="k"))[0] == 409
    assert (await stage.call("POST", path, "priya", word, Idempotency_Key="k"))[0] == 409
    word["plan_hash"] = approval["plan_hash"]
    assert (await stage.call("POST", path, "priya", word, Idempotency_Key="k"))[0] == 200
    assert (await stage.call("POST", path, "priya", word, Idempotency_Key="k"))[0] == 200


async def test_a_key_that_is_no_key_is_refused(stage: Stage) -> None:
    for key in ("", "a b", "x" * 201, "é"):
        status, _ = await stage.call("POST", "/sessions", json={}, Idempotency_Key=key)
        assert status == 400


def test_the_mark_depends_on_path_and_meaning_alone() -> None:
    assert fingerprint("/a", {"x": 1, "y": 2}) == fingerprint("/a", {"y": 2, "x": 1})
    assert fingerprint("/a", {}) != fingerprint("/b", {})
    assert fingerprint("/a", {}) != fingerprint("/a", {"x": None})


def test_an_event_is_named_by_person_key_and_mark() -> None:
    names = {event_name("k", "maria", "m"), event_name("k", "priya", "m"), event_name("k", "maria", "n")}
    assert len(names) == 3
    assert event_name("k", "maria", "m") in names
