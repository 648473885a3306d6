"""What Slack sends: signed events, commands, clicks and forms."""

from __future__ import annotations

import itertools
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import aiohttp

from bot.slack.guard import sign
from config.clock import Clock
from tests.support.slack.server import TEAM

SECRET = b"shhh-it-is-a-test-secret-of-slack"


@dataclass
class Sender:
    """Posts to `url` (…/slack/events) as Slack would."""

    url: str
    http: aiohttp.ClientSession
    clock: Clock
    secret: bytes = SECRET
    number: Any = field(default_factory=lambda: itertools.count(1))

    async def raw(self, body: bytes, kind: str, **headers: str) -> tuple[int, str]:
        """Status and body of the answer."""
        stamp = str(int(self.clock.now()))
        signed = {
            "Content-Type": kind,
            "X-Slack-Request-Timestamp": stamp,
            "X-Slack-Signature": sign(body, stamp, self.secret),
            **headers,
        }
        async with self.http.post(self.url, data=body, headers=signed) as answer:
            return answer.status, await answer.text()

    async def event(self, event: Mapping[str, Any], event_id: str | None = None) -> tuple[int, str]:
        body = {
            "type": "event_callback",
            "team_id": TEAM,
            "api_app_id": "A1",
            "event_id": event_id or f"Ev{next(self.number)}",
            "event_time": int(self.clock.now()),
            "event": dict(event),
        }
        return await self.raw(json.dumps(body).encode(), "application/json")

    async def mention(
        self, user: str, channel: str, text: str, ts: str, thread: str | None = None
    ) -> tuple[int, str]:
        event = {"type": "app_mention", "user": user, "channel": channel, "text": text, "ts": ts}
        return await self.event(event | ({"thread_ts": thread} if thread else {}))

    async def message(
        self, user: str, channel: str, text: str, ts: str, thread: str | None = None
    ) -> tuple[int, str]:
        kind = "im" if channel.startswith("D") else "channel"
        event = {
            "type": "message",
            "user": user,
            "channel": channel,
            "channel_type": kind,
            "text": text,
            "ts": ts,
        }
        return await self.event(event | ({"thread_ts": thread} if thread else {}))

    async def command(self, user: str, channel: str, text: str, **more: str) -> tuple[int, str]:
        fields = {
            "command": "/ops",
            "text": text,
            "team_id": TEAM,
            "channel_id": channel,
            "user_id": user,
            "trigger_id": f"tr.{next(self.number)}",
            "response_url": "http://127.0.0.1:9/response",
            **more,
        }
        return await self.raw(urlencode(fields).encode(), "application/x-www-form-urlencoded")

    async def click(
        self,
        user: str,
        channel: str,
        message: Mapping[str, Any],
        button: Mapping[str, Any],
        home: str = TEAM,
    ) -> tuple[int, str]:
        """`home` is the workspace of the account."""
        payload = {
            "type": "block_actions",
            "team": {"id": TEAM},
            "user": {"id": user, "team_id": home},
            "channel": {"id": channel},
            "container": {"type": "message", "message_ts": message["ts"], "channel_id": channel},
            "message": {"ts": message["ts"], "thread_ts": message.get("thread_ts")},
            "trigger_id": f"tr.{next(self.number)}",
            "response_url": "http://127.0.0.1:9/response",
            "actions": [{**button, "action_ts": "1"}],
        }
        return await self.interact(payload)

    async def submit(self, user: str, view: Mapping[str, Any], **values: Any) -> tuple[int, str]:
        """A form sent in; `values` are typed texts by block id."""
        state = {
            name: {"value": {"type": "plain_text_input", "value": value}} for name, value in values.items()
        }
        payload = {
            "type": "view_submission",
            "team": {"id": TEAM},
            "user": {"id": user, "team_id": TEAM},
            "trigger_id": f"tr.{next(self.number)}",
            "view": {**view, "id": "V1", "state": {"values": state}},
        }
        return await self.interact(payload)

    async def interact(self, payload: Mapping[str, Any]) -> tuple[int, str]:
        body = urlencode({"payload": json.dumps(payload)}).encode()
        return await self.raw(body, "application/x-www-form-urlencoded")
