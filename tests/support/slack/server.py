"""The Web API of a pretended Slack: real HTTP for the real SDK, with channels, messages, people and faults."""

from __future__ import annotations

import asyncio
import json
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import encode_basic_auth, web
from slack_sdk.models.blocks import Block

TEAM, BOT_USER, BOT, TOKEN = "T1", "UBOT", "BBOT", "xoxb-test"
APP_TOKEN, GOOD_CODE = "xapp-test", "good-code"
MOST_BLOCKS, MOST_TEXT = 50, 40_000


@dataclass
class Fault:
    """What befalls the next call of a method: `limit` answers 429, `reset` handles it and drops the connection, a
    word is the error answered."""

    kind: str
    seconds: float = 1.0


@dataclass
class FakeSlack:
    """State that tests look at. `messages` are by channel, in order; `calls` every call as (method, arguments).

    `first` is when each channel got its first message, of `time.perf_counter`."""

    url: str = ""
    messages: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))
    whispers: list[dict[str, Any]] = field(default_factory=list)
    views: list[dict[str, Any]] = field(default_factory=list)
    homes: dict[str, dict[str, Any]] = field(default_factory=dict)
    users: dict[str, dict[str, Any]] = field(default_factory=dict)
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    faults: dict[str, list[Fault]] = field(default_factory=lambda: defaultdict(list))
    archived: set[str] = field(default_factory=set)
    absent: set[str] = field(default_factory=set)
    sockets: list[web.WebSocketResponse] = field(default_factory=list)
    acknowledged: list[dict[str, Any]] = field(default_factory=list)
    last: float = 0.0
    first: dict[str, float] = field(default_factory=dict)

    def person(self, user: str, email: str, **flags: Any) -> None:
        """An account of the workspace."""
        self.users[user] = {
            "id": user,
            "team_id": TEAM,
            "name": user.lower(),
            "profile": {"email": email, "real_name": user},
            "is_email_confirmed": True,
            **flags,
        }

    def befall(self, method: str, kind: str, seconds: float = 1.0, times: int = 1) -> None:
        self.faults[method] += [Fault(kind, seconds)] * times

    def whispers_after(self, count: int) -> list[dict[str, Any]]:
        return self.whispers[count:]

    def texts(self, channel: str) -> list[str]:
        return [shown_text(message) for message in self.messages[channel]]

    def _stamp(self) -> str:
        self.last = max(self.last + 0.000_001, time.time())
        return f"{self.last:.6f}"

    # the methods

    def auth_test(self, given: Mapping[str, Any]) -> dict[str, Any]:
        return {"team_id": TEAM, "team": "Demo", "user_id": BOT_USER, "bot_id": BOT, "url": self.url}

    def users_info(self, given: Mapping[str, Any]) -> dict[str, Any]:
        user = self.users.get(str(given["user"]))
        return {"ok": False, "error": "user_not_found"} if user is None else {"user": user}

    def chat_post_message(self, given: Mapping[str, Any]) -> dict[str, Any]:
        channel = str(given["channel"])
        if refused := self._closed(channel) or wrong(given):
            return {"ok": False, "error": refused}
        message = {**given, "ts": self._stamp(), "bot_id": BOT, "user": BOT_USER}
        self.messages[channel].append(message)
        self.first.setdefault(channel, time.perf_counter())
        return {"channel": channel, "ts": message["ts"], "message": message}

    def chat_update(self, given: Mapping[str, Any]) -> dict[str, Any]:
        channel = str(given["channel"])
        found = [one for one in self.messages[channel] if one["ts"] == given["ts"]]
        if not found:
            return {"ok": False, "error": "message_not_found"}
        if refused := self._closed(channel) or wrong(given):
            return {"ok": False, "error": refused}
        found[0].update({key: value for key, value in given.items() if key not in ("channel", "ts")})
        found[0]["edits"] = found[0].get("edits", 0) + 1
        return {"channel": channel, "ts": given["ts"]}

    def chat_post_ephemeral(self, given: Mapping[str, Any]) -> dict[str, Any]:
        if refused := self._closed(str(given["channel"])) or wrong(given):
            return {"ok": False, "error": refused}
        self.whispers.append(dict(given))
        return {"message_ts": self._stamp()}

    def conversations_history(self, given: Mapping[str, Any]) -> dict[str, Any]:
        oldest = float(given.get("oldest", 0))
        found = [one for one in self.messages[str(given["channel"])] if float(one["ts"]) > oldest]
        return {"messages": list(reversed(found))[: int(given.get("limit", 100))]}

    def conversations_replies(self, given: Mapping[str, Any]) -> dict[str, Any]:
        root = given["ts"]
        found = [
            one for one in self.messages[str(given["channel"])] if root in (one["ts"], one.get("thread_ts"))
        ]
        return {"messages": found}

    def views_open(self, given: Mapping[str, Any]) -> dict[str, Any]:
        self.views.append(dict(given["view"]))
        return {"view": {**given["view"], "id": f"V{len(self.views)}"}}

    def views_update(self, given: Mapping[str, Any]) -> dict[str, Any]:
        return self.views_open(given)

    def views_publish(self, given: Mapping[str, Any]) -> dict[str, Any]:
        self.homes[str(given["user_id"])] = dict(given["view"])
        return {"view": given["view"]}

    def apps_connections_open(self, given: Mapping[str, Any]) -> dict[str, Any]:
        return {"url": self.url.replace("http", "ws", 1).replace("/api/", "/socket")}

    def oauth_v2_access(self, given: Mapping[str, Any]) -> dict[str, Any]:
        if given.get("code") != GOOD_CODE:
            return {"ok": False, "error": "invalid_code"}
        return {
            "access_token": TOKEN, "token_type": "bot", "scope": "chat:write", "bot_user_id": BOT_USER, "app_id": "A1",
            "team": {"id": TEAM, "name": "Demo"}, "authed_user": {"id": "UADMIN"}, "is_enterprise_install": False,
        }  # fmt: skip

    async def envelope(self, kind: str, payload: Mapping[str, Any], number: str) -> None:
        """Send to whoever is connected by Socket Mode."""
        while not self.sockets:
            await asyncio.sleep(0.02)
        told = {
            "type": kind,
            "envelope_id": number,
            "payload": dict(payload),
            "accepts_response_payload": True,
        }
        await self.sockets[-1].send_json(told)

    def answer_to(self, number: str) -> dict[str, Any] | None:
        """What was acknowledged to the envelope of that number."""
        return next((one for one in self.acknowledged if one["envelope_id"] == number), None)

    async def drop(self) -> None:
        """Close every connection without a word."""
        for socket in list(self.sockets):
            await socket.close(code=1011)

    def _closed(self, channel: str) -> str | None:
        if channel in self.archived:
            return "is_archived"
        return "not_in_channel" if channel in self.absent else None


METHODS = {
    "auth.test": FakeSlack.auth_test,
    "users.info": FakeSlack.users_info,
    "chat.postMessage": FakeSlack.chat_post_message,
    "chat.update": FakeSlack.chat_update,
    "chat.postEphemeral": FakeSlack.chat_post_ephemeral,
    "conversations.history": FakeSlack.conversations_history,
    "conversations.replies": FakeSlack.conversations_replies,
    "views.open": FakeSlack.views_open,
    "views.update": FakeSlack.views_update,
    "views.publish": FakeSlack.views_publish,
    "apps.connections.open": FakeSlack.apps_connections_open,
    "oauth.v2.access": FakeSlack.oauth_v2_access,
}


def wrong(given: Mapping[str, Any]) -> str | None:
    """Slack's word for what it would not take: too many or malformed blocks, too much text."""
    blocks = given.get("blocks") or []
    if len(blocks) > MOST_BLOCKS:
        return "invalid_blocks"
    if len(str(given.get("text") or "")) > MOST_TEXT:
        return "msg_too_long"
    if not blocks and not given.get("text"):
        return "no_text"
    for block in blocks:
        parsed = Block.parse(block)
        if parsed is None:
            return "invalid_blocks"
        parsed.validate_json()
    return None


def shown_text(message: Mapping[str, Any]) -> str:
    """Every text of a message's blocks in reading order, or its fallback."""
    found: list[str] = []

    def walk(part: Any) -> None:
        if isinstance(part, Mapping):
            if isinstance(part.get("text"), str):
                found.append(part["text"])
            for key, value in part.items():
                if key != "text" or not isinstance(value, str):
                    walk(value)
        elif isinstance(part, list):
            for one in part:
                walk(one)

    walk(message.get("blocks") or [])
    return "".join(found) or str(message.get("text") or "")


def buttons(message: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The buttons of a message, by action id."""
    return {
        element["action_id"]: element
        for block in message.get("blocks") or []
        if block["type"] == "actions"
        for element in block["elements"]
    }


async def _given(request: web.Request) -> dict[str, Any]:
    if request.method == "GET":
        return dict(request.query)
    if request.content_type == "application/json":
        data = await request.json()
        assert isinstance(data, dict)
        return data
    fields: dict[str, Any] = dict(await request.post())
    return {key: _decoded(value) for key, value in fields.items()}


def _decoded(value: Any) -> Any:
    if isinstance(value, str) and value[:1] in "[{":
        return json.loads(value)
    return value


#: what a call may be authorised with: a token, or (True) the app's own id and secret
ALLOWED = {
    False: (f"Bearer {TOKEN}", f"Bearer {APP_TOKEN}"),
    True: (encode_basic_auth("client", "client-secret"),),
}


def make_app(slack: FakeSlack) -> web.Application:
    async def call(request: web.Request) -> web.StreamResponse:
        method, given = request.match_info["method"], await _given(request)
        fault = slack.faults[method].pop(0) if slack.faults[method] else None
        if fault is not None and fault.kind == "limit":
            return web.json_response(
                {"ok": False, "error": "ratelimited"}, status=429, headers={"Retry-After": str(fault.seconds)}
            )
        if request.headers.get("Authorization") not in ALLOWED[method == "oauth.v2.access"]:
            return web.json_response({"ok": False, "error": "invalid_auth"})
        slack.calls.append((method, given))
        if fault is not None and fault.kind != "reset":
            return web.json_response({"ok": False, "error": fault.kind})
        if method not in METHODS:
            return web.json_response({"ok": False, "error": "unknown_method"})
        answer = METHODS[method](slack, given)
        if fault is not None:
            assert request.transport is not None
            request.transport.abort()
        return web.json_response({"ok": True, **answer})

    async def socket(request: web.Request) -> web.StreamResponse:
        connection = web.WebSocketResponse()
        await connection.prepare(request)
        await connection.send_json({"type": "hello", "num_connections": 1})
        slack.sockets.append(connection)
        async for message in connection:
            slack.acknowledged.append(message.json())
        slack.sockets.remove(connection)
        return connection

    app = web.Application()
    app.router.add_get("/socket", socket)
    app.router.add_route("*", "/api/{method}", call)
    return app


@asynccontextmanager
async def running(slack: FakeSlack) -> AsyncIterator[FakeSlack]:
    runner = web.AppRunner(make_app(slack), access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    slack.url = f"http://{host}:{port}/api/"
    try:
        yield slack
    finally:
        await runner.cleanup()
