"""Exact commands about incidents and alerts: what choices say, and what people script."""

from __future__ import annotations

import re
from typing import Any

_INC = r"(?:incident\s+)?(?:inc[-_ #]?)?(\d{1,6})"
_NAMED = r"(?:incident\s+#?|inc[-_ #]?)(\d{1,6})"
_WHY = r"(?:[\s,]+(?:because|since|as)\s+(.+))?"
_END = r"\s*[.!?]?\s*$"

_ACK = re.compile(rf"^(?:ack|acknowledge)\s+{_INC}{_END}", re.I)
_RESOLVE = re.compile(rf"^(?:resolve|close)\s+{_INC}{_WHY}{_END}", re.I | re.S)
_SHOW = re.compile(rf"^(?:show|status(?:\s+of)?|status)\s+{_NAMED}{_END}", re.I)
_NOTE = re.compile(rf"^note\s+(?:on\s+|for\s+)?{_INC}\s*:\s*(\S.*)$", re.I | re.S)
_ESCALATE = re.compile(
    rf"^escalate\s+{_INC}(?:\s+to\s+(?!the\b|next\b|my\b)([\w-]+(?: [\w-]+)?))?{_END}", re.I
)
_REVIEW = re.compile(rf"^(?:draft|write)\s+(?:the\s+)?post-?mortem\s+(?:of|for)\s+{_NAMED}{_END}", re.I)
_UNSILENCE = re.compile(rf"^unsilence\s+(sil-[0-9a-z-]+){_END}", re.I)
_DELETE = re.compile(rf"^delete\s+alert(?:\s+rule)?\s+(mon-[0-9a-z-]+){_END}", re.I)
_WORDS: dict[str, tuple[str, dict[str, Any]]] = {
    "incidents": ("incident.status", {}),
    "list incidents": ("incident.status", {}),
    "alerts": ("alert.list", {}),
    "list alerts": ("alert.list", {}),
    "alert rules": ("alert.list", {"rules": True}),
    "show alert rules": ("alert.list", {"rules": True}),
    "on-call": ("oncall.query", {}),
    "oncall": ("oncall.query", {}),
}
Found = tuple[str, dict[str, Any]]


def parse(text: str) -> Found | None:
    """Intent and entities of such a command; None: it is none."""
    if found := _WORDS.get(" ".join(text.lower().rstrip(".!?").split())):
        return found[0], dict(found[1])
    if match := _ACK.match(text):
        return "incident.ack", _of(match)
    if match := _RESOLVE.match(text):
        note = {"note": match[2].strip(" .!\"'")[:1000]} if match[2] else {}
        return "incident.resolve", _of(match) | note
    if match := _SHOW.match(text):
        return "incident.status", _of(match)
    if match := _NOTE.match(text):
        return "incident.update", _of(match) | {"note": match[2].strip()[:1000]}
    if match := _ESCALATE.match(text):
        return "incident.escalate", _of(match) | ({"to": match[2].strip().lower()} if match[2] else {})
    if match := _REVIEW.match(text):
        return "incident.review", _of(match) | {"draft": True}
    if match := _UNSILENCE.match(text):
        return "alert.manage", {"wish": "unsilence", "monitor": match[1].lower()}
    if match := _DELETE.match(text):
        return "alert.manage", {"wish": "delete", "monitor": match[1].lower()}
    return None


def _of(match: re.Match[str]) -> dict[str, Any]:
    return {"incident_id": f"INC-{int(match[1])}"}
