"""What a message leans on: a question we asked, the turn before, "it". Simple, and never towards a change unasked."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from graph.message import Reading
from graph.understanding.entities import Extracted
from graph.understanding.features import MASKS, tokens
from graph.understanding.hygiene import word_set
from graph.understanding.traits import NONE, Traits
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
_POINTS = re.compile(
    r"\b(?:it|its|it's|them|they|same|"
    r"that(?! (?:the|we|our|i|is|are|was|were|fire\w*|mention\w*|contain\w*|failed|say))|"
    r"this(?! (?:week|month|quarter|year|morning|afternoon|evening|weekend)))\b|"
    r"(?<!is )(?<!are )(?<!was )(?<!were )\bthere\b"
)
_ALSO = re.compile(
    r"^(?:and|what about|how about|same for|same in|also|now|then|and in|and for|ok and|in|for|on)\b"
)
#: what is asked of a word is asked of its meaning: `what is ttft`
_DEFINES = re.compile(r"^what(?:'s| is| are| does)\b")
#: asks how an incident stands, once one was spoken of
_NEWS = re.compile(
    r"^(?:and )?(?:how (?:is|are) (?:it|things|we|that) (?:going|doing|looking)(?: now)?|how does it look(?: now)?|"
    r"any (?:news|updates?|progress)(?: on (?:it|that))?|what(?:'s| is) the (?:status|state)(?: now)?|status\?|"
    r"where are we(?: (?:with|on) (?:it|that))?)[?.! ]*$"
)
_ALSO_AFTER = re.compile(r"\b(?:instead|too|as well|again)$")
_FILLER = frozenset(MASKS.values()) | word_set(
    "and what about how same for in on the of also now then ok please ? is it with to over during show me at a again "
    "instead there that this one too as well but only just same thing give me us our my team what's how's do tell see "
    "i want would like can you look need let's check was were ago now"
)
_WHY = re.compile(r"^(?:but |and |ok |so )?why(?: is that| is it| so| that| though| is this)?\s*[?!.]*$")
#: what a question about something else does not take over from the one before
_ONCE = frozenset({"deployment_id", "incident_id", "approval_id", "run_id", "version"})
#: what an answer to our question may add to it
_ADDED = ("service", "environment", "model", "metric", "stat", "time_range")
#: names of which one is enough to know what a message is about
_SUBJECTS = frozenset({"service", "model", "incident_id", "team", "user"})
_MOST_WORDS = 12


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
    extra = {key: extracted.found[key] for key in _ADDED if key in extracted.found}
    return Reading(asked["intent"], 1.0, "dialogue", entities | extra | {missing: value})


def _more_than_names(extracted: Extracted) -> bool:
    return sum(1 for word in tokens(extracted.masked) if word not in _FILLER and not word.isdigit()) > 1


def follow_up(
    text: str, extracted: Extracted, turns: Sequence[Turn], now: float, traits: Mapping[str, Traits]
) -> Reading | None:
    """`and staging?`, `p99`, `last week instead`, `why?`: the last question again with what changed in it."""
    if _WHY.match(text.lower()):
        about = topic(turns, now)
        if about is None:
            return None
        before = _kept(about, traits.get("diagnose.explain", NONE).slots)
        return Reading("diagnose.explain", 0.95, "dialogue", before)
    if _NEWS.match(text.lower()) and turns and turns[-1].entities.get("incident_id"):
        return Reading(
            "incident.status", 0.95, "dialogue", {"incident_id": turns[-1].entities["incident_id"]}
        )
    last = _question(turns, now, traits)
    if last is None or _DEFINES.match(text.lower()) or not _leans_on_it(text, extracted):
        return None
    changed = {key: extracted.found[key] for key in extracted.found if key in traits[last.intent].slots}
    intent = last.intent
    if {"metric", "stat"} & extracted.found.keys() - changed.keys():
        intent = "metrics.query"
        changed = {key: extracted.found[key] for key in traits[intent].slots & extracted.found.keys()}
    if not changed:
        return None
    before = _kept(last, traits[intent].slots)
    if {"service", "team", "model"} & changed.keys():
        before = {
            key: value for key, value in before.items() if key not in _ONCE | {"service", "team", "user"}
        }
    if "metric" in changed and "stat" not in changed:
        before.pop("stat", None)
    return Reading(intent, 0.9, "dialogue", before | changed)


def _leans_on_it(text: str, extracted: Extracted) -> bool:
    """Whether the text is nothing but names, in words that continue a question."""
    low = text.lower().strip(" ?!.")
    rest = [word for word in tokens(extracted.masked) if word not in _FILLER]
    if len(low.split()) > _MOST_WORDS or not all(_is_name_of(word, extracted) for word in rest):
        return False
    return _ALSO.match(low) is not None or _ALSO_AFTER.search(low) is not None or len(low.split()) <= 3


def _kept(turn: Turn, slots: frozenset[str]) -> dict[str, Any]:
    return {key: value for key, value in turn.entities.items() if key in slots}


def _question(turns: Sequence[Turn], now: float, traits: Mapping[str, Traits]) -> Turn | None:
    """The newest turn that asked for something; None when that is long ago or was no question that can be repeated."""
    for turn in reversed(turns):
        one = traits.get(turn.intent, NONE)
        if (one.follows and one.slots) or one.acts:
            return turn if one.follows and now - turn.at <= TOPIC_FOR else None
    return None


def _is_name_of(word: str, extracted: Extracted) -> bool:
    return word not in extracted.left and not word.isdigit()


def topic(turns: Sequence[Turn], now: float, kind: str = "service") -> Turn | None:
    """The newest turn that named a service (or another `kind` of thing) and is not long ago."""
    for turn in reversed(turns):
        if now - turn.at <= TOPIC_FOR and turn.entities.get(kind) is not None:
            return turn
    return None


def points_back(text: str) -> bool:
    """Whether the words point at something said before (`it`, `that`, `same`)."""
    return _POINTS.search(text.lower()) is not None


def fill(
    entities: Mapping[str, Any], text: str, turns: Sequence[Turn], now: float, traits: Traits
) -> tuple[dict[str, Any], tuple[str, ...]]:
    """What this message leaves out and the conversation knows, of what the intent carries; and the words that say so.

    A service or an incident is taken from before when the words point back, or when the request leans: it makes no
    sense without.
    """
    filled, said, leans = dict(entities), [], traits.leans or points_back(text)
    if leans and "incident_id" in traits.carries and not _SUBJECTS & filled.keys():
        about = topic(turns, now, "incident_id")
        if about is not None:
            filled["incident_id"] = about.entities["incident_id"]
            return filled, (f"Taken from before: {filled['incident_id']}.",)
    last = topic(turns, now)
    if last is None:
        return filled, ()
    if leans and "service" in traits.carries and not _SUBJECTS & filled.keys():
        filled["service"] = last.entities["service"]
        said.append(str(last.entities["service"]))
    same = filled.get("service") == last.entities["service"]
    carries = "environment" in traits.carries and "environment" in last.entities
    if same and carries and "environment" not in filled:
        filled["environment"] = last.entities["environment"]
        said.append(str(last.entities["environment"]))
    return filled, (f"Taken from before: {', '.join(said)}.",) if said else ()
