"""The app was removed, its tokens were revoked, an account changed."""

from __future__ import annotations

from typing import Any

from slack_bolt.async_app import AsyncApp

from bot.slack.front import Front


def register(app: AsyncApp, front: Front) -> None:
    @app.event("user_change")
    async def changed(body: dict[str, Any], event: dict[str, Any]) -> None:
        who = await front.who(body, user=str(event["user"]["id"]))
        front.directory.forget(who.workspace, who.user)

    @app.event("app_uninstalled")
    async def removed(body: dict[str, Any]) -> None:
        await front.installed.remove(str(body["team_id"]))

    @app.event("tokens_revoked")
    async def revoked(body: dict[str, Any], event: dict[str, Any]) -> None:
        if (event.get("tokens") or {}).get("bot"):
            await front.installed.remove(str(body["team_id"]))
