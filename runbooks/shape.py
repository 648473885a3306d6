"""Whether a runbook's content has the shape of the schema, in words for its author."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails
from rapidfuzz import process

from runbooks.expressions import did_you_mean
from runbooks.schema import KEYS, LATER, ROLES, RunbookModel
from runbooks.source import Path


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong, and where in the content."""

    path: Path
    what: str


def read_shape(definition: Mapping[str, Any]) -> tuple[RunbookModel | None, list[Problem]]:
    """The model and what is wrong with the shape; keys that are only unknown do not keep the rest from being read."""
    try:
        return RunbookModel.model_validate(definition), []
    except ValidationError as err:
        errors = err.errors()
    problems = [one for detail in errors for one in _problem(detail, errors)]
    if any(detail["type"] != "extra_forbidden" for detail in errors):
        return None, problems
    try:
        return RunbookModel.model_validate(
            _without(definition, [detail["loc"] for detail in errors])
        ), problems
    except ValidationError:
        return None, problems


def _problem(detail: ErrorDetails, errors: list[ErrorDetails]) -> list[Problem]:
    path = tuple(detail["loc"])
    parent, key, kind = path[:-1], str(path[-1]) if path else "", detail["type"]
    if kind == "extra_forbidden":
        words = (
            f"{key}: {LATER[key]}"
            if key in LATER
            else f"unknown key {key!r}.{did_you_mean(key, _known(parent))}"
        )
        return [Problem(path, words)]
    if kind == "missing":
        strangers = [
            str(one["loc"][-1]) for one in errors if tuple(one["loc"][:-1]) == parent and one["loc"] != path
        ]
        if any(one in LATER or _meant(one, parent) == key for one in strangers):
            return []
        return [Problem(parent, f"{key!r} is missing; add it")]
    if kind == "too_short" and detail["input"] and len(errors) > 1:
        return []
    if kind == "literal_error" and path[:2] in (("approval", "roles"), ("approval", "break_glass")):
        hint = f"{detail['input']!r} is not a role.{did_you_mean(str(detail['input']), ROLES)}"
        return [Problem(path, f"{hint} A group such as llm-oncall goes under `groups`.")]
    return [Problem(path, f"{'.'.join(map(str, path)) or 'the file'}: {detail['msg']}")]


def _meant(word: str, parent: Path) -> str | None:
    near = process.extractOne(word, _known(parent), score_cutoff=60)
    return near[0] if near else None


def _known(parent: Path) -> tuple[str, ...]:
    """The keys of the schema at this place."""
    places = enumerate(parent)
    named = parent[:1] and parent[0] in ("steps", "inputs", "triggers")
    return KEYS.get(
        tuple(
            "*" if isinstance(part, int) or (place == 1 and named) else str(part) for place, part in places
        ),
        (),
    )


def _without(definition: Mapping[str, Any], paths: list[Path]) -> dict[str, Any]:
    """A copy with the keys at these paths left out."""
    copy: dict[str, Any] = deepcopy(dict(definition))
    for path in paths:
        holder: Any = copy
        for part in path[:-1]:
            holder = holder[part]
        del holder[path[-1]]
    return copy
