"""Digests: what one must know now, for who takes over the pager, a team, its managers, and who pays.

Made of facts alone, when it is asked for; every figure stands with its query.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from graph import cards
from graph.answers import digest_parts as parts
from graph.answers.digest_parts import DAY, Make, Part, Scope
from graph.answers.words import listed, moment
from graph.intents.model import Answer, Ask, Slots
from graph.message import Block
from graph.ports import Tools
from graph.understanding.schedule_commands import digest_kind
from store.schedule_records import DigestName


class DigestSlots(Slots):
    digest: DigestName | None = None
    team: str | None = None
    environment: str | None = None


@dataclass(frozen=True, slots=True)
class Recipe:
    """`back`: seconds looked back on."""

    title: str
    back: float
    parts: tuple[Make, ...]


RECIPES: Mapping[DigestName, Recipe] = {
    "oncall": Recipe(
        "On-call hand-over",
        DAY,
        (
            parts.alerts,
            parts.incidents,
            parts.changes,
            parts.work,
            parts.rota,
            parts.chapter("slo", "-24h", aspect="breached"),
            parts.ahead,
        ),
    ),
    "team": Recipe(
        "The team's day",
        DAY,
        (
            parts.changes,
            parts.chapter("incidents", "-24h"),
            parts.services,
            parts.alerts,
            parts.work,
            parts.chapter("budget", "this_month"),
        ),
    ),
    "manager": Recipe(
        "The week",
        7 * DAY,
        (
            parts.chapter("delivery", "-7d"),
            parts.chapter("incidents", "-7d"),
            parts.chapter("slo", "-7d"),
            parts.chapter("cost", "-7d"),
            parts.chapter("budget", "this_month"),
        ),
    ),
    "cost": Recipe(
        "Costs",
        7 * DAY,
        (
            parts.chapter("cost", "-7d", group_by="service"),
            parts.chapter("cost", "-7d", group_by="model"),
            parts.chapter("cost", "this_month", aspect="projection"),
            parts.chapter("budget", "this_month"),
            parts.chapter("savings", "this_month"),
        ),
    ),
}


@dataclass(frozen=True, slots=True)
class Digest:
    recipe: Recipe
    scope: Scope
    parts: tuple[Part, ...]


def named(text: str, extracted: object) -> dict[str, str]:
    """Which digest the words ask for, where they say."""
    kind = digest_kind(text)
    return {"digest": kind} if kind else {}


async def facts(tools: Tools, ask: Ask) -> Digest:
    """Every part at once; what cannot be had is said in its part."""
    slots: DigestSlots = ask.slots
    recipe = RECIPES[slots.digest or "oncall"]
    environment = slots.environment or next(iter(tools.catalogue.environments))
    known = tools.catalogue.services
    mine = frozenset(name for name, one in known.items() if slots.team in (None, one.owner))
    scope = Scope(mine, environment, recipe.back, slots.team)
    made = await asyncio.gather(*(make(tools, ask, scope) for make in recipe.parts))
    return Digest(recipe, scope, tuple(made))


def answer(tools: Tools, ask: Ask, made: Digest) -> Answer:
    """The first sentence alone is the digest for who has no time; then part by part; the queries last."""
    of = f" of team {made.scope.team}" if made.scope.team else ""
    now = tools.clock.now()
    short = [one.short for one in made.parts if one.short]
    lead = f"{made.recipe.title}{of}, {made.scope.environment}, {moment(now, ask.zone, now)}"
    head = f"{lead}: {listed(short)}." if short else f"{lead}."
    blocks: list[Block] = [cards.text(head)]
    for one in made.parts:
        blocks += [cards.text(f"{one.title}: {one.words}"), *one.blocks]
    blocks.append(parts.sources(made.parts))
    text = "\n".join([head, *(f"{one.title}: {one.words}" for one in made.parts)])
    return Answer(text, tuple(blocks), entities={"environment": made.scope.environment})
