"""`/ops why is rag-api slow?`"""

from __future__ import annotations

from typing import Any

from slack_bolt.async_app import AsyncApp

from bot.slack.front import Front
from bot.slack.places import Spot, begun_by


def register(app: AsyncApp, front: Front) -> None:
    @app.command(front.command)
    async def command(ack: Any, body: dict[str, Any]) -> None:
        who = await front.who(body)
        text = str(body.get("text") or "").strip() or "help"
        await front.take(who, text, spot(body), str(body["trigger_id"]))
        await ack(response_type="in_channel")


def spot(body: dict[str, Any]) -> Spot:
    """A direct message is one conversation; in a channel each command begins its own."""
    team, channel = str(body["team_id"]), str(body["channel_id"])
    if channel.startswith("D"):
        return Spot(team, channel)
    return begun_by(team, channel, str(body["trigger_id"]))
