"""What kind of deed a question about the audit is after: approvals, rollbacks, logins, secrets, refusals."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Literal

from graph.understanding.entities import Extracted

Deed = Literal[
    "approve", "deny", "ask", "run", "cancel", "refused", "rollback", "restart", "failover", "record"
]

_DEEDS: tuple[tuple[Deed, re.Pattern[str]], ...] = (
    ("approve", re.compile(r"\bapprov(?:e|ed|als?|ing)\b|\bsign(?:ed)? off\b", re.I)),
    (
        "deny",
        re.compile(
            r"\b(?:den(?:y|ied|ying)|reject(?:ed)?|declined?)\b(?!.*\b(?:login|access|attempt))", re.I
        ),
    ),
    ("ask", re.compile(r"\b(?:asked for|requested|request(?:s)? (?:by|of))\b", re.I)),
    ("cancel", re.compile(r"\b(?:cancel(?:l?ed)?|stopped|aborted|withdrew)\b", re.I)),
    ("rollback", re.compile(r"\broll(?:ed|s)?[\s-]?back\w*|\breverted\b", re.I)),
    ("restart", re.compile(r"\brestart(?:ed|s)?\b", re.I)),
    ("failover", re.compile(r"\bfail(?:ed)?[\s-]?over\b", re.I)),
    ("run", re.compile(r"\b(?:ran|executed?|started|triggered|launched|runs)\b", re.I)),
    (
        "record",
        re.compile(r"\b(?:silenced|acknowledged|acked|escalated|opened|resolved|closed|noted)\b", re.I),
    ),
)
_KINDS = ("rollback", "restart", "failover")
_ACCESS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("login", re.compile(r"\b(?:log[\s-]?ins?|logged in|sign[\s-]?ins?)\b", re.I)),
    ("secret", re.compile(r"\b(?:secrets?|passwords?|settings)\b", re.I)),
    ("key", re.compile(r"\b(?:api )?keys?\b|\bcredentials?\b|\btokens?\b", re.I)),
    ("role", re.compile(r"\b(?:permissions?|roles?|rights|grants?|granted|privileges?)\b", re.I)),
    ("data", re.compile(r"\b(?:customer )?(?:data|records)\b", re.I)),
)
_EVERY = ("login", "secret", "key", "role", "data", "policy")
_REFUSED = re.compile(
    r"\b(?:failed|refused|denied|rejected|blocked|unauthori[sz]ed|forbidden|not allowed)\b", re.I
)
_MINE = re.compile(r"\b(?:i|me|my|mine)\b", re.I)
_ACCESSED = re.compile(r"\baccess(?:es|ed)?\b", re.I)


def audit_question(text: str, extracted: Extracted) -> Mapping[str, Any]:
    """`deed` and the `kind` of change it was about, or `access` (kinds of the access log) with `refused`; `mine`: the
    asker's own deeds."""
    found: dict[str, Any] = {}
    kinds = tuple(name for name, words in _ACCESS if words.search(text))
    if not kinds and _ACCESSED.search(text):
        kinds = _EVERY
    if kinds:
        found["access"] = kinds
    elif deed := next((name for name, words in _DEEDS if words.search(text)), None):
        found["deed"] = deed
    about = next((name for name, words in _DEEDS if name in _KINDS and words.search(text)), None)
    if about is not None and about != found.get("deed"):
        found["kind"] = about
    if _REFUSED.search(text) and found.get("deed") != "deny":
        found["refused"] = True
    if (
        "user" not in extracted.found
        and _MINE.search(text)
        and not re.search(r"\b(?:show|give|tell) me\b", text, re.I)
    ):
        found["mine"] = True
    return found
