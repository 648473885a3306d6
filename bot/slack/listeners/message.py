"""Direct messages, and follow-ups without a mention in a thread that the bot is in."""

from __future__ import annotations

from typing import Any

from slack_bolt.async_app import AsyncApp

from bot.slack.front import Front
from bot.slack.places import Spot


def register(app: AsyncApp, front: Front) -> None:
    @app.event("message")
    async def message(body: dict[str, Any], event: dict[str, Any]) -> None:
        if not _from_a_person(event):
            return
        who = await front.who(body)
        spot = await _where(front, who.workspace.team, event)
        if spot is not None and f"<@{who.workspace.bot_user}>" not in (event.get("text") or ""):
            await front.take(who, event.get("text") or "", spot, str(body["event_id"]))


def _from_a_person(event: dict[str, Any]) -> bool:
    """Not an edit, a deletion, a join, nor the word of a bot, ourselves included."""
    subtype = event.get("subtype")
    return (
        not event.get("bot_id")
        and bool(event.get("user"))
        and subtype in (None, "file_share", "thread_broadcast")
    )


async def _where(front: Front, team: str, event: dict[str, Any]) -> Spot | None:
    channel, thread = str(event["channel"]), event.get("thread_ts")
    if thread is not None:
        known = await front.conversation_of(team, channel, str(thread))
        if known is not None or event.get("channel_type") != "im":
            return known
        return Spot(team, channel, f"t{thread}")
    return Spot(team, channel) if event.get("channel_type") == "im" else None
