"""Exact commands about schedules and digests."""

from __future__ import annotations

import re
from typing import Any

from graph.understanding import whens

_ID = r"(sch_[0-9a-z][0-9a-z_-]*)"
_END = r"\s*[.!]?\s*$"
_STEER = re.compile(rf"^(pause|resume|cancel|show)\s+(?:schedule\s+)?{_ID}{_END}", re.I)
_CHANGE = re.compile(rf"^(?:change|move|reschedule)\s+(?:schedule\s+)?{_ID}\s+(?:to\s+)?(.+)$", re.I | re.S)
_LATE = re.compile(rf"^late\s+{_ID}\s+(run[ _-]?once|once|skip|each){_END}", re.I)
_DIGEST = re.compile(
    r"^(?:ops\s+)?digest(?:\s+(.+?))?[.!]?$|^(?:on-?call\s+)?(hand-?over)(?:\s+note)?[.!]?$", re.I
)
_MAKE = re.compile(r"^schedule\s+(.+)$", re.I | re.S)
_LIST = frozenset(
    ("schedules", "list schedules", "schedules list", "show schedules", "my schedules", "reminders")
)
_KINDS = (
    ("oncall", re.compile(r"\bon-?\s?call|\bhand-?\s?over|\bshift\b|\bpager\b", re.I)),
    ("manager", re.compile(r"\bmanage|\bexecutive|\bleadership|\bweek(?:ly)?\b|\bexec\b", re.I)),
    ("cost", re.compile(r"\bcosts?\b|\bspend|\bbudget|\bfinops|\bfinance|\bmoney\b", re.I)),
    ("team", re.compile(r"\bteam\b|\bdaily\b|\bstand-?up\b|\bmorning\b", re.I)),
)

#: for help and the docs
TABLE: tuple[tuple[str, str], ...] = (
    (
        "digest · digest team · digest manager · digest cost",
        "what one must know now: the hand-over, the day, the week, the money",
    ),
    (
        "schedule WHAT WHEN",
        "a digest, a question or `run RUNBOOK …`: every weekday at 9, tomorrow at 10, cron",
    ),
    ("schedules", "what happens by itself, and when next"),
    ("pause SCHEDULE · resume SCHEDULE · cancel SCHEDULE", "hold it, let it go on, end it"),
    ("change SCHEDULE WHEN · late SCHEDULE once", "another time; what of missed times: once, skip, each"),
)
Found = tuple[str, dict[str, Any]]


def parse(text: str) -> Found | None:
    """Intent and entities of such a command; None: it is none."""
    low = " ".join(text.lower().rstrip(".!").split())
    if low in _LIST:
        return "schedule.list", {}
    if match := _STEER.match(text):
        verb, named = match[1].lower(), match[2].lower()
        if verb == "show":
            return "schedule.list", {"schedule_id": named}
        return "schedule.manage", {"action": verb, "schedule_id": named}
    if match := _CHANGE.match(text):
        return "schedule.manage", {"action": "change", "schedule_id": match[1].lower(), "text": match[2]}
    if match := _LATE.match(text):
        rule = match[2].lower()
        late = rule if rule in ("skip", "each") else "run_once"
        return "schedule.manage", {"action": "late", "schedule_id": match[1].lower(), "late": late}
    if match := _DIGEST.match(text):
        return _digest(match)
    if (match := _MAKE.match(text)) and whens.find(match[1], 0.0, "UTC") is not None:
        return "schedule.manage", {"action": "make", "text": match[1]}
    return None


def _digest(match: re.Match[str]) -> Found | None:
    if not match[1]:
        return "digest", {"digest": "oncall"} if match[2] else {}
    kind = digest_kind(match[1])
    return ("digest", {"digest": kind}) if kind and len(match[1].split()) <= 2 else None


def digest_kind(text: str) -> str | None:
    """Which digest the words are about; None: they do not say."""
    return next((kind for kind, words in _KINDS if words.search(text)), None)
