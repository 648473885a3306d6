"""The button Details: every step of the plan, shown to who asks alone."""

from __future__ import annotations

from typing import Any

from slack_bolt.async_app import AsyncApp

from bot.expand import one_approval
from bot.slack import cards
from bot.slack.front import Front


def register(app: AsyncApp, front: Front) -> None:
    @app.action("details")
    async def details(ack: Any, body: dict[str, Any], action: dict[str, Any]) -> None:
        pressed = front.buttons.read(str(action["value"]))
        who = await front.who(body)
        await front.person(who)
        view = await front.services.database.read(lambda conn: one_approval(conn, pressed.approval_id))
        modal = cards.plan_modal(view, front.painter.look(view))
        await front.web.call(who.workspace.token, "views.open", trigger_id=body["trigger_id"], view=modal)
        await ack()
