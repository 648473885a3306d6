"""`that was right` and `that was wrong`: what a person says of an answer."""

from __future__ import annotations

import re
from typing import Any

_GIVE = re.compile(
    r"^(?:that|this|it|the (?:diagnosis|answer|report))\s+(?:was|is)\s+(not\s+)?(right|correct|wrong|incorrect)"
    r"(?:\s+(req_[0-9a-z_.-]+))?(?:\s*[,:;-]?\s*(?:because|since|:)?\s*(\S.*))?$",
    re.I | re.S,
)
Found = tuple[str, dict[str, Any]]


def parse(text: str) -> Found | None:
    """Intent and entities of such a command; None: it is none."""
    if text.lower().rstrip(".!") in ("feedback", "list feedback", "show feedback"):
        return "feedback.list", {}
    match = _GIVE.match(text)
    if match is None:
        return None
    good = (match[2].lower() in ("right", "correct")) != bool(match[1])
    entities: dict[str, Any] = {"verdict": "right" if good else "wrong"}
    if match[3]:
        entities["request_id"] = match[3].lower()
    if note := (match[4] or "").strip(" .!\"'"):
        entities["note"] = note[:1000]
    return "feedback.give", entities
