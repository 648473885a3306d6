"""The global shortcut "Run a runbook": choose one, fill in its inputs, and say where the answer goes."""

from __future__ import annotations

import json
from typing import Any

from slack_bolt.async_app import AsyncApp

from bot.slack import forms, inputs
from bot.slack.front import Front
from bot.slack.places import Spot, begun_by

_WHERE = {
    "type": "input",
    "block_id": "where",
    "label": forms.plain("Answer in"),
    "element": {
        "type": "conversations_select",
        "action_id": "value",
        "default_to_current_conversation": True,
    },
}


def register(app: AsyncApp, front: Front) -> None:
    @app.shortcut("run_runbook")
    async def begin(ack: Any, body: dict[str, Any]) -> None:
        who = await front.who(body)
        await front.person(who)
        modal = forms.modal("choose", "Run a runbook", [_menu()])
        await front.web.call(who.workspace.token, "views.open", trigger_id=body["trigger_id"], view=modal)
        await ack()

    @app.action("find.runbook")
    async def chosen(ack: Any, body: dict[str, Any], action: dict[str, Any]) -> None:
        who, runbook = await front.who(body), front.services.library.get(action["selected_option"]["value"])
        blocks = [*forms.about(runbook), *inputs.fields(runbook, {}), _WHERE]
        modal = forms.modal("run", "Run a runbook", blocks, "Plan it", json.dumps({"runbook": runbook.id}))
        await front.web.call(who.workspace.token, "views.update", view_id=body["view"]["id"], view=modal)
        await ack()

    @app.view("run")
    async def run(ack: Any, body: dict[str, Any], view: dict[str, Any]) -> None:
        runbook = front.services.library.get(json.loads(view["private_metadata"])["runbook"])
        given = inputs.typed(view)
        if wrong := inputs.problems(runbook, given, front.services.catalogue):
            await ack(response_action="errors", errors=wrong)
            return
        who = await front.who(body)
        spot = _spot(who.workspace.team, view)
        await front.take(who, f"run {runbook.id} {inputs.words(given)}", spot, f"form.{view['id']}")
        await ack()


def _menu() -> dict[str, Any]:
    return {
        "type": "section",
        "block_id": "which",
        "text": forms.plain("Which runbook?"),
        "accessory": {"type": "external_select", "action_id": "find.runbook", "min_query_length": 0},
    }


def _spot(team: str, view: dict[str, Any]) -> Spot:
    channel = str(view["state"]["values"]["where"]["value"]["selected_conversation"])
    return Spot(team, channel) if channel.startswith("D") else begun_by(team, channel, str(view["id"]))
