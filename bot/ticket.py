"""What a card about an approval or a run says, in words and the same for every face; made from the ledger's views."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from config.people import People
from insight.comparison import said
from runbooks.rights import who_can
from runbooks.views import required_of

View = Mapping[str, Any]
_WIDE = 100
#: outputs that only say again where a step ran
_DULL = frozenset({"place"})


def writes(view: View) -> list[Mapping[str, Any]]:
    """The steps of a view's plan that change what runs, those that are left out aside."""
    acting = (step for step in view["plan"]["steps"] if step["effect"] in ("write", "dangerous"))
    return [step for step in acting if step.get("condition") != "skipped"]


def reach(view: View) -> str:
    """The services it touches, who calls them, and their share of user traffic."""
    radius = view["plan"].get("blast_radius") or {}
    services = ", ".join(radius.get("services") or ()) or "nothing else"
    dependants = ", ".join(radius.get("dependants") or ())
    share = radius.get("traffic_share")
    words = services + (f"; called by {dependants}" if dependants else "")
    return words + (f"; {share:.0%} of user traffic" if share else "")


def cost(view: View) -> list[str]:
    """What it adds to or takes off the monthly bill; nothing where that stays."""
    monthly = view["plan"].get("cost")
    return [f"{monthly:+,.0f} USD a month"] if isinstance(monthly, int | float) and monthly else []


def undo(step: Mapping[str, Any]) -> str:
    """How a step is taken back."""
    return str(step["undo"]) if step.get("undo") else f"{step['action']} cannot be undone by this runbook"


def wanted(one: Mapping[str, Any]) -> str:
    """Whose and how many words one stage wants."""
    who = " or ".join(one["roles"]) or "anyone"
    groups = f" of {' or '.join(one['groups'])}" if one["groups"] else ""
    teams = f" of team {' or '.join(one['teams'])}" if one.get("teams") else ""
    people = f" ({', '.join(one['people'])})" if one.get("people") else ""
    other = ", not the requester" if one["not_requester"] else ""
    stage = f"{one['name']}: " if one.get("name") else ""
    return f"{stage}{one['count']} {who}{groups}{teams}{people}{other}"


def deciders(view: View, people: People) -> list[str]:
    """Ids of those who may still decide: everybody who can and has not spoken yet."""
    spoke = {one["by"] for one in view["decisions"]}
    found: list[str] = []
    for one in view["required"]:
        found.extend(who_can(required_of(one), people, view["requester"]))
    return [name for name in dict.fromkeys(found) if name not in spoke]


def checked(step: Mapping[str, Any]) -> tuple[bool | None, str] | None:
    """Whether the check after a step held (None: not yet), and its figure in words; None while nobody looked."""
    note = (step.get("output") or {}).get("verify")
    if not isinstance(note, Mapping):
        return None
    result = note.get("result")
    value = result.get("value") if isinstance(result, Mapping) else None
    figure = ""
    if isinstance(result, Mapping) and isinstance(value, int | float):
        metric = str(result.get("metric", "it")).replace("_", " ")
        figure = f"{metric} is {said(value, str(result.get('unit', '')))}"
    if note["ok"] is None:
        return None, f"not well yet: {figure or note['why']}"
    if note["ok"]:
        return True, f"checked: {figure or 'yes'}"
    return False, "; ".join(one for one in ("check failed", figure, str(note["why"])) if one)


def brief(output: object, known: Mapping[str, Any]) -> str:
    """A step's output in a few words: its plain values that say something new, as the action ordered them."""
    if not isinstance(output, Mapping):
        return ""
    pairs = [
        (key, value)
        for key, value in output.items()
        if isinstance(value, str | int | float | bool) and key not in _DULL and known.get(key) != value
    ]
    words = ", ".join(f"{key} {_short(value)}" for key, value in pairs)
    return words if len(words) <= _WIDE else words[: _WIDE - 1] + "…"


def _short(value: str | int | float | bool) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:.4g}" if isinstance(value, float) else str(value)
