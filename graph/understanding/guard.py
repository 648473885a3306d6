"""When words are plain enough to start a change: the classifier's guess alone never is.

A change starts from free words only if they hold a plain request for it and nothing that turns it into a question,
a wish for another time, a condition, a denial or a matter of something else. Otherwise it is asked back first.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache

from graph.understanding.features import tokens
from graph.understanding.traits import Hint, Traits

_QUESTION = re.compile(
    r"^(?:why|when|what|who|whom|whose|which|how|where|should|would|was|were|did|does|has|have|had|is|are|am|will|"
    r"may|might|could|shall|explain|describe|tell|show|list|write|generate|draft|suppose|imagine|remember|"
    r"what's|who's|how's|isn't|wasn't|didn't|can (?:i|anyone|somebody|someone|you tell|you explain|you show))\b"
)
_NOT = re.compile(
    r"\b(?:no|don't|dont|do not|doesn't|never|not|no longer|cannot|can't|without|instead of|avoid|nobody|forbid)\b"
)
_LATER = re.compile(
    r"\b(?:if|when|whenever|unless|until|every|each|tomorrow|tonight|midnight|later|automatically|schedule\w*|nightly|"
    r"daily|weekly|after|once|monday|tuesday|wednesday|thursday|friday|saturday|sunday|"
    r"in \w+ (?:minutes?|hours?|days?)|"
    r"at (?:\d|noon)|ztime)\b"
)
_OTHER = re.compile(
    r"\b(?:prompt|template|experiment|incident|zincident|zprompt|policy|script|code|commit|pull request|branch|test|"
    r"tests|suite|zsuite|report|invoice|expense|vacation|holiday|password|alert|monitor|schedule|migration|slo|"
    r"dashboard|document|email|key|secret|credential|credentials|token)\b"
)
_OPENING = re.compile(
    r"^(?:please|pls|plz|hey|hi|hello|ok|okay|so|and|now|then|copilot|bot|(?:can|could|would|will) you)\b[\s,:!]*"
)
#: a person's own words: what is quoted, and what stands behind a colon or `that`
_FREE = re.compile(r"\"[^\"]*\"|(?::|\bthat\b).*$")
_MOST_WORDS = 30
#: a decision in free words says nothing but the decision and what it is about
_DECIDING = re.compile(
    r"(?:zid|zservice|zenv|i|i'm|am|please|yes|no|nope|ok|okay|sure|lgtm|fine|good|looks|to|me|go|ahead|do|it|this|that|the|"
    r"a|an|of|for|in|on|with|by|my|your|you|have|can|may|now|thanks|and|one|request|change|changes|plan|rollback|run|"
    r"deployment|release|failover|restart|proceed|confirm|confirmed|approve|approved|approving|approval|accept|accepted|"
    r"sign|off|authorize|authorise|permit|deny|denied|denying|reject|rejected|rejecting|decline|refuse|veto|withdraw|"
    r"cancel|disapprove|don't|not)"
)


def plain(traits: Traits, masked: str) -> bool:
    """Whether the masked text asks for this change plainly, here and now."""
    low = _openings(masked.lower())
    if traits.free:
        low = _FREE.sub(" ", low)
    wanted = _wanted(traits.plain)
    if wanted is None or wanted.search(low) is None or len(low.split()) > _MOST_WORDS:
        return False
    if traits.strict and not all(_DECIDING.fullmatch(word) for word in tokens(low) if word != "?"):
        return False
    others = (match[0] for match in _OTHER.finditer(low))
    if any(word not in traits.matter for word in others):
        return False
    return not any(hint(low) for name, hint in _HINTS.items() if name not in traits.allows)


@cache
def _wanted(plain: str) -> re.Pattern[str] | None:
    return re.compile(rf"\b(?:{plain})\b") if plain else None


_HINTS: Mapping[Hint, Callable[[str], object]] = {
    "question": lambda low: _QUESTION.match(low) or "?" in low.rstrip(" ?"),
    "later": _LATER.search,
    "not": _NOT.search,
}


def later(masked: str) -> bool:
    """Whether the masked text speaks of another time, or of a condition."""
    return _LATER.search(masked.lower()) is not None


def _openings(low: str) -> str:
    """The text without what politeness puts in front."""
    before = ""
    while before != low:
        before, low = low, _OPENING.sub("", low.strip())
    return low
