"""What a message leans on: a question we asked, the turn before, "it". Simple, and never towards a change unasked."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from graph.message import Reading
from graph.understanding.entities import Extracted
from graph.understanding.features import MASKS, tokens
from graph.understanding.hygiene import word_set
from store.records import Turn

#: seconds that a question stays open, and that the topic of a conversation stays in mind
PENDING_FOR = 15 * 60.0
TOPIC_FOR = 45 * 60.0

_YES = frozenset(
    {
        "yes",
        "y",
        "yep",
        "yeah",
        "yup",
        "sure",
        "ok",
        "okay",
        "right",
        "correct",
        "exactly",
        "please do",
        "do it",
    }
)
_YES |= {
    "yes please",
    "yes do it",
    "go ahead",
    "yes go ahead",
    "that one",
    "yes that one",
    "ok do it",
    "confirm",
    "please",
}
_NO = frozenset(
    {
        "no",
        "n",
        "nope",
        "nah",
        "no thanks",
        "no thank you",
        "never mind",
        "nevermind",
        "cancel",
        "stop",
        "forget it",
    }
)
_NO |= {"cancel it", "no don't", "don't", "neither", "none"}
_POINTS = re.compile(r"\b(?:it|its|it's|that|this|there|them|they|same)\b")
_ALSO = re.compile(
    r"^(?:and|what about|how about|same for|same in|also|now|then|and in|and for|ok and|in|for|on)\b"
)
_FILLER = frozenset(MASKS.values()) | word_set(
    "and what about how same for in on the of also now then ok please ? is it with to over during show me at a again "
    "instead there that this one"
)
_WHY = re.compile(r"^(?:but |and |ok |so )?why(?: is that| is it| so| that| though| is this)?\s*[?!.]*$")
_READS = ("metrics.query", "diagnose.explain", "deploy.status")
_CARRIED = ("service", "environment", "model", "metric", "stat", "time_range")


def pending(turns: Sequence[Turn], person: str, now: float) -> Mapping[str, Any] | None:
    """The question that the last turn left open for this person."""
    if not turns or turns[-1].person != person or now - turns[-1].at > PENDING_FOR:
        return None
    found = turns[-1].entities.get("pending")
    return found if isinstance(found, dict) else None


def said_yes(text: str) -> bool:
    return _bare(text) in _YES


def said_no(text: str) -> bool:
    return _bare(text) in _NO


def _bare(text: str) -> str:
    return text.lower().strip(" .!,?")


def chosen(text: str, options: Sequence[str]) -> str | None:
    """The option that was named by its number, its words, or `yes` where there is only one."""
    bare = _bare(text)
    if bare.isdigit() and 1 <= int(bare) <= len(options):
        return options[int(bare) - 1]
    for option in options:
        if bare == option.lower():
            return option
    return options[0] if len(options) == 1 and said_yes(text) else None


def complete(text: str, extracted: Extracted, asked: Mapping[str, Any]) -> Reading | None:
    """The request we asked about, with what this message adds; None when the message is about something else."""
    missing = asked["missing"]
    if missing == "choice":
        return None
    entities = dict(asked["entities"])
    if missing == "confirm":
        return Reading(asked["intent"], 1.0, "dialogue", entities) if said_yes(text) else None
    value = chosen(text, asked.get("options", ())) or extracted.found.get(missing)
    if value is None or _more_than_names(extracted):
        return None
    extra = {key: extracted.found[key] for key in _CARRIED if key in extracted.found}
    return Reading(asked["intent"], 1.0, "dialogue", entities | extra | {missing: value})


def _more_than_names(extracted: Extracted) -> bool:
    return sum(1 for word in tokens(extracted.masked) if word not in _FILLER and not word.isdigit()) > 1


def follow_up(text: str, extracted: Extracted, turns: Sequence[Turn], now: float) -> Reading | None:
    """`and staging?`, `p99`, `why?`: the reading of the last question with what changed in it."""
    last = topic(turns, now)
    if last is None or last.intent not in _READS:
        return None
    before = {key: last.entities[key] for key in _CARRIED if key in last.entities}
    if _WHY.match(text.lower()):
        return Reading("diagnose.explain", 0.95, "dialogue", before)
    rest = [word for word in tokens(extracted.masked) if word not in _FILLER]
    named = [key for key in _CARRIED if key in extracted.found]
    about_names = all(_is_name_of(word, extracted) for word in rest)
    if not named or not about_names or not (_ALSO.match(text.lower()) or len(text.split()) <= 3):
        return None
    changed = {key: extracted.found[key] for key in named}
    if "metric" in changed and "stat" not in changed:
        before.pop("stat", None)
    intent = "metrics.query" if "metric" in changed or "stat" in changed else last.intent
    return Reading(intent, 0.9, "dialogue", before | changed)


def _is_name_of(word: str, extracted: Extracted) -> bool:
    return word not in extracted.left and not word.isdigit()


def topic(turns: Sequence[Turn], now: float) -> Turn | None:
    """The newest turn that named a service and is not long ago."""
    for turn in reversed(turns):
        if now - turn.at <= TOPIC_FOR and "service" in turn.entities:
            return turn
    return None


def points_back(text: str) -> bool:
    """Whether the words point at something said before (`it`, `that`, `same`)."""
    return _POINTS.search(text.lower()) is not None


def fill(
    entities: Mapping[str, Any], text: str, turns: Sequence[Turn], now: float, leans: bool
) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Service and environment from the conversation where this message leaves them out, and the words that say so.

    A service is taken from before when the words point back, or when `leans`: the request makes no sense without.
    """
    filled, last = dict(entities), topic(turns, now)
    if last is None:
        return filled, ()
    said: list[str] = []
    if "service" not in filled and "model" not in filled and (leans or points_back(text)):
        filled["service"] = last.entities["service"]
        said.append(str(last.entities["service"]))
    same = filled.get("service") == last.entities["service"]
    if same and "environment" not in filled and "environment" in last.entities:
        filled["environment"] = last.entities["environment"]
        said.append(str(last.entities["environment"]))
    return filled, (f"Taken from before: {', '.join(said)}.",) if said else ()
