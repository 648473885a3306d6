from __future__ import annotations

import asyncio

from bot.http.shapes import Reply, Turn
from tests.bot.http.conftest import Stage


async def test_a_message_is_answered(stage: Stage) -> None:
    session = await stage.session()
    status, body = await stage.say(session, "hello")
    assert status == 200
    reply = Reply.model_validate(body)
    assert reply.text == "maria said hello"
    assert reply.session_id == session
    assert (reply.approval, reply.run) == (None, None)


async def test_the_turns_are_read_oldest_first_with_their_answers(stage: Stage) -> None:
    session = await stage.session()
    said = [await stage.say(session, f"word {number}") for number in range(3)]
    status, body = await stage.call("GET", f"/messages/{session}")
    assert status == 200
    turns = [Turn.model_validate(one) for one in body]
    assert [turn.text for turn in turns] == ["word 0", "word 1", "word 2"]
    assert [one["reply"] for one in body] == [reply for _, reply in said]


async def test_turns_are_read_in_pages(stage: Stage) -> None:
    session = await stage.session()
    for number in range(5):
        await stage.say(session, f"word {number}")
    seen = [turn["text"] for turn in await stage.pages(f"/messages/{session}?limit=2")]
    assert seen == [f"word {number}" for number in range(5)]


async def test_an_approval_and_its_run_are_shown_as_the_ledger_has_them_now(stage: Stage) -> None:
    session = await stage.session()
    _, body = await stage.say(session, "roll back")
    reply = Reply.model_validate(body)
    assert reply.approval is not None and reply.run is not None
    assert (reply.approval.status, reply.run.status) == ("pending", "waiting")
    assert body["blocks"][0]["approval"] == body["approval"]
    assert body["blocks"][1]["steps"] == [
        {"id": "rollback", "action": "deployments.rollback", "status": "new"}
    ]
    await stage.call(
        "POST", f"/approvals/{reply.approval.id}/decisions", "priya",
        {"decision": "approve", "plan_hash": reply.approval.plan_hash},
    )  # fmt: skip
    turns = await stage.until(
        f"/messages/{session}", lambda seen: seen[0]["reply"]["run"]["status"] == "succeeded"
    )
    assert turns[0]["reply"]["approval"]["status"] == "approved"
    assert turns[0]["reply"]["blocks"][0]["approval"]["decisions"][0]["by"] == "priya"
    assert turns[0]["reply"]["blocks"][1]["steps"][0]["status"] == "done"
    assert turns[0]["reply"]["blocks"][1]["status"] == "succeeded"


async def test_a_message_that_fails_shows_an_error_id_and_not_the_reason(stage: Stage) -> None:
    session = await stage.session()
    status, body = await stage.say(session, "fail")
    assert status == 200
    assert body["intent"]["id"] == "error"
    assert "secret" not in str(body) and "err_" in body["text"]


async def test_a_client_that_hangs_up_loses_no_message(stage: Stage) -> None:
    session = await stage.session()
    payload = b'{"session_id":"%s","text":"are you there"}' % session.encode()
    token = stage.headers("maria")["Authorization"]
    head = (
        f"POST /api/v1/messages HTTP/1.1\r\nHost: x\r\nAuthorization: {token}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(payload)}\r\n\r\n"
    )
    stage.parrot.gate.clear()
    _, writer = await asyncio.open_connection(stage.client.host, stage.client.port)
    writer.write(head.encode() + payload)
    async with asyncio.timeout(5):
        while not stage.parrot.heard:
            await asyncio.sleep(0.01)
    writer.close()
    await writer.wait_closed()
    stage.parrot.gate.set()
    turns = await stage.until(
        f"/messages/{session}", lambda seen: bool(seen) and seen[0]["reply"] is not None
    )
    assert turns[0]["reply"]["text"] == "maria said are you there"


async def test_a_narrow_token_narrows_the_person_who_is_heard(stage: Stage) -> None:
    session = await stage.session()
    headers = stage.headers("maria", "viewer")
    await stage.client.post(
        "/api/v1/messages", json={"session_id": session, "text": "hello"}, headers=headers
    )
    await stage.say(session, "hello")
    roles = [message.person.roles for message in stage.parrot.heard if message.person]
    assert roles == [{"viewer"}, {"viewer", "operator"}]


async def test_an_empty_text_is_refused_and_a_long_one_is_heard(stage: Stage) -> None:
    session = await stage.session()
    assert (await stage.say(session, ""))[0] == 400
    assert (await stage.say(session, "x" * 100_000))[0] == 200


async def test_messages_are_counted_by_intent_and_outcome(stage: Stage) -> None:
    session = await stage.session()
    for text in ("hello", "roll back", "fail"):
        await stage.say(session, text)
    page = await (await stage.client.get("/metrics")).text()
    for intent, outcome in (("smalltalk", "answered"), ("deploy.rollback", "asked"), ("error", "error")):
        assert f'copilot_messages_total{{intent="{intent}",outcome="{outcome}"}} 1.0' in page
