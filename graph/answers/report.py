"""A written report: chapters that are the answers to the questions they stand for, in one document."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from graph import cards
from graph.answers import capacity, cost, delivery, outages, slo, spending
from graph.answers.words import listed
from graph.intents.model import Answer, Ask, Facts, Say, Slots
from graph.message import Block
from graph.ports import Tools
from graph.understanding import times

_MOST_BLOCKS = 4


class ReportSlots(Slots):
    """`report_type` is one or several kinds joined with +."""

    service: str | None = None
    environment: str | None = None
    team: str | None = None
    report_type: str | None = None
    export: bool = False
    time_range: str | None = None


@dataclass(frozen=True, slots=True)
class Chapter:
    """`timed`: it takes the report's time range; otherwise it speaks of now. `fixed` are further slots."""

    title: str
    slots: type[Slots]
    facts: Facts
    answer: Say
    timed: bool = True
    fixed: Mapping[str, Any] | None = None


CHAPTERS: Mapping[str, Chapter] = {
    "incidents": Chapter("Incidents", outages.OutageSlots, outages.facts, outages.answer),
    "slo": Chapter("Objectives", slo.SloSlots, slo.facts, slo.answer),
    "delivery": Chapter("Deliveries", delivery.DeliverySlots, delivery.facts, delivery.answer),
    "cost": Chapter("Costs", spending.CostSlots, spending.facts, cost.answer),
    "budget": Chapter(
        "Budgets", spending.CostSlots, spending.facts, cost.answer, timed=False, fixed={"aspect": "budget"}
    ),
    "savings": Chapter(
        "Savings", spending.CostSlots, spending.facts, cost.answer, timed=False, fixed={"aspect": "savings"}
    ),
    "capacity": Chapter("Capacity", capacity.CapacitySlots, capacity.facts, capacity.answer, timed=False),
}

#: kind of report → its name, its chapters, and the time it looks back on unless said
KINDS: Mapping[str, tuple[str, tuple[str, ...], str]] = {
    "weekly": ("Weekly report", ("incidents", "slo", "delivery", "cost", "capacity"), "-7d"),
    "executive": ("Executive summary", ("slo", "incidents", "delivery", "budget", "capacity"), "-30d"),
    "incident": ("Incident report", ("incidents", "slo"), "-30d"),
    "reliability": ("Reliability report", ("slo", "incidents", "capacity"), "-30d"),
    "delivery": ("Delivery report", ("delivery",), "-30d"),
    "cost": ("Cost report", ("cost", "budget", "savings"), "this_month"),
    "capacity": ("Capacity report", ("capacity", "slo"), "-30d"),
    "handover": ("Hand-over report", ("incidents", "slo", "delivery"), "-24h"),
}
_CANNOT = "compliance"


@dataclass(frozen=True, slots=True)
class Report:
    """Its title, and chapters: title → answer."""

    title: str
    chapters: tuple[tuple[str, Answer], ...]


async def facts(tools: Tools, ask: Ask) -> Report | None:
    """Every chapter's facts at once; None for a report that there are no facts for."""
    slots: ReportSlots = ask.slots
    kinds = [one for one in (slots.report_type or "weekly").split("+") if one in KINDS or one == _CANNOT]
    if _CANNOT in kinds:
        return None
    names, span, title = _plan(kinds or ["weekly"])
    window = slots.time_range or span
    wanted = [CHAPTERS[name] for name in names]
    asks = [_ask(ask, slots, one, window) for one in wanted]
    got = await asyncio.gather(*(one.facts(tools, each) for one, each in zip(wanted, asks, strict=True)))
    answers = [one.answer(tools, each, found) for one, each, found in zip(wanted, asks, got, strict=True)]
    when = times.resolve(window, tools.clock.now(), ask.zone).words
    of = slots.service or (f"team {slots.team}" if slots.team else "all services")
    where = f" in {slots.environment}" if slots.environment else ""
    chapters = tuple((one.title, answer) for one, answer in zip(wanted, answers, strict=True))
    return Report(f"{title}: {of}{where}, {when}", chapters)


def _plan(kinds: Sequence[str]) -> tuple[list[str], str, str]:
    """Chapters, time and title of a report of these kinds; a matter that is named goes before the audience."""
    matters = [one for one in kinds if one not in ("executive", "weekly", "handover")]
    first = KINDS[kinds[0]] if len(kinds) == 1 or not matters else KINDS[matters[0]]
    if len(matters) > 1:
        names = list(dict.fromkeys(KINDS[one][1][0] for one in matters))
        return names, first[2], f"Report on {listed([CHAPTERS[name].title.lower() for name in names])}"
    audience = next((one for one in kinds if one in ("weekly", "executive")), None)
    span = KINDS[audience][2] if audience and matters else first[2]
    return list(first[1]), span, first[0]


def _ask(ask: Ask, slots: ReportSlots, chapter: Chapter, window: str) -> Ask:
    given: dict[str, Any] = {
        "service": slots.service,
        "environment": slots.environment,
        "team": slots.team,
        **(chapter.fixed or {}),
    }
    if chapter.timed:
        given["time_range"] = window
    kept = {key: value for key, value in given.items() if value is not None}
    return replace(ask, slots=chapter.slots.model_validate(kept))


def answer(tools: Tools, ask: Ask, made: Report | None) -> Answer:
    slots: ReportSlots = ask.slots
    if made is None:
        words = (
            "I cannot write a compliance or data-protection report: I have no facts on how data is handled. What I can "
            f"report on: {listed(sorted(KINDS))}; who did what is in `audit`."
        )
        return Answer(words, (cards.text(words),))
    parts = [f"{title}: {one.text}" for title, one in made.chapters]
    text = "\n\n".join([made.title, *parts])
    blocks: list[Block] = [cards.text(made.title)]
    known: list[str] = []
    for title, one in made.chapters:
        blocks.append(cards.text(f"{title}\n{one.text}"))
        rest = [block for block in one.blocks[1:] if block["type"] in ("table", "chart", "facts")]
        known += [block["facts"][0][1] for block in rest if _is_source(block)]
        blocks += [block for block in rest if not _is_source(block)][:_MOST_BLOCKS]
    blocks.append(cards.facts({"How I know": "; ".join(dict.fromkeys(known))}))
    if slots.export:
        blocks.append(cards.code(markdown(made), "markdown"))
    return Answer(text, tuple(blocks))


def _is_source(block: Block) -> bool:
    return block["type"] == "facts" and [pair[0] for pair in block["facts"]] == ["How I know"]


def markdown(made: Report) -> str:
    """The report as a document: headings, sentences, tables; charts by their figures."""
    lines = [f"# {made.title}"]
    for title, one in made.chapters:
        lines += ["", f"## {title}", "", one.text.split("\n", 1)[0]]
        for block in one.blocks[1:]:
            lines += ["", *_lines(block)]
    return "\n".join(lines)


def _lines(block: Block) -> list[str]:
    match block["type"]:
        case "table":
            head = [f"**{block['title']}**", ""] if block.get("title") else []
            return [
                *head,
                _cells(block["columns"]),
                _cells(["---"] * len(block["columns"])),
                *map(_cells, block["rows"]),
            ]
        case "facts":
            return [f"- {key}: {value}" for key, value in block["facts"]]
        case "chart":
            return [f"{block['title']}: {block.get('summary', '')}"]
    return []


def _cells(row: Sequence[str]) -> str:
    return "| " + " | ".join(str(one).replace("|", "\\|").replace("\n", " ") for one in row) + " |"
