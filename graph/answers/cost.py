"""What is spent and on what, the price of a request, budgets to the month's end, and where to save."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from graph import cards, charts
from graph.answers.spending import CostSlots, Spent, facts, month_of
from graph.answers.within import gaps, known_from
from graph.answers.words import change, length, moment
from graph.intents.model import Answer, Ask
from graph.message import Block
from graph.ports import Tools
from graph.understanding import aspects
from insight.cost import (
    DAY,
    MACHINES,
    BudgetState,
    Part,
    budget_state,
    daily,
    of_budget,
    parts,
    project,
    savings,
    total,
)
from insight.facts import Point, Spend

if TYPE_CHECKING:
    from graph.understanding.entities import Extracted

__all__ = ["CostSlots", "answer", "facts", "reads"]

_MOST = 12
_GPU = re.compile(r"\bgpus?\b")
_KEYS: dict[str, Callable[[Spend], str]] = {
    "service": lambda one: one.service,
    "team": lambda one: one.team,
    "model": lambda one: one.item,
    "environment": lambda one: one.environment,
}


def reads(text: str, extracted: Extracted) -> dict[str, Any]:
    """The side that is asked for, and machines alone where only they are meant."""
    found = aspects.aspect(text, extracted)
    if found.get("aspect") == "error_budget":
        found = {"aspect": "budget"}
    return found | ({"item": "gpu"} if _GPU.search(text.lower()) else {})


def answer(tools: Tools, ask: Ask, spent: Spent) -> Answer:
    slots: CostSlots = ask.slots
    lost = gaps(spent.missing)
    if not spent.spends:
        words = " ".join(lost) or f"Nothing was spent{_on(slots)} {spent.window.words}."
        return Answer(words, (cards.text(words),))
    match slots.aspect:
        case "budget":
            words, blocks = _budgets(tools, slots, spent)
        case "projection":
            words, blocks = _projection(tools, ask, spent)
        case "savings":
            words, blocks = _savings(tools, spent)
        case "unit":
            words, blocks = _unit(slots, spent)
        case _:
            words, blocks = _breakdown(tools, ask, spent)
    words = " ".join([words, *lost])
    return Answer(words, (cards.text(words), *blocks, known_from(spent.queries)))


def _on(slots: CostSlots) -> str:
    """` on gpt-4o by rag-api in staging`."""
    on = slots.model or slots.provider or ("GPUs" if slots.item == "gpu" else None)
    of = slots.service or (f"team {slots.team}" if slots.team else None)
    return (
        (f" on {on}" if on else "")
        + (f" by {of}" if of else "")
        + (f" in {slots.environment}" if slots.environment else "")
    )


def usd(value: float) -> str:
    """`1,235 USD`, `12.30 USD`."""
    return f"{value:,.0f} USD" if abs(value) >= 100 else f"{value:,.2f} USD"


def _breakdown(tools: Tools, ask: Ask, spent: Spent) -> tuple[str, list[Block]]:
    slots: CostSlots = ask.slots
    group, note = _group(slots)
    key = _KEYS[group]
    found, before = parts(spent.spends, key), {one.name: one for one in parts(spent.before, key)}
    whole, earlier = total(spent.spends), total(spent.before)
    words = f"{usd(whole)} were spent{_on(slots)} {spent.window.words}"
    if earlier > 0:
        words += f"; in the same time before: {usd(earlier)} ({change(whole, earlier)})"
    words += f". Most by {_item(group)}: " + ", ".join(
        f"{one.name} {usd(one.usd)} ({one.usd / whole:.0%})" for one in found[: slots.last_n or 3]
    )
    words += f".{note}{_cut(tools, ask, spent)}"
    rows = [_row(one, before.get(one.name), whole) for one in found[: slots.last_n or _MOST]]
    columns = [_item(group), "spent", "share", "before", "tokens", "for 1,000 tokens"]
    blocks: list[Block] = [cards.table(columns, rows)]
    if len(spent.spends[0].points) > 1:
        blocks.append(_stacked(tools, ask, spent, group))
    return words, blocks


def _cut(tools: Tools, ask: Ask, spent: Spent) -> str:
    """Said where the back end's figures begin after the time that was asked for."""
    first = min((point.at for one in spent.spends for point in one.points), default=spent.window.start)
    if first - spent.window.start <= spent.spends[0].step:
        return ""
    return f" The figures go back no further than {moment(first, ask.zone, tools.clock.now())}."


def _group(slots: CostSlots) -> tuple[str, str]:
    """By what, and a word where it is not what was asked for."""
    if slots.group_by in _KEYS:
        return slots.group_by, ""
    note = " I know no spend by person; this is by service." if slots.group_by == "person" else ""
    if slots.service is not None and not note:
        return "model", ""
    return "service", note


def _item(group: str) -> str:
    return "model or machine" if group == "model" else group


def _row(one: Part, before: Part | None, whole: float) -> list[str]:
    price = one.per_thousand_tokens
    return [
        one.name,
        usd(one.usd),
        f"{one.usd / whole:.0%}" if whole else "-",
        "-" if before is None else f"{usd(before.usd)} ({change(one.usd, before.usd)})",
        f"{one.tokens:,.0f}" if one.tokens else "-",
        "-" if price is None else f"{price:.4f} USD",
    ]


def _stacked(tools: Tools, ask: Ask, spent: Spent, group: str) -> Block:
    series: dict[str, dict[float, float]] = {}
    for one in spent.spends:
        sums = series.setdefault(_KEYS[group](one), {})
        for point in one.points:
            sums[point.at] = sums.get(point.at, 0.0) + point.value
    stacks = {name: [Point(at, value) for at, value in sorted(sums.items())] for name, sums in series.items()}
    step = spent.spends[0].step
    title = f"Cost{_on(ask.slots)} by {_item(group)}, each {'day' if step == DAY else 'hour'}"
    return charts.stacked(
        title, "USD", stacks, zone=ask.zone, now=tools.clock.now(), step=step, name=_item(group)
    )


def _unit(slots: CostSlots, spent: Spent) -> tuple[str, list[Block]]:
    """USD for 1,000 requests by service, and for 1,000 tokens by model."""
    requests: dict[str, float] = {}
    for service, count in spent.requests:
        requests[service] = requests.get(service, 0.0) + count
    by_service = parts(spent.spends, _KEYS["service"])
    rows = [
        [
            one.name,
            usd(one.usd),
            f"{requests[one.name]:,.0f}",
            f"{1000 * one.usd / requests[one.name]:.4f} USD",
        ]
        for one in by_service
        if requests.get(one.name)
    ]
    models = [one for one in parts(spent.spends, _KEYS["model"]) if one.name not in MACHINES and one.tokens]
    prices = [
        [one.name, usd(one.usd), f"{one.tokens:,.0f}", f"{one.per_thousand_tokens:.4f} USD"] for one in models
    ]
    said = [f"1,000 requests to {row[0]} cost {row[3]}" for row in rows[:3]] if slots.model is None else []
    said += [f"1,000 tokens of {row[0]} cost {row[3]}" for row in prices[:3]]
    blocks: list[Block] = []
    if rows:
        blocks.append(cards.table(["service", "spent", "requests", "for 1,000 requests"], rows))
    if prices:
        blocks.append(cards.table(["model", "spent", "tokens", "for 1,000 tokens"], prices))
    return f"{'; '.join(said)} ({spent.window.words}, all costs of it).", blocks


def _states(tools: Tools, slots: CostSlots, spent: Spent) -> list[BudgetState]:
    """How each budget that was asked for stands, the most used first."""
    now = tools.clock.now()
    _, end = month_of(now)
    wanted = [
        one
        for one in spent.budgets
        if (slots.team is None or (one.kind, one.scope) == ("team", slots.team))
        and (slots.service is None or (one.kind, one.scope) == ("service", slots.service))
    ]
    states = [
        budget_state(
            one,
            list(daily(of_budget(one, spent.history)).values()),
            total(of_budget(one, spent.month)),
            (end - now) / DAY,
        )
        for one in wanted
    ]
    return sorted(states, key=lambda one: -one.projection.likely / max(one.budget.monthly, 1e-9))


def _budgets(tools: Tools, slots: CostSlots, spent: Spent) -> tuple[str, list[Block]]:
    states = _states(tools, slots, spent)
    if not states:
        of = slots.service or slots.team or "anything"
        return (
            f"There is no budget for {of}. {usd(total(spent.spends))} were spent{_on(slots)} this month.",
            [],
        )
    rows = [
        [
            f"{one.budget.kind} {one.budget.scope}",
            usd(one.budget.monthly),
            f"{usd(one.projection.spent)} ({one.used:.0%})",
            f"{usd(one.projection.likely)} ({usd(one.projection.low)} to {usd(one.projection.high)})",
            one.state,
        ]
        for one in states
    ]
    over = [one for one in states if one.state != "within"]
    shown = over[:3] if over else states[:1]
    said = [_state(one) for one in shown]
    if len(states) > 1:
        head = f"{len(over)} of {len(states)} budgets" if over else f"All {len(states)} budgets"
        said.insert(0, f"{head} {'need a look' if over else 'will hold'}.")
    columns = ["budget", "a month", "spent so far", "expected by month's end", "state"]
    return " ".join(said), [cards.table(columns, rows)]


def _state(one: BudgetState) -> str:
    name = f"{one.budget.kind.capitalize()} {one.budget.scope}"
    words = (
        f"{name} has spent {usd(one.projection.spent)} of {usd(one.budget.monthly)} ({one.used:.0%}) this month and is "
        f"expected to end at {usd(one.projection.likely)}"
    )
    if one.state == "over":
        return f"{words}: the budget is used up."
    if one.gone_in is not None:
        return f"{words}: the budget is used up in {length(one.gone_in * DAY)}."
    return f"{words}: {one.state} budget." if one.state == "within" else f"{words}; it may be too much."


def _projection(tools: Tools, ask: Ask, spent: Spent) -> tuple[str, list[Block]]:
    """What the month will come to: all, or what was asked for."""
    slots: CostSlots = ask.slots
    now = tools.clock.now()
    _, end = month_of(now)
    mine = narrowed_history(tools, slots, spent)
    found = project(list(daily(mine).values()), total(spent.spends), (end - now) / DAY)
    words = (
        f"This month{_on(slots)} will come to about {usd(found.likely)} (between {usd(found.low)} and "
        f"{usd(found.high)}): {usd(found.spent)} so far and {length(end - now)} to go."
    )
    states = [one for one in _states(tools, slots, spent) if one.state != "within"]
    if states:
        words += " " + " ".join(_state(one) for one in states[:2])
    return words, [_stacked(tools, ask, spent, _group(slots)[0])]


def narrowed_history(tools: Tools, slots: CostSlots, spent: Spent) -> list[Spend]:
    names = {(one.service, one.environment, one.item) for one in spent.spends}
    return [one for one in spent.history if (one.service, one.environment, one.item) in names]


def _savings(tools: Tools, spent: Spent) -> tuple[str, list[Block]]:
    main = next(iter(tools.catalogue.environments))
    days = max((len(one.points) for one in spent.spends), default=1)
    ideas = savings(spent.spends, float(days), dict(spent.peaks), spent.capacity, main)
    if not ideas:
        return (
            f"I find nothing to save in the last {days} days: no idle replicas, no rise, no dearer model.",
            [],
        )
    whole = total(spent.spends) / days * 30.4
    words = (
        f"{len(ideas)} ideas, from the last {days} days ({usd(whole)} a month). The largest: {ideas[0].what}, "
        f"{usd(ideas[0].monthly)} a month, as {ideas[0].why}."
    )
    rows = [[one.what, usd(one.monthly), one.why] for one in ideas[:_MOST]]
    bars = charts.bars(
        "Savings a month", "USD", [(one.what, one.monthly) for one in ideas[:_MOST]], name="idea"
    )
    return words, [cards.table(["idea", "a month", "why"], rows), bars]
