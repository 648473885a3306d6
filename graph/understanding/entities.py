"""Finds the names in a text: canonical entities, names nobody knows with a did-you-mean, and the masked text."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from rapidfuzz import process
from rapidfuzz.distance import OSA

from graph.understanding import aspects, quantities, times
from graph.understanding.features import MASKS
from graph.understanding.hygiene import word_set
from graph.understanding.lexicon import Lexicon, Word, pieces

_ID = re.compile(r"\b(?:(?:apr|run|req|dep|rel)_[0-9a-z]{6,}|(?:req|apr|run|dep)-\d+)\b")
_INCIDENT = re.compile(r"\b(?:inc|incident)[-_ #]?(\d+)\b")
_VERSION = re.compile(
    r"\bv?\d+\.\d+(?:\.\d+)?(?:[-+][0-9a-z.]+)?\b|\bv\d+\b|\b(?:version|release)\s+(\d+(?:\.\d+)*)\b"
)
_LAST_N = re.compile(r"\blast (\d{1,3})\b|\btop (\d{1,3})\b")
_LAST_DEPLOYMENT = re.compile(
    r"\b(?:last|latest|newest|most recent)\s+(?:deployment|deploy|release|rollout)\b"
)
_COMPARE = re.compile(
    r"\b(?:compare[ds]?\s+(?:to|with|against)|vs\.?|versus|against|than|with)\s+(?:the\s+)?(?:same time\s+)?"
    r"(yesterday|last (?:week|month)|an hour ago|(?:a|one) (?:day|week) ago|the (?:day|week) before|before)\b"
    r"|\b(week over week|day over day|wow|dod)\b"
)
_COMPOUND = re.compile(r"\b[a-z][a-z0-9]*(?:[-_][a-z0-9]+)+\b")
_PLACE_WORD = re.compile(
    r"\b(?:of|for|on|in|with|restart|service|back|revert|is)\s+(?:the\s+|our\s+|my\s+)?([a-z][a-z0-9]{1,})\b"
)
_ONE_WORD_NAME = re.compile(r"^[a-z0-9]{2,}(?:api|svc|db|service|gateway)$")
_KNOWN_COMPOUNDS = word_set(
    "on-call roll-back re-run read-only long-running fine-tune fine-tuned load-test up-to-date a-b end-to-end "
    "post-mortem up-time check-in sign-in log-in real-time follow-up did-not k-means out-of-scope opt-in one-time "
    "first-token llm-as-judge error-rate queue-depth week-over-week day-over-day high-level time-out warm-up "
    "per-service well-known pre-prod non-prod dry-run so-called half-hour blue-green error-budget cold-start "
    "status-page roll-out t-shirt e-mail check-up built-in multi-region self-hosted open-source"
)

#: kinds of quantities with a mask of their own, or whose words stay
_SHOWN_AS = frozenset({"params", "group_by", "horizon"})
_COMPARE_SYMBOLS = {
    "yesterday": "-1d", "a day ago": "-1d", "one day ago": "-1d", "the day before": "-1d", "day over day": "-1d",
    "dod": "-1d", "last week": "-7d", "a week ago": "-7d", "one week ago": "-7d", "the week before": "-7d",
    "week over week": "-7d", "wow": "-7d", "last month": "-28d", "an hour ago": "-1h", "before": "before",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Unknown:
    """A name that looks like a service or an environment and is none. `near` are the closest ones, best first."""

    kind: str
    said: str
    near: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Extracted:
    """What a text names. `found` holds the first canonical name of each kind; `services` all of them in order.

    `masked` is the text with names replaced by their kind, as the classifier reads it.
    """

    found: Mapping[str, Any]
    services: tuple[str, ...] = ()
    environments: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    unknown: tuple[Unknown, ...] = ()
    masked: str = ""
    left: tuple[str, ...] = field(default=())


class _Marks:
    """Which characters of the text are already understood, and what stands there."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.spans: list[tuple[int, int, str]] = []

    def free(self, start: int, end: int) -> bool:
        return all(end <= one or start >= other for one, other, _ in self.spans)

    def take(self, start: int, end: int, kind: str) -> None:
        self.spans.append((start, end, kind))

    def masked(self) -> str:
        parts, at = [], 0
        for start, end, kind in sorted(self.spans):
            parts += [self.text[at:start], f" {MASKS[kind]} " if kind in MASKS else self.text[start:end]]
            at = end
        return "".join([*parts, self.text[at:]])


def extract(text: str, lexicon: Lexicon, known: Collection[str] = ()) -> Extracted:
    """`known` are ordinary words (the classifier's), which are never taken for a misspelt name."""
    low = text.lower()
    marks = _Marks(low)
    found: dict[str, Any] = {}
    _patterns(low, marks, found)
    lists: dict[str, list[str]] = {"service": [], "environment": [], "region": []}
    words = [word for word in pieces(low) if marks.free(word.start, word.end)]
    left = _names(words, lexicon, marks, found, lists)
    unknown = _strangers(low, left, lexicon, marks, known)
    return Extracted(
        found=found,
        services=tuple(dict.fromkeys(lists["service"])),
        environments=tuple(dict.fromkeys(lists["environment"])),
        regions=tuple(dict.fromkeys(lists["region"])),
        unknown=unknown,
        masked=marks.masked(),
        left=tuple(word.text for word in left),
    )


def _patterns(low: str, marks: _Marks, found: dict[str, Any]) -> None:
    for match in _ID.finditer(low):
        kind = {"apr": "approval_id", "req": "approval_id", "run": "run_id"}.get(
            match[0][:3], "deployment_id"
        )
        found.setdefault(kind, match[0])
        marks.take(match.start(), match.end(), "id")
    if _LAST_DEPLOYMENT.search(low):
        found.setdefault("deployment_id", "last")
    for match in _INCIDENT.finditer(low):
        found.setdefault("incident_id", f"INC-{match[1]}")
        marks.take(match.start(), match.end(), "incident")
    if compared := _COMPARE.search(low):
        found["compare_to"] = _COMPARE_SYMBOLS[compared[1] or compared[2]]
        marks.take(compared.start(), compared.end(), "compare")
    if (count := _LAST_N.search(low)) and (count[2] or not times.find(low[count.start() :][:40])):
        found["last_n"] = int(count[1] or count[2])
        marks.take(count.start(), count.end(), "last_n")
    free = (
        "".join(" " if not marks.free(at, at + 1) else char for at, char in enumerate(low))
        if marks.spans
        else low
    )
    if said := times.find(free):
        found["time_range"] = said.symbol
        marks.take(said.start, said.end, "time_range")
    _numbers(low, marks, found)
    for match in _VERSION.finditer(low):
        if marks.free(match.start(), match.end()) and not _inside_name(low, match.start()):
            found.setdefault("version", match[1] or match[0])
            marks.take(match.start(), match.end(), "version")


def _numbers(low: str, marks: _Marks, found: dict[str, Any]) -> None:
    """Quantities and what figures are grouped by; the first of each kind counts, parameters add up."""
    for one in (*aspects.find(low), *quantities.find(low)):
        if not marks.free(one.start, one.end) and one.start != one.end:
            if one.kind in ("factor", "replicas", "horizon"):
                found.setdefault(one.kind, one.value)
            continue
        if one.kind == "params":
            found["params"] = {**one.value, **found.get("params", {})}
        else:
            found.setdefault(one.kind, one.value)
        if one.start != one.end:
            marks.take(one.start, one.end, one.kind if one.kind in _SHOWN_AS else "number")


def _inside_name(low: str, start: int) -> bool:
    """`4.1` in gpt-4.1 is part of a name."""
    return start > 1 and low[start - 1] in "-_." and low[start - 2].isalnum()


def _names(
    words: list[Word], lexicon: Lexicon, marks: _Marks, found: dict[str, Any], lists: dict[str, list[str]]
) -> list[Word]:
    """Longest known phrases first; gives back the words that belong to none."""
    left: list[Word] = []
    at = 0
    while at < len(words):
        size = 0
        if words[at].text in lexicon.starts:
            for size in range(min(lexicon.longest, len(words) - at), 0, -1):
                run = words[at : at + size]
                hit = lexicon.find(tuple(word.text for word in run))
                if hit is not None and _together(marks.text, run) and _meant(hit[0], at, words):
                    kind, name = hit
                    found.setdefault(kind, name)
                    lists.get(kind, []).append(name)
                    marks.take(run[0].start, run[-1].end, kind)
                    break
            else:
                size = 0
        if size == 0:
            left.append(words[at])
            size = 1
        at += size
    return left


def _meant(kind: str, at: int, words: list[Word]) -> bool:
    """`us` is a region only where a place is named: "page us" is not."""
    return (
        kind != "region"
        or len(words[at].text) > 2
        or (at > 0 and words[at - 1].text in ("in", "region", "the"))
    )


def _together(text: str, run: list[Word]) -> bool:
    """Only spaces, hyphens and underscores between the words of one name."""
    return all(text[one.end : two.start].strip(" -_") == "" for one, two in pairwise(run))


def _strangers(
    low: str, left: list[Word], lexicon: Lexicon, marks: _Marks, known: Collection[str]
) -> tuple[Unknown, ...]:
    """Names that nobody knows: hyphenated ones, ones that end like a service, and near misses of known names."""
    strangers: list[Unknown] = []
    loose = {(word.start, word.end) for word in left}
    for match in _COMPOUND.finditer(low):
        parts = [part for part in loose if match.start() <= part[0] and part[1] <= match.end()]
        if not parts or match[0].replace("_", "-") in _KNOWN_COMPOUNDS or match[0] in known:
            continue
        if all(low[start:end] in known for start, end in parts) and len(parts) == match[0].count("-") + 1:
            continue
        strangers.append(_stranger(match[0], lexicon))
        marks.spans = [one for one in marks.spans if one[1] <= match.start() or one[0] >= match.end()]
        marks.take(match.start(), match.end(), "name")
        loose -= set(parts)
    spoken = {match[1] for match in _PLACE_WORD.finditer(low)}
    for word in left:
        if (word.start, word.end) not in loose or word.text in known or word.text.isdigit():
            continue
        near = _near(word.text, lexicon) if len(word.text) > 3 else None
        if near or _ONE_WORD_NAME.match(word.text):
            strangers.append(Unknown(near[0] if near else "service", word.text, near[1] if near else ()))
            marks.take(word.start, word.end, "name" if not near or near[0] == "service" else near[0])
        elif word.text in spoken:
            strangers.append(Unknown("maybe", word.text))
    return tuple(strangers)


def _stranger(said: str, lexicon: Lexicon) -> Unknown:
    near = _near(said.replace("_", "-"), lexicon) or _near(said.replace("-", " ").replace("_", " "), lexicon)
    if near:
        return Unknown(near[0], said, near[1])
    inside = [name for name in lexicon.catalogue.services if said.startswith(name)]
    return Unknown("service", said, tuple(inside))


def _near(said: str, lexicon: Lexicon) -> tuple[str, tuple[str, ...]] | None:
    """The kind and the names that `said` is a slip or two away from."""
    slips = 1 if len(said) < 7 else 2
    spoken = said.replace("-", " ")
    for kind in ("service", "environment", "runbook"):
        spellings = lexicon.spellings(kind)
        hits = process.extract(spoken, spellings.keys(), scorer=OSA.distance, score_cutoff=slips, limit=3)
        hits = [hit for hit in hits if len(str(hit[0])) > 3]
        if hits:
            return kind, tuple(dict.fromkeys(spellings[str(hit[0])] for hit in hits))
    return None
