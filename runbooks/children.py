"""`uses: runbook.run`: the steps of another runbook stand in the place of the step, before anything is compiled.

So one plan shows all writes, one approval is for all of them, and each is undone by its own undo. A child's steps are
called `<step>__<its own id>`; its `always` steps come with the others of the run.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from runbooks.handed import why_not
from runbooks.schema import RISKS
from runbooks.source import Path

USES = "runbook.run"
DEEPEST = 3

Find = Callable[[str], Mapping[str, Any] | None]
_ALLOWED = {"id", "uses", "with", "needs", "if"}
_TEMPLATE = re.compile(r"\$\{\{(.*?)\}\}", re.DOTALL)
_NAMES = re.compile(
    r"\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*'|(?<![\w.])(?P<root>inputs|steps)\s*\.\s*(?P<name>\w+)"
)


class ChildError(ValueError):
    """What is wrong with a `runbook.run`, and where in the parent."""

    def __init__(self, path: Path, what: str) -> None:
        super().__init__(what)
        self.path, self.what = path, what


@dataclass
class _Flat:
    """A definition in the making. `ends` are, for each step of the parent, the steps that must have ended for it."""

    definition: dict[str, Any]
    steps: list[dict[str, Any]] = field(default_factory=list)
    origins: list[int] = field(default_factory=list)
    ends: dict[str, list[str]] = field(default_factory=dict)
    last: list[str] = field(default_factory=list)

    def needs(self, step: Mapping[str, Any]) -> list[str]:
        wanted = step.get("needs")
        if not isinstance(wanted, list):
            return list(self.last)
        return [name for one in wanted for name in self.ends.get(str(one), [str(one)])]

    def add(self, step: dict[str, Any], place: int) -> None:
        self.steps.append(step)
        self.origins.append(place)


def inlined(
    definition: Mapping[str, Any], find: Find, chain: tuple[str, ...] = ()
) -> tuple[Mapping[str, Any], list[int]]:
    """The definition without any `runbook.run`, and for each of its steps the place of the one it came from.

    Raises ChildError.
    """
    steps = definition.get("steps")
    if not isinstance(steps, list) or not all(isinstance(step, Mapping) for step in steps):
        return definition, []
    if not any(step.get("uses") == USES for step in steps):
        return definition, list(range(len(steps)))
    chain = (*chain, str(definition.get("name")))
    flat = _Flat({key: value for key, value in definition.items() if key != "steps"})
    for place, step in enumerate(steps):
        if step.get("uses") == USES:
            _child(flat, step, place, find, chain)
        elif step.get("always"):
            flat.add(dict(step), place)
        else:
            flat.add({**step, "needs": flat.needs(step)}, place)
            flat.ends[str(step.get("id"))] = flat.last = [str(step.get("id"))]
    return {**flat.definition, "steps": flat.steps}, flat.origins


def _child(flat: _Flat, step: Mapping[str, Any], place: int, find: Find, chain: tuple[str, ...]) -> None:
    path: Path = ("steps", place)
    strange = sorted(set(step) - _ALLOWED)
    if strange:
        raise ChildError((*path, strange[0]), f"a {USES} step takes no {strange[0]!r}; write it in the child")
    with_ = step.get("with")
    if not isinstance(with_, Mapping) or set(with_) - {"runbook", "inputs"} or "runbook" not in with_:
        raise ChildError((*path, "with"), f"{USES} takes `runbook`, the id of another, and `inputs`")
    name, given = str(with_["runbook"]), with_.get("inputs") or {}
    if name in chain or len(chain) >= DEEPEST:
        way = " → ".join((*chain, name))
        raise ChildError((*path, "with"), f"runbooks run each other too deeply: {way}; at most {DEEPEST}")
    found = find(name)
    if found is None:
        raise ChildError((*path, "with"), f"there is no runbook {name!r} to run; check its id")
    child, _ = inlined(found, find, chain)
    prefix, before = f"{step.get('id')}__", flat.needs(step)
    words = _Words(prefix, _values(child, given, flat.definition, (*path, "with")))
    _tighten(flat.definition, child, words, path)
    inner: list[str] = []
    last = before
    for one in child["steps"]:
        made = words.step(one, step.get("if"))
        if not one.get("always"):
            wanted = one.get("needs")
            made["needs"] = (
                [f"{prefix}{name}" for name in wanted] or before if isinstance(wanted, list) else last
            )
            last = [made["id"]]
            inner.append(made["id"])
        flat.add(made, place)
    flat.ends[str(step.get("id"))] = flat.last = inner


def _values(
    child: Mapping[str, Any], given: Mapping[str, Any], parent: Mapping[str, Any], path: Path
) -> dict[str, str]:
    """Each input of the child as an expression of the parent, held to what the child allows."""
    declared: Mapping[str, Any] = child.get("inputs") or {}
    for name in given:
        if name not in declared:
            known = ", ".join(declared) or "none"
            raise ChildError(path, f"{child.get('name')} has no input {name!r}; it has {known}")
    values: dict[str, str] = {}
    for name, spec in declared.items():
        if name not in given and spec.get("required"):
            raise ChildError(path, f"{child.get('name')} needs its input {name!r}; give it under `inputs`")
        value = given.get(name, spec.get("default"))
        why = why_not(spec, value, parent.get("inputs") or {})
        if why is not None:
            raise ChildError(path, f"input {name!r} of {child.get('name')} {why}")
        whole = _TEMPLATE.fullmatch(value.strip()) if isinstance(value, str) else None
        if whole is not None:
            values[name] = f"({whole.group(1).strip()})"
        elif isinstance(value, Mapping | list) or "{{" in str(value) or "}}" in str(value):
            raise ChildError(path, f"input {name!r} of a child must be a plain value or one whole ${{{{ }}}}")
        else:
            values[name] = json.dumps(value)
    return values


def _tighten(parent: dict[str, Any], child: Mapping[str, Any], words: _Words, path: Path) -> None:
    """What a child is stricter in holds for the whole run."""
    for key in ("approval", "concurrency"):
        spec = child.get(key)
        if spec is None:
            continue
        own = {name: words.within(name, value) for name, value in spec.items()}
        if parent.setdefault(key, own) != own:
            what = f"{child.get('name')} has another {key}; write the same in both, or leave it out of one"
            raise ChildError((*path, "with"), what)
    risks = [one for one in (parent.get("risk"), child.get("risk")) if one in RISKS]
    if risks:
        parent["risk"] = max(risks, key=RISKS.index)


@dataclass(frozen=True)
class _Words:
    """Puts a child's expressions into the parent's names."""

    prefix: str
    values: Mapping[str, str]

    def expression(self, source: str) -> str:
        def put(hit: re.Match[str]) -> str:
            root, name = hit.group("root"), hit.group("name")
            if root is None:
                return hit.group(0)
            return self.values.get(name, hit.group(0)) if root == "inputs" else f"steps.{self.prefix}{name}"

        return _NAMES.sub(put, source)

    def within(self, key: str, value: Any) -> Any:
        """A value under `key`: expressions where they stand alone, templates elsewhere."""
        if isinstance(value, Mapping):
            return {name: self.within(name if key != "with" else "", one) for name, one in value.items()}
        if isinstance(value, list):
            return [self.within("", one) for one in value]
        if not isinstance(value, str):
            return value
        if key in ("if", "when", "expect", "foreach"):
            return self.expression(value)
        return _TEMPLATE.sub(lambda hit: f"${{{{ {self.expression(hit.group(1)).strip()} }}}}", value)

    def step(self, step: Mapping[str, Any], condition: str | None) -> dict[str, Any]:
        made = {key: self.within(key, value) for key, value in step.items() if key != "needs"}
        made["id"] = f"{self.prefix}{step.get('id')}"
        if condition is not None:
            made["if"] = f"({condition}) && ({made['if']})" if "if" in made else condition
        return made
