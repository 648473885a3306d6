"""What a text says beyond names: severities, levels, quoted words, notes, thresholds, how long. Pure text → values."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from graph.understanding import ahead
from graph.understanding.entities import Extracted

#: characters of a person's own words that are kept as a title, a note, a query
_TITLE, _NOTE, _QUERY = 200, 1000, 120

_QUOTED = re.compile(r"\"([^\"]+)\"|`([^`]+)`|(?<!\w)'([^']+)'(?!\w)")
_COLON = re.compile(r"(?:^|[^\d:]):\s+(\S.*)$|:\s*(\D\S*.*)$")
_THAT = re.compile(r"\b(?:that|saying|says)\s+(\S.*)$", re.I)

_SEVERITY = re.compile(r"\b(?:sev|severity|priority|prio|p)[\s-]*([1-3])\b(?!\s*(?:ms|s|%|\.))")
_SEVERITY_WORDS = (
    ("sev1", re.compile(r"\b(?:major|critical|highest severity|everything is down|total outage)\b")),
    ("sev3", re.compile(r"\b(?:minor|low severity|small|cosmetic)\b")),
)


def quoted(text: str) -> str | None:
    """The first words in quotes."""
    match = _QUOTED.search(text)
    return next((one.strip() for one in match.groups() if one), None) if match else None


def after_colon(text: str) -> str | None:
    """`we are rolling back` of `update INC-7: we are rolling back`; a colon inside a time or a name is none."""
    match = _COLON.search(text)
    return (match[1] or match[2]).strip() if match else None


def severity(text: str) -> str | None:
    """`sev1` … `sev3` as a number or in words."""
    low = text.lower()
    if match := _SEVERITY.search(low):
        return f"sev{match[1]}"
    return next((name for name, words in _SEVERITY_WORDS if words.search(low)), None)


_LEVELS = (
    (
        "error",
        re.compile(r"\b(?:errors?|exceptions?|stack ?traces?|tracebacks?|failures?|stderr|failed|fatal)\b"),
    ),
    ("warning", re.compile(r"\b(?:warnings?|warn)\b")),
)
_TRACE = re.compile(
    r"\b(?:trace|span|correlation|request)(?:\s*(?:with\s+)?id)?[\s:=#]+([0-9a-f]*\d[0-9a-f]*)\b", re.I
)
_LINES = re.compile(
    r"\b(?:last|latest|newest|first)\s+(\d{1,4})\b|\b(\d{1,4})\s+(?:\w+\s+)?(?:lines|entries|log lines|logs|messages)\b"
)
_SOUGHT = re.compile(
    r"\b(?:for|mention(?:s|ing|ed)?|contain(?:s|ing)?|about|matching|match|saying|says|with the words?|including|"
    r"with text)\s+(\S.*)$",
    re.I,
)
_GREP = re.compile(
    r"\bgrep\s+(?:for\s+)?(?!\S+\s+logs?\b)(\S.*)$|"
    r"\b(?:find|search)\s+(?:for\s+)?(\S.*?)\s+(?:in|from|of|on)\b.*\blogs?\b",
    re.I,
)
_ENDS = re.compile(
    r"\s+(?:in|from|on|of|over|since|during|within|between|around|at|for|by|today|yesterday|last|this|please|thanks)\b"
    r".*$|\s+logs?$|[?.!]+$",
    re.I,
)
_EMPTY_QUERY = re.compile(
    r"^(?:(?:the|all|any|some|its) )?(?:the|an?|any|some|me|us|it|all|everything|anything|errors?|warnings?|"
    r"exceptions?|stack ?traces?|failures?|error (?:lines|logs?|entries|messages)|log(?:s| lines)?|lines|entries|"
    r"slow requests|\d+\s*(?:s|m|h|d|min\w*|hours?|days?|lines?)|today|yesterday|(?:the )?(?:last|past) .*)$",
    re.I,
)


def log_search(text: str, extracted: Extracted) -> Mapping[str, Any]:
    """`query`, `level`, `trace` and `last_n` of a question about logs."""
    found: dict[str, Any] = {}
    low = text.lower()
    if match := _TRACE.search(text):
        found["trace"] = match[1].lower()
    elif query := quoted(text) or _sought(text, extracted):
        found["query"] = query[:_QUERY]
    rest = low.replace(found["query"].lower(), " ") if "query" in found else low
    level = next((name for name, words in _LEVELS if words.search(rest)), None)
    if level is not None:
        found["level"] = level
    if match := _LINES.search(low):
        found["last_n"] = int(match[1] or match[2])
    return found


def _sought(text: str, extracted: Extracted) -> str | None:
    """The words that the log lines hold, without what follows about place and time."""
    known = {str(one).lower() for one in (*extracted.services, *extracted.environments)}
    grep = _GREP.search(text)
    candidates = [grep[1] or grep[2]] if grep else []
    candidates += [match[1] for match in _SOUGHT.finditer(text)]
    for words in candidates:
        trimmed, before = words.strip(), ""
        while trimmed != before:
            before, trimmed = trimmed, _ENDS.sub("", trimmed).strip(" ,;:")
        trimmed = re.sub(r"^(?:the|an?|any)\s+", "", trimmed, flags=re.I)
        if trimmed and not _EMPTY_QUERY.match(trimmed) and trimmed.lower() not in known:
            return trimmed
    return None


_ORDER = re.compile(
    r"\b(?:please|open|declare|create|start|raise|file|report|log|trigger|make|call|register)\b"
    r".*\b(?:incident|sev ?-?\d|p\d|outage)\b|\b(?:resolve|close|open) it\b",
    re.I,
)
_FOR = re.compile(r"\b(?:incident|outage)\s+(?:for|about|on|because of|due to)\s+(\S.*)$", re.I)


def incident_opening(text: str, extracted: Extracted) -> Mapping[str, Any]:
    """`severity`, `title` and `another` (a second one beside an open one) of a wish to open an incident."""
    found: dict[str, Any] = {}
    if level := severity(text):
        found["severity"] = level
    if title := quoted(text) or after_colon(text) or _told(text):
        found["title"] = title[:_TITLE].strip(" .!")
    if re.search(r"\b(?:another|second|new separate|anyway)\b", text, re.I):
        found["another"] = True
    return found


def _told(text: str) -> str | None:
    """What is said to have happened, beside the wish itself."""
    parts = [part.strip() for part in re.split(r"[,;]\s+|\s+-\s+", text)]
    said = [part for part in parts if not _ORDER.search(part) and len(part.split()) > 1]
    if len(parts) > 1 and said:
        return said[0]
    return match[1] if (match := _FOR.search(text)) and len(match[1].split()) > 2 else None


_NOTE_AFTER = (
    re.compile(r"\b(?:that|saying)\s+(\S.*)$", re.I),
    re.compile(r"\b(?:note|record|write down)\s+(?!(?:to|on|for|in|it)\b)(\S.*)$", re.I),
)
_DONE = re.compile(r"\b(?:because|fixed by|cause(?:d by| was)?|it was|due to)\s+(\S.*)$", re.I)
_COMMANDER = re.compile(r"\b(?:commander|assign(?:ed)?|owner|lead|hand(?:ed)? over)\b", re.I)
_LESS = re.compile(r"\b(?:severity|sev ?-?[1-3]|downgrade|upgrade|raise|lower|bump)\b", re.I)


def incident_update(text: str, extracted: Extracted) -> Mapping[str, Any]:
    """`note`, `severity` and `assignee` of a change to an incident's record."""
    found: dict[str, Any] = {}
    note = quoted(text) or after_colon(text)
    if note is None:
        note = next((match[1] for words in _NOTE_AFTER if (match := words.search(text))), None)
    if note is None and _LESS.search(text) and (level := severity(text)):
        found["severity"] = level
    if note is None and "user" in extracted.found and _COMMANDER.search(text):
        found["assignee"] = extracted.found["user"]
    if note is not None and not found:
        found["note"] = note[:_NOTE].strip()
    return found


def incident_choice(text: str, extracted: Extracted) -> Mapping[str, Any]:
    """`severity` that an incident is picked by, and `note`: why it is over."""
    found: dict[str, Any] = {}
    if level := severity(text):
        found["severity"] = level
    if match := _DONE.search(text):
        found["note"] = match[1][:_NOTE].strip(" .!")
    elif note := quoted(text) or after_colon(text):
        found["note"] = note[:_NOTE]
    return found


_SECOND = re.compile(r"\b(?:secondary|second|backup|next level|level 2|l2|next up)\b", re.I)
_FIRST = re.compile(r"\b(?:primary|first line|level 1|l1)\b", re.I)
_COMMAND = re.compile(r"\bincident commander\b", re.I)


def escalation(text: str, extracted: Extracted) -> Mapping[str, Any]:
    """`level` of the rota, or `commander`."""
    found = dict(rota(text, extracted))
    if _COMMAND.search(text):
        found["commander"] = True
    return found


_DRAFT = re.compile(
    r"\bpost-?\s?mortems?\b|\bretro\w*\b|\b(?:rca|root cause analysis)\b|\bwrite\b|\bdraft\b", re.I
)
_TIMELINE = re.compile(
    r"\btimeline\b|\bchronolog\w*|\bsequence of events\b|\bwhat happened (?:during|in|when)\b", re.I
)
_SUMMARY = re.compile(r"\b(?:summar\w+|recap|sum up|debrief)\b", re.I)


def incident_review(text: str, extracted: Extracted) -> Mapping[str, Any]:
    """`draft` (a postmortem), `timeline`, `severity` of a look back at incidents."""
    found: dict[str, Any] = dict(incident_filter(text, extracted))
    if _DRAFT.search(text):
        found["draft"] = True
    if _TIMELINE.search(text) or (_SUMMARY.search(text) and not re.search(r"\bincidents\b", text, re.I)):
        found["timeline"] = True
    return found


def incident_filter(text: str, extracted: Extracted) -> Mapping[str, Any]:
    """`severity` of a question about incidents."""
    level = severity(text)
    return {"severity": level} if level else {}


_MINE = re.compile(r"\b(?:my|mine|am i)\b|\bi (?:am|be) on\b|\bdo i have\b|\bwill i\b", re.I)


def rota(text: str, extracted: Extracted) -> Mapping[str, Any]:
    """`level` of the rota, `mine`: the asker's own shifts, and `when` (understanding/ahead.py)."""
    found: dict[str, Any] = {}
    if _SECOND.search(text):
        found["level"] = 2
    elif _FIRST.search(text):
        found["level"] = 1
    if _MINE.search(text):
        found["mine"] = True
    if re.search(r"\bnext (?:shift|turn|time)\b|\bon call next\b", text, re.I):
        found["upcoming"] = True
    if (when := ahead.find(text.lower())) is not None and not re.search(r"\bwas\b|\bwere\b", text, re.I):
        found["when"] = when
    return found
