"""The two cards that live: a question to people, and a run. Made from the ledger's views (runbooks/views.py) alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rich.console import Group, RenderableType
from rich.text import Text

from bot.terminal.look import Look, View, changes, facts_table, framed, heading, plain
from bot.ticket import brief, checked, cost, reach, undo, wanted, writes
from bot.times import lasted, moment, parsed

#: a state's mark with Unicode, without, and its colour; the word is always beside it
MARKS: Mapping[str, tuple[str, str, str]] = {
    "new": ("·", ".", "dim"),
    "waiting": ("·", ".", "yellow"),
    "queued": ("·", ".", "dim"),
    "pending": ("?", "?", "yellow"),
    "started": ("▸", ">", "cyan"),
    "running": ("▸", ">", "cyan"),
    "undoing": ("↶", "<", "yellow"),
    "paused": ("‖", "=", "yellow"),
    "done": ("✓", "+", "green"),
    "approved": ("✓", "+", "green"),
    "succeeded": ("✓", "+", "green"),
    "skipped": ("–", "-", "dim"),
    "undone": ("↶", "<", "yellow"),
    "rolled_back": ("↶", "<", "yellow"),
    "unknown": ("?", "?", "red"),
}
_WORSE = ("✗", "x", "red")


def state(status: str, look: Look) -> Text:
    """`✓ done`: a mark and the word."""
    mark, simple, style = MARKS.get(status, _WORSE)
    return plain(f"{mark if look.unicode else simple} {status.replace('_', ' ')}", style)


def approval_card(view: View, look: Look) -> RenderableType:
    """What will change, how far it reaches, what is checked after, how it is undone, who may decide, the time left.

    One that is decided is a line with its decisions: its run shows the rest.
    """
    title = f"Approval {view['id']} · {view['runbook']} in {view['environment']}"
    if view["status"] != "pending":
        told = Text.assemble(heading(title), "  ", state(view["status"], look))
        return Group(told, *(_decision(one, look, "  ") for one in view["decisions"]))
    parts: list[RenderableType] = [heading("What will change")]
    parts.extend(part for step in writes(view) for part in _change(step, look))
    rows: list[tuple[str, RenderableType]] = [
        ("Reaches", plain(reach(view))),
        *(("Cost", plain(words)) for words in cost(view)),
        *((("Risk", plain(str(view["plan"]["risk"]))),) if view["plan"].get("risk") else ()),
        *(("Check after", plain(step["verify"])) for step in writes(view) if step.get("verify")),
        *(("Undo", plain(undo(step))) for step in writes(view)),
        ("Asked by", plain(view["requester"])),
        *_rights(view, look),
        *(("Decision", _decision(one, look)) for one in view["decisions"]),
        ("State", _standing(view, look)),
    ]
    parts.extend([Text(), facts_table(rows)])
    parts.extend([Text(), plain(look.approve.format(id=view["id"]), "cyan")])
    return framed(Group(*parts), title, "yellow", look)


def plan_card(plan: View, look: Look) -> RenderableType:
    """A plan that nobody has asked for yet: what each step would do."""
    view = {"plan": plan}
    rows = [(step["id"], plain(_planned(step))) for step in plan["steps"]]
    parts: list[RenderableType] = [heading("Steps"), facts_table(rows), Text(), heading("What would change")]
    changed = [part for step in writes(view) for part in _change(step, look)]
    parts.extend(changed or [plain("  nothing", "dim")])
    more = [("Reaches", plain(reach(view))), *(("Cost", plain(words)) for words in cost(view))]
    parts.extend([Text(), facts_table(more)])
    title = f"Plan · {plan['runbook']} in {plan['environment']} · risk {plan['risk']}"
    return framed(Group(*parts), title, "cyan", look)


def _planned(step: Mapping[str, Any]) -> str:
    words = [f"{step['action']} ({step['effect']})"]
    if step.get("condition", "runs") != "runs":
        words.append(str(step["condition"]))
    if step.get("verify"):
        words.append(f"check after: {step['verify']}")
    if step.get("undo"):
        words.append(f"undo: {step['undo']}")
    return "; ".join(words)


def _change(step: Mapping[str, Any], look: Look) -> Iterator[RenderableType]:
    yield plain(f"  {step.get('summary') or step['action']}")
    change = step.get("change")
    if isinstance(change, Mapping):
        before, after = change["before"], change["after"]
        rows = [[key, before.get(key), after[key]] for key in after if before.get(key) != after[key]]
        yield changes([[f"  {key}", old, new] for key, old, new in rows], look)
    elif change:
        yield plain(f"    {change}", "dim")


def _rights(view: View, look: Look) -> list[tuple[str, RenderableType]]:
    """Who may decide, and how many it takes."""
    names = ", ".join(look.deciders(view)) or "nobody: no person has the roles it wants"
    needs = [wanted(one) for one in view["required"]]
    return [("Needs", plain(", then ".join(needs))), ("May approve", plain(names))]


def _decision(one: Mapping[str, Any], look: Look, lead: str = "") -> Text:
    words = {"approve": "approved", "deny": "denied"}.get(one["decision"], str(one["decision"]))
    reason = f": {one['reason']}" if one.get("reason") else ""
    return plain(f"{lead}{words} by {one['by']} at {moment(parsed(one['at']), look.zone, look.now)}{reason}")


def _standing(view: View, look: Look) -> Text:
    until = parsed(view["expires_at"])
    if until <= look.now:
        return state("expired", look)
    shown = state("pending", look)
    return shown.append_text(
        plain(f", {lasted(until - look.now)} left (until {moment(until, look.zone, look.now)})")
    )


def run_card(view: View, look: Look) -> RenderableType:
    """A run's state and every step's."""
    dry = " (dry run)" if view.get("dry_run") else ""
    title = heading(f"Run {view['id']} · {view['runbook']}{dry}")
    head = Text.assemble(title, "  ", state(view["status"], look))
    known = view.get("inputs") or {}
    rows = [(f"  {step['id']}", step_line(step, look, known)) for step in view["steps"]]
    parts: list[RenderableType] = [head, facts_table(rows)]
    if view.get("error"):
        parts.append(plain(view["error"], "red"))
    return Group(*parts)


def step_line(step: Mapping[str, Any], look: Look, known: Mapping[str, Any]) -> Text:
    """`✓ done  deployments.rollback  2.1 s`, with the error or what the step found beyond the `known` inputs."""
    line = state(step["status"], look)
    line.append_text(plain(f"  {step['action']}", "dim"))
    if step.get("started_at") and step.get("ended_at"):
        line.append(f"  {lasted(parsed(step['ended_at']) - parsed(step['started_at']))}", "dim")
    if step.get("attempts", 0) > 1:
        line.append(f"  attempt {step['attempts']}", "yellow")
    if step.get("error"):
        line.append_text(plain(f"  {step['error']}", "red"))
    elif found := brief(step.get("output"), known):
        line.append_text(plain(f"  {found}"))
    if told := checked(step):
        line.append_text(plain(f"; {told[1]}", "red" if told[0] is False else ""))
    return line
