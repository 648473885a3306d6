"""What the menus of forms offer while somebody types: services, environments, runbooks that this person may run."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from rapidfuzz import fuzz, process
from slack_bolt.async_app import AsyncApp

from bot.slack.front import Front
from bot.slack.inputs import option

_MOST = 100


def register(app: AsyncApp, front: Front) -> None:
    @app.options(re.compile(r"^find\.(service|environment|runbook)$"))
    async def find(ack: Any, body: dict[str, Any]) -> None:
        catalogue = front.services.catalogue
        known: dict[str, Iterable[str]] = {
            "service": catalogue.services,
            "environment": catalogue.environments,
            "runbook": [one.id for one in front.services.library.all()],
        }
        names = known[str(body["action_id"]).partition(".")[2]]
        await ack(options=[option(one) for one in fitting(str(body.get("value") or ""), names)])


def fitting(typed: str, names: Iterable[str]) -> list[str]:
    """The names that fit what was typed, best first; all of them when nothing was."""
    if not typed.strip():
        return list(names)[:_MOST]
    found = process.extract(typed, list(names), scorer=fuzz.partial_ratio, limit=_MOST, score_cutoff=60)
    return [str(hit[0]) for hit in found]
