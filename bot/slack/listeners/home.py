"""App Home: what waits for me, what runs, what fires, what I may ask. Made anew each time it is opened."""

from __future__ import annotations

from typing import Any

from slack_bolt.async_app import AsyncApp

from bot.slack import home
from bot.slack.front import Front


def register(app: AsyncApp, front: Front) -> None:
    @app.event("app_home_opened")
    async def opened(body: dict[str, Any], event: dict[str, Any]) -> None:
        if event.get("tab") == "home":
            who = await front.who(body)
            view = await home.view(front, who)
            await front.web.call(who.workspace.token, "views.publish", user_id=who.user, view=view)
