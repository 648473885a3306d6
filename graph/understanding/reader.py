"""Reads one message: commands, what the conversation asked, then the classifier; with the entities it names."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from graph.message import Reading
from graph.understanding import commands, dialogue, guard, whens
from graph.understanding.classifier import Classifier
from graph.understanding.entities import Extracted, extract
from graph.understanding.features import MASKS, tokens
from graph.understanding.hygiene import Cleaned, clean
from graph.understanding.lexicon import Lexicon
from graph.understanding.traits import NONE, Traits
from store.records import Turn

OUT = "oos"
#: the intent that does things at a time
LATER = "schedule.manage"
#: probability and lead over the next reading that a read needs, and that a change needs
SURE_READ, LEAD_READ = 0.42, 0.08
SURE_ACT, LEAD_ACT = 0.75, 0.45

#: the probability from which an unserved label is named in the answer
_TOPIC = 0.4

Doubt = Literal["", "too long", "empty", "language", "unsure", "confirm", "declined"]


@dataclass(frozen=True, slots=True)
class Understanding:
    """`doubt` says why nothing may be done yet; `near` are the intents it could be, most probable first.

    `topic` is the unserved label of an out-of-scope text; `notes` say what was taken from the conversation.
    """

    reading: Reading
    text: str
    extracted: Extracted
    doubt: Doubt = ""
    near: tuple[str, ...] = ()
    topic: str = ""
    notes: tuple[str, ...] = ()
    say: str = ""


_NOTHING = Extracted({})
_NO_NOTES: tuple[str, ...] = ()


class Reader:
    """`traits` are the intents' by name; `triggers` are runbooks' own chat sentences with the runbook they start."""

    def __init__(
        self,
        classifier: Classifier,
        lexicon: Lexicon,
        traits: Mapping[str, Traits],
        triggers: Sequence[tuple[str, str]] = (),
    ) -> None:
        self._classifier = classifier
        self._labels = {label: _label(label) for label in classifier.labels}
        self._lexicon = lexicon
        self._traits = traits
        self._own = {runbook: name for name, one in traits.items() for runbook in one.runbooks}
        self._triggers = re.compile("|".join(f"({trigger_pattern(one).pattern})" for one, _ in triggers))
        self._started = tuple(runbook for _, runbook in triggers)

    def read(self, raw: str, turns: Sequence[Turn], person: str, now: float) -> Understanding:
        """`turns` are the last ones of this conversation, oldest first."""
        cleaned = clean(raw)
        if cleaned.too_long or not cleaned.text:
            return _stop("too long" if cleaned.too_long else "empty", cleaned)
        asked = dialogue.pending(turns, person, now)
        picked = (
            dialogue.chosen(cleaned.text, asked["options"])
            if asked and asked["missing"] == "choice"
            else None
        )
        text = picked or cleaned.text
        command = commands.parse(text, self._lexicon.runbooks)
        if command is not None:
            return Understanding(Reading(command.intent, 1.0, "command", command.entities), text, _NOTHING)
        extracted = extract(text, self._lexicon, self._classifier.known)
        if asked is not None and picked is None:
            if done := dialogue.complete(text, extracted, asked):
                return Understanding(done, text, extracted)
            if dialogue.said_no(text):
                return Understanding(Reading("smalltalk", 1.0, "dialogue"), text, extracted, "declined")
        if follow := dialogue.follow_up(text, extracted, turns, now, self._traits):
            return Understanding(follow, text, extracted)
        if not cleaned.english:
            return Understanding(
                Reading(OUT, 1.0, "classifier", extracted.found), text, extracted, "language"
            )
        return self._guess(text, extracted, turns, now, picked is not None)

    def _guess(
        self, text: str, extracted: Extracted, turns: Sequence[Turn], now: float, picked: bool
    ) -> Understanding:
        runbook = self._triggered(extracted.masked)
        if runbook is not None:
            intent = self._own.get(runbook, "runbook.run")
            ranked, topic = [(intent, 1.0)], ""
        else:
            ranked, topic = self.rank(extracted.masked)
        (intent, sure), second = ranked[0], ranked[1][1] if len(ranked) > 1 else 0.0
        if guard.later(extracted.masked) and self._is_for_later(intent, text, now):
            intent, runbook = LATER, None
        entities, notes = dict(extracted.found), _NO_NOTES
        if runbook is not None and intent == "runbook.run":
            entities["runbook"] = runbook
        traits = self._traits.get(intent, NONE)
        if traits.reads is not None:
            entities |= traits.reads(text, extracted)
        strange = any(one.kind in ("service", "maybe") for one in extracted.unknown)
        if traits.carries and not (strange and traits.strangers):
            entities, notes = dialogue.fill(entities, text, turns, now, traits)
        reading = Reading(intent, sure, "dialogue" if picked else "classifier", entities)
        near = tuple(name for name, share in ranked[:3] if name != OUT and share > 0.12)
        doubt = "" if runbook is not None else _doubt(reading, second, extracted, traits)
        return Understanding(reading, text, extracted, doubt, near, topic, notes)

    def _is_for_later(self, intent: str, text: str, now: float) -> bool:
        """Whether a change was asked for at another time: never now, then."""
        traits = self._traits.get(intent, NONE)
        if not traits.acts or "later" in traits.allows or LATER not in self._traits:
            return False
        said = whens.find(text, now, "UTC")
        return said is not None and not said.problem

    def rank(self, masked: str) -> tuple[list[tuple[str, float]], str]:
        """Served intents and `oos` with their probabilities, and the most probable unserved label (may be "")."""
        words = tokens(masked)
        if not any(word in self._classifier.known for word in words if word not in ("?", MASKS["name"])):
            return [(OUT, 1.0)], ""
        shares: dict[str, float] = {}
        topic, best = "", _TOPIC
        for label, share in self._classifier.score(masked):
            served, unserved = self._labels[label]
            shares[served] = shares.get(served, 0.0) + share
            if unserved and share > best:
                topic, best = unserved, share
        return sorted(shares.items(), key=lambda pair: -pair[1]), topic

    def _triggered(self, masked: str) -> str | None:
        low = " ".join(masked.lower().replace("please", " ").strip(" .!?").split())
        match = self._triggers.fullmatch(low) if self._started else None
        return self._started[match.lastindex - 1] if match and match.lastindex else None


def _label(label: str) -> tuple[str, str]:
    """The intent a label stands for, and what is asked when it is not served."""
    return (OUT, label.partition(".")[2]) if label.startswith(OUT) else (label, "")


#: an input that is neither service nor environment is understood where it is one of these
_OTHER_INPUT = "(?:" + "|".join(MASKS[kind] for kind in ("version", "provider", "model", "number")) + ")"


def trigger_pattern(sentence: str) -> re.Pattern[str]:
    """`roll back {service}` as a pattern over masked text; an environment may follow where none is named."""
    low = " ".join(sentence.lower().split())
    parts = re.split(r"\{(\w+)\}", low)
    built = "".join(
        re.escape(part) if index % 2 == 0 else MASKS.get(part, _OTHER_INPUT)
        for index, part in enumerate(parts)
    )
    return re.compile(
        built if "{environment}" in low else rf"{built}(?: (?:in |on )?(?:the )?{MASKS['environment']})?"
    )


def _doubt(reading: Reading, second: float, extracted: Extracted, traits: Traits) -> Doubt:
    sure, lead = reading.confidence, reading.confidence - second
    if traits.acts:
        if sure >= SURE_ACT and lead >= LEAD_ACT and guard.plain(traits, extracted.masked):
            return ""
        return "confirm" if sure >= SURE_READ else "unsure"
    return "" if sure >= SURE_READ and lead >= LEAD_READ else "unsure"


def _stop(doubt: Doubt, cleaned: Cleaned) -> Understanding:
    return Understanding(Reading(OUT, 1.0, "command"), cleaned.text[:200], _NOTHING, doubt)
