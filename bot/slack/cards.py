"""The two cards that live in Slack: a question to people, and a run. Made from the ledger's views alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.slack import forms, rich
from bot.slack.buttons import Buttons
from bot.slack.rich import Block, Element
from bot.ticket import brief, checked, cost, reach, undo, wanted, writes
from bot.times import lasted, parsed

View = Mapping[str, Any]
#: a state's mark; the word is always beside it
_MARKS = {
    "new": "·", "waiting": "·", "queued": "·", "pending": "?", "started": "▸", "running": "▸", "undoing": "↶",
    "paused": "‖", "done": "✓", "approved": "✓", "succeeded": "✓", "skipped": "–", "undone": "↶", "rolled_back": "↶",
    "unknown": "?",
}  # fmt: skip
_MOST_STEPS = 30


@dataclass(frozen=True)
class Look:
    """What cards are made with: the instant, who may still decide, people's names, the signer of buttons."""

    now: float
    deciders: Sequence[str]
    names: Mapping[str, str]
    buttons: Buttons

    def name(self, person: str) -> str:
        return self.names.get(person, person)


def state(status: str) -> str:
    return f"{_MARKS.get(status, '✗')} {status.replace('_', ' ')}"


def fact(label: str, *elements: Element) -> list[Element]:
    return [rich.run(f"{label}: ", bold=True), *elements, rich.run("\n")]


def approval(view: View, look: Look) -> list[Block]:
    """What will change, how far it reaches, what is checked, how it is undone, who may decide, until when."""
    title = f"Approval: {view['runbook']} in {view['environment']}"
    blocks = [rich.header(title), *_changes(view), *fitting(_facts(view, look))]
    if open_now(view, look):
        blocks.append(rich.actions(look.buttons.of(view)))
    return blocks


def plan_modal(view: View, look: Look) -> dict[str, Any]:
    """Every step of the plan, with its effect, inputs, check and undo."""
    blocks = _changes(view)
    for step in view["plan"]["steps"][:_MOST_STEPS]:
        elements = [rich.run(f"{step['id']}: {step['action']} ({step['effect']})\n", bold=True)]
        for name, value in step["inputs"].items():
            elements.append(rich.run(f"    {name}: {_value(value)}\n"))
        for label in ("verify", "undo"):
            if step.get(label):
                elements += fact(f"    {label}", rich.run(rich.cut(str(step[label]), 400)))
        blocks += fitting(elements)
    facts = [*fact("Plan", rich.run(view["plan_hash"], code=True)), *_facts(view, look)]
    return forms.modal("details", "Plan in full", [*blocks, *fitting(facts)])


def open_now(view: View, look: Look) -> bool:
    return view["status"] == "pending" and parsed(view["expires_at"]) > look.now


def _changes(view: View) -> list[Block]:
    elements: list[Element] = [rich.run("What will change\n", bold=True)]
    for step in writes(view):
        elements.append(rich.run(f"{step.get('summary') or step['action']}\n"))
        change = step.get("change")
        if isinstance(change, Mapping):
            elements += [part for line in differing(change["before"], change["after"]) for part in line]
        elif change:
            elements.append(rich.run(f"{change}\n", italic=True))
    return fitting(elements)


def differing(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[list[Element]]:
    """A line a key whose value changes: `version: ~~1.2~~ → 1.3`."""
    return [
        [
            rich.run(f"    {key}: "),
            rich.run(_value(before.get(key)), strike=True),
            rich.run(" → "),
            rich.run(_value(after[key]), bold=True),
            rich.run("\n"),
        ]
        for key in after
        if before.get(key) != after[key]
    ]


def _value(value: object) -> str:
    return "nothing" if value is None else rich.cut(str(value), 300)


def _facts(view: View, look: Look) -> list[Element]:
    plan, changing = view["plan"], writes(view)
    found: list[Element] = []
    if plan.get("risk"):
        found += fact("Risk", rich.run(str(plan["risk"])))
    found += fact("Reaches", rich.run(reach(view)))
    for words in cost(view):
        found += fact("Cost", rich.run(words))
    for step in changing:
        if step.get("verify"):
            found += fact("Check after", rich.run(rich.cut(str(step["verify"]), 400)))
    for step in changing:
        found += fact("Undo", rich.run(rich.cut(undo(step), 400)))
    found += fact("Asked by", rich.run(look.name(view["requester"])))
    found += fact("Needs", rich.run(", then ".join(wanted(one) for one in view["required"])))
    if open_now(view, look):
        names = ", ".join(look.name(one) for one in look.deciders)
        found += fact("May approve", rich.run(names or "nobody: no person has the roles it wants"))
    for one in view["decisions"]:
        found += _decision(one, look)
    return found + _standing(view, look)


def _decision(one: Mapping[str, Any], look: Look) -> list[Element]:
    said = {"approve": "Approved by", "deny": "Denied by"}.get(one["decision"], str(one["decision"]))
    reason = f" ({rich.cut(str(one['reason']), 300)})" if one.get("reason") else ""
    when = rich.instant(parsed(one["at"]), str(one["at"]))
    return fact(said, rich.run(f"{look.name(one['by'])}{reason}, "), when)


def _standing(view: View, look: Look) -> list[Element]:
    if not open_now(view, look):
        over = "expired" if view["status"] == "pending" else str(view["status"])
        return fact("State", rich.run(state(over)))
    until = parsed(view["expires_at"])
    left = rich.run(f"{lasted(until - look.now)} left, until ")
    return fact("State", rich.run(f"{state('pending')}, "), left, rich.instant(until, view["expires_at"]))


def run(view: View, look: Look) -> list[Block]:
    """A run's state and every step's."""
    dry = " (dry run)" if view.get("dry_run") else ""
    elements = [
        rich.run(f"Run {view['id']} · {view['runbook']}{dry}  ", bold=True),
        rich.run(f"{state(view['status'])}\n"),
    ]
    known = view.get("inputs") or {}
    for step in view["steps"][:_MOST_STEPS]:
        elements += _step(step, known)
    if len(view["steps"]) > _MOST_STEPS:
        elements.append(rich.run(f"… and {len(view['steps']) - _MOST_STEPS} steps more\n"))
    if view.get("error"):
        elements.append(rich.run(rich.cut(str(view["error"]), 600)))
    return fitting(elements)


def _step(step: Mapping[str, Any], known: Mapping[str, Any]) -> list[Element]:
    words = f"    {state(step['status'])}  {step['id']}"
    if step.get("started_at") and step.get("ended_at"):
        words += f", {lasted(parsed(step['ended_at']) - parsed(step['started_at']))}"
    if step.get("attempts", 0) > 1:
        words += f", attempt {step['attempts']}"
    if step.get("error"):
        words += f": {rich.cut(str(step['error']), 300)}"
    elif found := brief(step.get("output"), known):
        words += f": {found}"
    if told := checked(step):
        words += f"; {told[1]}"
    return [rich.run(f"{words}\n")]


def fitting(elements: Sequence[Element]) -> list[Block]:
    """The elements in as many blocks as their length wants."""
    blocks: list[Block] = []
    held: list[Element] = []
    length = 0
    for element in elements:
        long = len(element.get("text", ""))
        if held and length + long > rich.MOST_TEXT:
            blocks.append(rich.rich(rich.section(held)))
            held, length = [], 0
        held.append(element | ({"text": rich.cut(element["text"], rich.MOST_TEXT)} if long else {}))
        length += long
    return [*blocks, rich.rich(rich.section(held))] if held else blocks
