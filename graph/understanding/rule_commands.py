"""Exact commands about approvals beyond yes and no: editing, broken glass, approvals in advance, reviews."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from typing import Any

_PAIRS = r"((?:\s+[a-z_][\w-]*=(?:\"[^\"]*\"|'[^']*'|\S+))*)"
_BOOK = r"([a-z0-9][\w-]*)"
_WHY = r"(?:\s+(?:because|reason:|reason=|:)\s*(.*))?"
_END = r"\s*$"
_ID = r"[a-z]{2,6}[_-][0-9a-z_-]+"

_EDIT = re.compile(rf"^edit\s+({_ID}){_PAIRS}{_END}", re.I)
_GLASS = re.compile(rf"^break[ -]?glass\s+{_BOOK}{_PAIRS}{_WHY}{_END}", re.I | re.S)
_CLOSE = re.compile(rf"^(?:close\s+review|review\s+close)\s+({_ID}){_WHY}{_END}", re.I | re.S)
_PROPOSE = re.compile(
    rf"^standing\s+propose\s+{_BOOK}{_PAIRS}(?:\s+for\s+(\d+)\s*d(?:ays?)?)?(?:\s+at\s+most\s+(\d+))?{_WHY}{_END}",
    re.I | re.S,
)
_DECIDE = re.compile(
    r"^(?:standing\s+(approve|agree|revoke)\s+([a-z]{2,6}[_-][0-9a-z_-]+)|(approve|agree|revoke)\s+(std[_-][0-9a-z_-]+))"
    rf"(?:\s+because\s+(.*))?{_END}",
    re.I | re.S,
)
_WORDS = {
    "reviews": "review.list",
    "list reviews": "review.list",
    "reviews list": "review.list",
    "standing": "standing.list",
    "standing approvals": "standing.list",
    "standing list": "standing.list",
    "list standing approvals": "standing.list",
    "standing approvals list": "standing.list",
}
Found = tuple[str, dict[str, Any]]


def parse(text: str) -> Found | None:
    """Intent and entities of such a command; None: it is none."""
    text = re.sub(r"^standing\s+approvals\s+(?=propose|approve|revoke)", "standing ", text, flags=re.I)
    if intent := _WORDS.get(" ".join(text.lower().rstrip(".!").split())):
        return intent, {}
    if (match := _EDIT.match(text)) and (inputs := pairs(match[2])) is not None:
        return "approval.edit", {"approval_id": match[1].lower(), "inputs": inputs}
    if (match := _GLASS.match(text)) and (inputs := pairs(match[2])) is not None:
        return "glass.break", {"runbook": match[1].lower(), "inputs": inputs, "reason": _said(match[3])}
    if match := _CLOSE.match(text):
        return "review.close", {"review_id": match[1].lower(), "reason": _said(match[2])}
    if match := _DECIDE.match(text):
        said, named = (match[1] or match[3]).lower(), (match[2] or match[4]).lower()
        verb = "revoke" if said == "revoke" else "approve"
        return f"standing.{verb}", {"standing_id": named, "reason": _said(match[5])}
    return _propose(text)


def pairs(text: str) -> dict[str, str] | None:
    """`name=value …` as a mapping; None where quotes do not close."""
    try:
        words = shlex.split(text)
    except ValueError:
        return None
    return {name.lower(): value for name, _, value in (word.partition("=") for word in words)}


def _propose(text: str) -> Found | None:
    match = _PROPOSE.match(text)
    found = pairs(match[2]) if match else None
    if match is None or found is None:
        return None
    entities: Mapping[str, Any] = {
        "runbook": match[1].lower(),
        "inputs": found,
        "days": int(match[3]) if match[3] else None,
        "most": int(match[4]) if match[4] else None,
        "reason": _said(match[5]),
    }
    return "standing.propose", dict(entities)


def _said(words: str | None) -> str:
    return (words or "").strip().strip("\"'")[:1000]
