from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
from aiohttp import ClientWebSocketResponse, WSMsgType

from bot.console.socket import SIGNED_OUT
from bot.http.auth import issue
from tests.bot.console.conftest import Tab


class Line:
    """One open socket and everything that came on it."""

    def __init__(self, socket: ClientWebSocketResponse) -> None:
        self.socket = socket
        self.heard: list[dict[str, Any]] = []

    async def say(self, **message: Any) -> None:
        await self.socket.send_str(json.dumps(message))

    async def until(self, kind: str, count: int = 1) -> dict[str, Any]:
        """The newest message of that kind, once there are so many."""
        async with asyncio.timeout(10):
            while len(self.of(kind)) < count:
                message = await self.socket.receive()
                assert message.type is WSMsgType.TEXT, message
                self.heard.append(json.loads(message.data))
        return self.of(kind)[-1]

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [one for one in self.heard if one["type"] == kind]


@asynccontextmanager
async def line(tab: Tab, **headers: str) -> AsyncIterator[Line]:
    sent = {"Origin": tab.origin, **headers}
    async with tab.client.ws_connect("/ws", headers={key: one for key, one in sent.items() if one}) as socket:
        yield Line(socket)


async def session_of(tab: Tab) -> str:
    return (await tab.post("/chat/new")).text.strip()


async def test_a_message_is_taken_and_answered(maria: Tab) -> None:
    session = await session_of(maria)
    async with line(maria) as one:
        await one.say(type="SendMessage", session_id=session, content="hello", event_id="e1")
        reply = (await one.until("Reply"))["reply"]
        taken = one.of("Taken")[0]
    assert reply["text"] == "maria said hello" and reply["session_id"] == session
    assert (taken["event_id"], taken["request_id"]) == ("e1", reply["request_id"])


async def test_a_message_sent_again_after_a_drop_is_one_message_and_its_answer_comes(maria: Tab) -> None:
    session = await session_of(maria)
    maria.parrot.gate.clear()
    async with line(maria) as one:
        await one.say(type="SendMessage", session_id=session, content="slow", event_id="e1")
        await one.until("Taken")
    async with line(maria) as one:
        await one.say(type="Follow", session_id=session, after=0)
        await one.say(type="SendMessage", session_id=session, content="slow", event_id="e1")
        await one.until("Taken")
        maria.parrot.gate.set()
        await one.until("Reply")
        await asyncio.sleep(0.1)
        await one.say(type="Nonsense")
        await one.until("Error")
    assert [one.text for one in maria.parrot.heard] == ["slow"]
    assert len(one.of("Reply")) == 1


async def test_what_was_missed_comes_after_a_drop_once_and_in_order(maria: Tab) -> None:
    session = await session_of(maria)
    async with line(maria) as one:
        await one.say(type="SendMessage", session_id=session, content="first")
        cursor = (await one.until("Reply"))["at"]
    for number in range(3):
        await maria.services.outbox.post(
            f"post:{number}", f"rest:{session}", {"text": f"post {number}", "blocks": []}
        )
    async with line(maria) as one:
        await one.say(type="Follow", session_id=session, after=cursor)
        await one.until("Post", 3)
        await maria.services.outbox.post("post:3", f"rest:{session}", {"text": "post 3", "blocks": []})
        await one.until("Post", 4)
    assert [post["post"]["text"] for post in one.of("Post")] == [f"post {number}" for number in range(4)]


async def test_a_run_is_told_as_it_moves_until_it_is_over(maria: Tab) -> None:
    approval = await maria.proposed()
    run_id = (await maria.get(f"/approvals/{approval}")).text.partition('data-run="')[2].partition('"')[0]
    await maria.enter("priya")
    page = await maria.get(f"/approvals/{approval}")
    async with line(maria) as one:
        await one.say(type="Watch", run_id=run_id)
        assert (await one.until("Progress"))["run"]["status"] == "waiting"
        form = {"plan_hash": page.value("plan_hash"), "stage": page.value("stage")}
        await maria.post(f"/approvals/{approval}/decisions", decision="approve", **form)
        while (await one.until("Progress", len(one.of("Progress")) + 1))["run"]["status"] != "succeeded":
            continue
    versions = [told["run"]["version"] for told in one.of("Progress")]
    assert versions == sorted(versions) and len(versions) >= 3


async def test_the_run_of_an_answer_is_told_without_asking(maria: Tab) -> None:
    session = await session_of(maria)
    async with line(maria) as one:
        await one.say(type="SendMessage", session_id=session, content="roll back")
        run = (await one.until("Reply"))["reply"]["run"]
        assert (await one.until("Progress"))["run"]["id"] == run["id"]


@pytest.mark.parametrize("origin", ["http://evil.example", "null", ""])
async def test_a_page_of_another_origin_opens_nothing(maria: Tab, origin: str) -> None:
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        async with line(maria, Origin=origin):
            pass
    assert refused.value.status == 403


async def test_without_a_cookie_a_token_is_wanted_and_a_program_needs_no_origin(tab: Tab) -> None:
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        async with line(tab):
            pass
    assert refused.value.status == 401
    token = (await tab.enter("priya")) and _token(tab)
    tab.client.session.cookie_jar.clear()
    async with line(tab, Origin="", Authorization=f"Bearer {token}") as one:
        await one.say(type="SendMessage", session_id="ses_none", content="hi")
        assert (await one.until("Error"))["status"] == 404
    with pytest.raises(aiohttp.WSServerHandshakeError):
        async with line(tab, Origin="http://evil.example", Authorization=f"Bearer {token}"):
            pass


async def test_another_persons_session_is_not_there(maria: Tab) -> None:
    session = await session_of(maria)
    await maria.enter("priya")
    async with line(maria) as one:
        await one.say(type="Follow", session_id=session)
        assert (await one.until("Error"))["status"] == 404
        await one.say(type="SendMessage", session_id=session, content="hi", event_id="x")
        assert (await one.until("Error", 2))["event_id"] == "x"


@pytest.mark.parametrize(
    "sent",
    ["", "x", "[]", "{}", '{"type":"SendMessage"}', '{"type":"Watch","run_id":""}', '{"type":"Watch","run_id":"none"}',
     '{"type":"SendMessage","session_id":"ses_1","content":""}', '{"type":"Follow","session_id":"a","after":-1}',
     '{"type":"SendMessage","session_id":"ses_1","content":"x","event_id":"a b"}', '{"type":["x"]}'],
)  # fmt: skip
async def test_what_cannot_be_read_is_told_and_the_socket_stays(maria: Tab, sent: str) -> None:
    async with line(maria) as one:
        await one.socket.send_str(sent)
        told = await one.until("Error")
        assert told["status"] in (400, 404) and told["detail"] and told["error_id"].startswith("err_")
        session = await session_of(maria)
        await one.say(type="SendMessage", session_id=session, content="still here")
        await one.until("Reply")


async def test_signing_out_ends_the_socket(maria: Tab) -> None:
    session = await session_of(maria)
    async with line(maria) as one:
        await one.say(type="Follow", session_id=session)
        await maria.get("/")
        await maria.post("/sign-out")
        async with asyncio.timeout(10):
            message = await one.socket.receive()
        assert message.type is WSMsgType.CLOSE and message.data == SIGNED_OUT


async def test_too_many_at_once_are_told_so(maria: Tab) -> None:
    session = await session_of(maria)
    maria.parrot.gate.clear()
    async with line(maria) as one:
        for number in range(9):
            await one.say(type="SendMessage", session_id=session, content=f"m{number}", event_id=f"e{number}")
        told = await one.until("Error")
        assert told["status"] == 503 and "Wait for an answer" in told["detail"]
        maria.parrot.gate.set()
        await one.until("Reply", 8)


async def test_a_server_that_stops_says_so(maria: Tab) -> None:
    async with line(maria) as one:
        await one.say(type="Nonsense")
        await one.until("Error")
        assert maria.client.app is not None
        await maria.client.app.shutdown()
        async with asyncio.timeout(10):
            assert (await one.socket.receive()).type is WSMsgType.CLOSE


def _token(tab: Tab) -> str:
    roles = tab.services.people.by_id["priya"].roles
    return issue(tab.services.token_key, "priya", roles, 3600, now=tab.services.wall.now())
