"""Help for this very person, small talk, and a plain no to what cannot be done yet."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from config.people import Role
from graph import cards
from graph.answers.words import listed
from graph.intents.model import Answer, Ask, Slots
from graph.intents.unserved import INSTEAD, TOPICS
from graph.ports import Tools
from graph.understanding import commands

_COMMAND_ROLES: dict[str, Role] = {
    "approvals": "viewer",
    "approve": "viewer",
    "deny": "viewer",
    "runbooks": "viewer",
    "plan": "viewer",
    "run": "operator",
    "status": "viewer",
    "cancel": "operator",
    "happened": "operator",
    "ack": "operator",
    "note": "operator",
    "feedback": "admin",
}
_SHOWN = 5

Offered = tuple[str, str, Role | None]


class TalkSlots(Slots):
    topic: str = ""
    service: str | None = None
    environment: str | None = None


def make_help(offered: Sequence[Offered]) -> Callable[[Tools, Ask, Any], Answer]:
    """`offered` are (what to say, what it does, role) of each intent."""

    def answer(tools: Tools, ask: Ask, facts: Any) -> Answer:
        lines = for_person(tools, ask, offered)
        words = "Ask in your own words, or use an exact command."
        person = ask.message.person
        if person is None:
            words += (
                f" I do not know you yet ({ask.message.actor}): an admin adds you to people.yaml with a role."
            )
        else:
            words += f" You are {person.name} ({listed(sorted(person.roles)) or 'no role yet'})."
        commands_ = [
            (say, does)
            for say, does in commands.TABLE
            if _may(ask, _COMMAND_ROLES.get(say.split()[0].lower()))
        ]
        text = words + "".join(f"\n  {say}" for say, _ in lines)
        text += "\nExact commands: " + ", ".join(say.split()[0] for say, _ in commands_) + "."
        blocks = [cards.text(words), cards.table(["say", "to"], lines, "In your own words")]
        blocks.append(cards.table(["command", "to"], commands_, "Exact commands"))
        return Answer(text, tuple(blocks))

    return answer


def for_person(tools: Tools, ask: Ask, offered: Iterable[Offered]) -> list[tuple[str, str]]:
    """What this person may say, with names of this company filled in."""
    return [(filled(tools, say), does) for say, does, role in offered if _may(ask, role)]


def _may(ask: Ask, role: Role | None) -> bool:
    return role is None or (ask.message.person is not None and ask.message.person.may(role))


def filled(tools: Tools, say: str, service: str | None = None, environment: str | None = None) -> str:
    """`{service}` and the like replaced by names that exist here: one that users meet first."""
    catalogue = tools.catalogue
    if "{service}" in say:
        first = next(iter(catalogue.user_facing or catalogue.services), "SERVICE")
        say = say.replace("{service}", service or first)
    if "{environment}" in say:
        say = say.replace("{environment}", environment or next(iter(catalogue.environments), "ENVIRONMENT"))
    return say.replace("{runbook}", next(iter(tools.library.by_id), "RUNBOOK"))


def smalltalk(tools: Tools, ask: Ask, facts: Any) -> Answer:
    low = ask.message.text.lower()
    name = f", {ask.message.person.name.split()[0]}" if ask.message.person else ""
    if any(
        word in low
        for word in ("thank", "thx", "cheers", "great", "nice", "good job", "well done", "awesome")
    ):
        words = f"You are welcome{name}."
    elif any(word in low for word in ("bye", "see you", "good night", "later")):
        words = f"Goodbye{name}."
    elif any(word in low for word in ("who are you", "your name", "robot", "human")):
        words = "I am the operations copilot: a program that answers from your own metrics, deployments and runbooks."
    elif low.strip(" .!") in ("ok", "okay", "cool", "got it", "perfect", "hm", "wow", "sorry", "no problem"):
        words = "All right."
    else:
        words = f"Hello{name}. Ask me about a service, or say `help`."
    return Answer(words, (cards.text(words),))


def make_oos(offered: Sequence[Offered]) -> Callable[[Tools, Ask, Any], Answer]:
    def answer(tools: Tools, ask: Ask, facts: Any) -> Answer:
        slots: TalkSlots = ask.slots
        topic = TOPICS.get(slots.topic)
        lines = for_person(tools, ask, offered)[:_SHOWN]
        words = (
            f"{topic[:1].upper()}{topic[1:]}: I cannot do that yet."
            if topic
            else "That is not something I can do."
        )
        words += " What I can do for you: " + " · ".join(say for say, _ in lines) + "."
        blocks = [cards.text(words)]
        instead = INSTEAD.get(slots.topic)
        if instead is None or ask.message.person is None:
            return Answer(words, tuple(blocks))
        say = filled(tools, instead, slots.service, slots.environment)
        blocks.append(cards.choices([(say, say)], "Closest to it:"))
        return Answer(
            f"{words} Closest to it: `{say}`.", tuple(blocks), {"missing": "choice", "options": [say]}
        )

    return answer
