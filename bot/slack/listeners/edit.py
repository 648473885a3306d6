"""The button Edit: the inputs in a form; sending it in asks again and voids the votes."""

from __future__ import annotations

import json
from typing import Any

from slack_bolt.async_app import AsyncApp

from bot.expand import one_approval
from bot.slack import forms, inputs
from bot.slack.front import Front
from bot.slack.places import Spot


def register(app: AsyncApp, front: Front) -> None:
    @app.action("edit")
    async def ask(ack: Any, body: dict[str, Any], action: dict[str, Any]) -> None:
        pressed = front.buttons.read(str(action["value"]))
        who = await front.who(body)
        await front.person(who)
        view = await front.services.database.read(lambda conn: one_approval(conn, pressed.approval_id))
        runbook = front.services.library.get(view["runbook"])
        private = json.dumps({"id": view["id"], "runbook": runbook.id, "place": view["place"]})
        modal = forms.modal(
            "edit", "Edit the inputs", inputs.fields(runbook, view["inputs"]), "Ask again", private
        )
        await front.web.call(who.workspace.token, "views.open", trigger_id=body["trigger_id"], view=modal)
        await ack()

    @app.view("edit")
    async def edit(ack: Any, body: dict[str, Any], view: dict[str, Any]) -> None:
        told, given = json.loads(view["private_metadata"]), inputs.typed(view)
        runbook = front.services.library.get(told["runbook"])
        if wrong := inputs.problems(runbook, given, front.services.catalogue):
            await ack(response_action="errors", errors=wrong)
            return
        words = f"edit {told['id']} {inputs.words(given)}"
        await front.take(await front.who(body), words, Spot.parse(told["place"]), f"form.{view['id']}")
        await ack()
