"""What a button carries: approval id, stage, plan hash and a signature over them. Never the plan."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.slack import rich
from bot.slack.rich import Element
from config.errors import BadRequest

_PARTS = 4
_LENGTH = 32


@dataclass(frozen=True, slots=True)
class Pressed:
    """The plan that a card showed when its button was pressed."""

    approval_id: str
    stage: int
    plan_hash: str


class Buttons:
    """Signs and reads button values. `key` is the process's signing key; buttons use one derived from it."""

    def __init__(self, key: bytes) -> None:
        self._key = hmac.new(key, b"buttons of cards", hashlib.sha256).digest()

    def of(self, view: Mapping[str, Any]) -> list[Element]:
        """The buttons of an approval that waits."""
        value = self.value(view["id"], int(view["stage"]), view["plan_hash"])
        return [
            rich.button("Approve", "approve", value, "primary"),
            rich.button("Deny…", "deny", value, "danger"),
            rich.button("Edit inputs…", "edit", value),
            rich.button("Details", "details", value),
        ]

    def value(self, approval_id: str, stage: int, plan_hash: str) -> str:
        body = f"{approval_id}:{stage}:{plan_hash}"
        return f"{body}:{self._sign(body)}"

    def read(self, value: str) -> Pressed:
        """Raises BadRequest for a value that was not signed here."""
        body, _, signature = value.rpartition(":")
        parts = body.split(":")
        if not hmac.compare_digest(self._sign(body).encode(), signature.encode("utf-8", "replace")):
            raise BadRequest("This button was not made here, or its card is damaged. Nothing was done.")
        if len(parts) != _PARTS - 1 or not parts[1].isdigit():
            raise BadRequest(
                "This button is of another version. `pending` shows what waits. Nothing was done."
            )
        return Pressed(parts[0], int(parts[1]), parts[2])

    def _sign(self, body: str) -> str:
        return hmac.new(self._key, body.encode(), hashlib.sha256).hexdigest()[:_LENGTH]
