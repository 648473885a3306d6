"""A choice under an answer: says its exact words, as the person who pressed it."""

from __future__ import annotations

import re
from typing import Any

from slack_bolt.async_app import AsyncApp

from bot.slack.front import Front
from bot.slack.places import Spot


def register(app: AsyncApp, front: Front) -> None:
    @app.action(re.compile(r"^say\.\d+$"))
    async def choose(ack: Any, body: dict[str, Any], action: dict[str, Any]) -> None:
        who = await front.who(body)
        channel, message = str(body["channel"]["id"]), body.get("message") or {}
        root = str(message.get("thread_ts") or message.get("ts"))
        known = await front.conversation_of(who.workspace.team, channel, root)
        spot = known or Spot(who.workspace.team, channel, "" if channel.startswith("D") else f"t{root}")
        await front.take(who, str(action["value"]), spot, f"{body['trigger_id']}.{action['action_id']}")
        await ack()
