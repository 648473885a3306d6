"""One short question, with the exact words that answer it; and the sentences for what cannot be read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from config.errors import CopilotError
from graph import cards
from graph.answers.words import listed
from graph.intents.model import Answer
from graph.understanding.entities import Extracted, Unknown
from graph.understanding.hygiene import LONGEST
from graph.understanding.lexicon import Lexicon

_MOST = 6


def question(
    words: str, options: Sequence[tuple[str, str]] = (), pending: Mapping[str, Any] | None = None
) -> Answer:
    """`options` are (label, what is said when it is chosen); a number picks one when nothing else is pending."""
    blocks = [cards.text(words)]
    if options:
        blocks.append(cards.choices(options[:_MOST]))
    if pending is None and options:
        pending = {"missing": "choice", "options": [say for _, say in options[:_MOST]]}
    return Answer(words, tuple(blocks), dict(pending) if pending else None)


def which(
    missing: str, intent: str, entities: Mapping[str, Any], options: Sequence[str], words: str
) -> Answer:
    """Ask for one slot; the answer may be a name, a number of the list, or a whole new sentence."""
    kept = {key: value for key, value in entities.items() if key != "pending"}
    shown = tuple(options)[:_MOST] if len(options) <= _MOST else ()
    pending = {"intent": intent, "entities": kept, "missing": missing, "options": list(shown)}
    return question(words, [(one, one) for one in shown], pending)


def confirm(phrase: str, intent: str, entities: Mapping[str, Any]) -> Answer:
    """A change that was not asked for plainly: said back in exact words, and done only after a yes."""
    words = f"Did you mean: {phrase}? Nothing is done until you say yes."
    pending = {"intent": intent, "entities": dict(entities), "missing": "confirm"}
    return question(words, [("yes", "yes"), ("no", "no")], pending)


def unsure(options: Sequence[tuple[str, str]]) -> Answer:
    if not options:
        return question("I did not understand that. Say it in other words, or `help` for what you can ask.")
    return question("I am not sure what you mean. Did you mean one of these?", options)


def too_long(length: int) -> Answer:
    return question(
        f"That message is longer than {LONGEST:,} characters, so I did not read it. "
        "Say in one or two sentences what you want; `help` shows examples."
        if length > LONGEST
        else "There is nothing to read in that message. Say what you want, or `help`."
    )


def language(extracted: Extracted) -> Answer:
    """I read English; here is the command that would do what the names hint at."""
    service = extracted.found.get("service")
    environment = extracted.found.get("environment", "production")
    if service is None:
        return question(
            "I read English only, sorry. `help` lists the exact commands, which work in any language."
        )
    options = [
        (f"what is wrong with {service}", f"what is wrong with {service} in {environment}"),
        (f"roll back {service}", f"run rollback-service service={service} environment={environment}"),
    ]
    return question("I read English only, sorry. These exact words work:", options)


def unknown_names(strangers: Sequence[Unknown], lexicon: Lexicon, text: str) -> Answer:
    """A name nobody knows is asked about, never dropped; each near name is a whole sentence to choose."""
    one = strangers[0]
    known: Sequence[str] = tuple(
        {
            "environment": lexicon.catalogue.environments,
            "runbook": dict.fromkeys(lexicon.runbooks),
        }.get(one.kind, lexicon.catalogue.services)
    )
    kind = one.kind if one.kind in ("environment", "runbook") else "service"
    if one.near:
        options = [(near, _swapped(text, one.said, near)) for near in one.near]
        return question(
            f"I do not know a {kind} called '{one.said}'. Did you mean {listed(one.near, 'or')}?", options
        )
    return question(f"I do not know a {kind} called '{one.said}'. There are: {', '.join(known)}.")


def _swapped(text: str, said: str, name: str) -> str:
    at = text.lower().find(said)
    return f"{text[:at]}{name}{text[at + len(said) :]}" if at >= 0 else f"{text} {name}"


def region(regions: Sequence[str], extracted: Extracted, lexicon: Lexicon, phrase: str) -> Answer:
    """A region is a part of an environment: what was asked for the part is not done for the whole."""
    environments = list(extracted.environments) or list(lexicon.catalogue.environments)[:1]
    words = (
        f"{listed([one.upper() for one in regions])} is a region, and I can only look at or change a whole "
        f"environment. If you mean all of {environments[0]}, say so:"
    )
    return question(words, [(f"all of {environments[0]}", phrase)])


def unknown_person(actor: str) -> Answer:
    return question(
        f"I do not know you yet ({actor}). Ask an admin to add you to people.yaml with a role: viewer to ask "
        "questions, operator to ask for changes. Until then I can only tell you what there is: say `help`."
    )


def may_not(intent_words: str, role: str, holders: Sequence[str]) -> Answer:
    who = f" Who has it: {listed(list(holders))}." if holders else ""
    return question(f"For this ({intent_words}) you need the role {role}, which you do not have.{who}")


def refused(err: CopilotError) -> Answer:
    """What could not be done, in the error's own words, which say what to do next."""
    words = f"{err.title}: {err}"
    return Answer(words, (cards.error(err.title, str(err)),))
