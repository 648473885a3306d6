"""Modals: a reason, a runbook's inputs. What Slack sends back is read by block id."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.clean import clean
from bot.slack import rich
from runbooks.compiler import Runbook

#: characters of a modal's title and buttons (docs.slack.dev, "Modals")
_MOST_TITLE = 24


def modal(
    callback: str, title: str, blocks: list[rich.Block], submit: str | None = None, private: str = ""
) -> dict[str, Any]:
    view: dict[str, Any] = {
        "type": "modal",
        "callback_id": callback,
        "title": plain(rich.cut(title, _MOST_TITLE)),
        "close": plain("Cancel" if submit else "Close"),
        "blocks": blocks,
        "private_metadata": private,
    }
    return view | ({"submit": plain(submit)} if submit else {})


def plain(words: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": clean(words) or "…", "emoji": False}


def reason(callback: str, title: str, private: str, label: str, submit: str) -> dict[str, Any]:
    """A modal that asks for a reason."""
    block = {
        "type": "input",
        "block_id": "reason",
        "label": plain(label),
        "element": {
            "type": "plain_text_input",
            "action_id": "value",
            "multiline": True,
            "min_length": 3,
            "max_length": 1_000,
        },
    }
    return modal(callback, title, [block], submit, private)


def about(runbook: Runbook) -> list[rich.Block]:
    """What a runbook is for, above its fields."""
    return rich.paragraphs(f"{runbook.model.name}: {runbook.model.description}")


def text_of(view: Mapping[str, Any], block: str) -> str:
    """What was typed into a text field; empty when it was left empty."""
    field = view["state"]["values"].get(block, {}).get("value") or {}
    return str(field.get("value") or "").strip()
