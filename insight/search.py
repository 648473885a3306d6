"""Finds the sections of a text that a question is about: Okapi BM25 (Robertson & Zaragoza 2009, k1 = 1.2, b = 0.75).

A heading counts three times. Everything is computed from the sections; nothing is learnt.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from math import log

_K1, _B, _HEADING = 1.2, 0.75, 3
_WORD = re.compile(r"[a-z0-9]+(?:[-_.][a-z0-9]+)*")
_COMMON = frozenset(
    re.findall(
        r"\w+",
        "a an and any are as at be but by can could did do does for from get give has have how i if in "
        "into is it its me my of on or our please say says should so some somebody tell that the their "
        "them then there these they this to us was we what when where which who why will with would you "
        "your show explain about mean means thing things need want use using work works actually here "
        "happens happen find take takes between difference way best much many long ",
    )
)


@dataclass(frozen=True, slots=True)
class Section:
    """A piece of a page under one heading; `weight` multiplies its score."""

    page: str
    title: str
    text: str
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Hit:
    """`score` orders hits; `covered` is the share (0 to 1, by weight) of the question's words that the section has."""

    section: Section
    score: float
    covered: float


class Index:
    def __init__(self, sections: Sequence[Section]) -> None:
        self._sections = tuple(sections)
        self._counts = [Counter(terms(one.title) * _HEADING + terms(one.text)) for one in self._sections]
        self._lengths = [sum(one.values()) for one in self._counts]
        self._mean = sum(self._lengths) / max(1, len(self._lengths))
        self._held = Counter(term for one in self._counts for term in one)

    def find(self, question: str, most: int = 3) -> list[Hit]:
        """The sections that fit best, best first; none when no word of the question stands in any."""
        wanted = list(dict.fromkeys(terms(question)))
        weights = {term: self._weight(term) for term in wanted}
        total = sum(weights.values())
        hits = []
        for place, section in enumerate(self._sections):
            score = section.weight * sum(self._score(place, term, weights[term]) for term in wanted)
            if score > 0.0:
                covered = sum(weights[term] for term in wanted if term in self._counts[place]) / total
                hits.append(Hit(section, score, covered))
        return sorted(hits, key=lambda one: (-one.score, one.section.page, one.section.title))[:most]

    def _weight(self, term: str) -> float:
        held = self._held.get(term, 0)
        return log(1.0 + (len(self._sections) - held + 0.5) / (held + 0.5))

    def _score(self, place: int, term: str, weight: float) -> float:
        count = self._counts[place].get(term, 0)
        long = 1.0 - _B + _B * self._lengths[place] / max(1.0, self._mean)
        return weight * count * (_K1 + 1.0) / (count + _K1 * long)


def terms(text: str) -> list[str]:
    """The words of a text that say something, without their endings; a compound also counts as its parts."""
    found: list[str] = []
    for word in _WORD.findall(text.lower().replace("`", " ")):
        parts = re.split(r"[-_.]", word)
        for part in [word, *parts] if len(parts) > 1 else [word]:
            if part and part not in _COMMON:
                found.append(_stem(part))
    return found


_ENDINGS = (
    "ations",
    "ation",
    "ings",
    "ing",
    "ions",
    "ies",
    "ied",
    "ers",
    "als",
    "al",
    "ed",
    "es",
    "er",
    "ion",
    "s",
    "e",
)


def _stem(word: str) -> str:
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 4:
            return word[: -len(ending)]
    return word
