"""The message shortcut "Open an incident from this": the message becomes the title, and can be changed first."""

from __future__ import annotations

import json
from typing import Any

from slack_bolt.async_app import AsyncApp

from bot.slack import forms, inputs, rich
from bot.slack.front import Front, said
from bot.slack.places import Spot

_SEVERITIES = ("sev1", "sev2", "sev3")


def register(app: AsyncApp, front: Front) -> None:
    @app.shortcut("open_incident")
    async def ask(ack: Any, body: dict[str, Any]) -> None:
        who = await front.who(body)
        await front.person(who)
        message = body["message"]
        title = said(str(message.get("text") or ""), who.workspace.bot_user)
        thread = str(message.get("thread_ts") or message["ts"])
        private = json.dumps({"channel": body["channel"]["id"], "thread": thread})
        modal = forms.modal("open_incident", "Open an incident", _fields(title), "Open", private)
        await front.web.call(who.workspace.token, "views.open", trigger_id=body["trigger_id"], view=modal)
        await ack()

    @app.view("open_incident")
    async def declare(ack: Any, body: dict[str, Any], view: dict[str, Any]) -> None:
        told, given = json.loads(view["private_metadata"]), inputs.typed(view)
        who = await front.who(body)
        spot = Spot(who.workspace.team, told["channel"], f"t{told['thread']}")
        title = " ".join(given["title"].split())
        words = f"declare {given['severity']} incident for {given['service']}: {title}"
        await front.take(who, words, spot, f"form.{view['id']}")
        await ack()


def _fields(title: str) -> list[rich.Block]:
    shown = {"initial_value": rich.cut(" ".join(title.split()), 200)} if title.strip() else {}
    severities = [inputs.option(one) for one in _SEVERITIES]
    service = {"type": "external_select", "action_id": "find.service", "min_query_length": 0}
    severity = {"type": "static_select", "options": severities, "initial_option": severities[1]}
    return [
        _field("service", "Service", service),
        _field("severity", "Severity", severity),
        _field("title", "What is wrong", {"type": "plain_text_input", "max_length": 200, **shown}),
    ]


def _field(name: str, label: str, element: dict[str, Any]) -> rich.Block:
    return {
        "type": "input",
        "block_id": f"in:{name}",
        "label": forms.plain(label),
        "element": {"action_id": "value", **element},
    }
