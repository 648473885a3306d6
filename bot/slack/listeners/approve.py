"""The button Approve."""

from __future__ import annotations

from typing import Any

from slack_bolt.async_app import AsyncApp

from bot.slack.front import Front
from bot.slack.places import FACE


def register(app: AsyncApp, front: Front) -> None:
    @app.action("approve")
    async def approve(ack: Any, body: dict[str, Any], action: dict[str, Any]) -> None:
        pressed = front.buttons.read(str(action["value"]))
        who = await front.who(body)
        person = await front.person(who)
        await front.services.approvals.decide(
            pressed.approval_id,
            person=person,
            decision="approve",
            plan_hash=pressed.plan_hash,
            stage=pressed.stage,
            via=f"{FACE}:{who.team}/{who.user}",
        )
        await ack()
        front.keeper.nudge()
