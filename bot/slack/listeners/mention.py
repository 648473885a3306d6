"""`@copilot why is rag-api slow?` in a channel; the answer is in its thread."""

from __future__ import annotations

from typing import Any

from slack_bolt.async_app import AsyncApp

from bot.slack.front import Front
from bot.slack.places import in_thread


def register(app: AsyncApp, front: Front) -> None:
    @app.event("app_mention")
    async def mention(body: dict[str, Any], event: dict[str, Any]) -> None:
        if event.get("bot_id") or not event.get("user"):
            return
        who = await front.who(body)
        root = str(event.get("thread_ts") or event["ts"])
        known = await front.conversation_of(who.workspace.team, event["channel"], root)
        spot = known or in_thread(who.workspace.team, event["channel"], root)
        await front.take(who, event.get("text") or "help", spot, str(body["event_id"]))
