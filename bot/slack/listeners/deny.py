"""The button Deny: asks for the reason, then denies."""

from __future__ import annotations

from typing import Any

from slack_bolt.async_app import AsyncApp

from bot.slack import forms
from bot.slack.front import Front
from bot.slack.places import FACE


def register(app: AsyncApp, front: Front) -> None:
    @app.action("deny")
    async def ask(ack: Any, body: dict[str, Any], action: dict[str, Any]) -> None:
        front.buttons.read(str(action["value"]))
        who = await front.who(body)
        await front.person(who)
        view = forms.reason("deny", "Deny this plan", str(action["value"]), "Why not?", "Deny")
        await front.web.call(who.workspace.token, "views.open", trigger_id=body["trigger_id"], view=view)
        await ack()

    @app.view("deny")
    async def deny(ack: Any, body: dict[str, Any], view: dict[str, Any]) -> None:
        pressed = front.buttons.read(str(view["private_metadata"]))
        who = await front.who(body)
        person = await front.person(who)
        await front.services.approvals.decide(
            pressed.approval_id,
            person=person,
            decision="deny",
            plan_hash=pressed.plan_hash,
            stage=pressed.stage,
            reason=forms.text_of(view, "reason"),
            via=f"{FACE}:{who.team}/{who.user}",
        )
        await ack()
        front.keeper.nudge()
