"""Runbooks: what can be run, with the JSON Schema of the inputs."""

from __future__ import annotations

from typing import Any

from bot.http import shapes
from bot.http.reading import Page
from bot.http.route import Answer, Call, Route
from runbooks.compiler import Runbook
from runbooks.schema import input_schema


async def every(call: Call) -> Answer:
    query: Page = call.query
    rest = [one for one in call.services.library.all() if query.cursor is None or one.id > query.cursor]
    found = rest[: query.limit]
    return Answer([_view(one) for one in found], following=found[-1].id if len(rest) > len(found) else None)


async def show(call: Call) -> Answer:
    return Answer(_view(call.services.library.get(call.path["runbook_id"])))


def _view(runbook: Runbook) -> dict[str, Any]:
    model = runbook.model
    return {
        "id": runbook.id,
        "name": model.name,
        "description": model.description,
        "owner": model.owner,
        "risk": model.risk,
        "digest": runbook.digest,
        "steps": [{"id": step.id, "action": step.uses} for step in model.steps],
        "inputs": input_schema(model),
    }


ROUTES = (
    Route(
        "GET", "/runbooks", "Every runbook", every, shapes.Runbook, many=True, query=Page, roles=("viewer",)
    ),
    Route(
        "GET", "/runbooks/{runbook_id}", "One runbook", show, shapes.Runbook, roles=("viewer",),
        refusals=(404,),
    ),
)  # fmt: skip
