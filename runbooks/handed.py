"""What a parent hands to a child's input must be what the child allows: known before anything runs.

A child's inputs are no inputs of the run, so nothing would check them later.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_WHOLE = re.compile(r"\$\{\{\s*(.*?)\s*\}\}", re.DOTALL)
_INPUT = re.compile(r"inputs\.(\w+)")
_LIMITS = ("min", "max", "options")


def why_not(spec: Mapping[str, Any], value: Any, outer: Mapping[str, Any]) -> str | None:
    """Why `value` (plain, or an expression over the parent's inputs `outer`) may not be handed in; None: it may."""
    limits = {key: spec[key] for key in _LIMITS if spec.get(key) not in (None, [])}
    whole = _WHOLE.fullmatch(value.strip()) if isinstance(value, str) else None
    if whole is None:
        return None if value is None else _plain(limits, value)
    found = _INPUT.fullmatch(whole[1])
    if found is not None and isinstance(outer.get(found[1]), Mapping):
        return _as_tight(limits, found[1], outer[found[1]])
    if limits:
        return f"has {_words(limits)}; give a plain value, or an input of yours that has the same"
    return None


def _plain(limits: Mapping[str, Any], value: Any) -> str | None:
    size = len(value) if isinstance(value, str) else value
    if "options" in limits:
        return None if value in limits["options"] else f"is {value!r}; it has {_words(limits)}"
    if not isinstance(size, int | float):
        return None
    least, most = limits.get("min", size), limits.get("max", size)
    return None if least <= size <= most else f"is {value!r}; it has {_words(limits)}"


def _as_tight(limits: Mapping[str, Any], name: str, mine: Mapping[str, Any]) -> str | None:
    """Whether each value that the parent's input may have is one that the child allows."""
    least, most, options = mine.get("min"), mine.get("max"), mine.get("options") or []
    loose = "min" in limits and (least is None or least < limits["min"])
    loose = loose or ("max" in limits and (most is None or most > limits["max"]))
    loose = loose or ("options" in limits and not (options and set(options) <= set(limits["options"])))
    if not loose:
        return None
    return (
        f"has {_words(limits)}, and your input {name!r}, which it is given, allows more; give that the same"
    )


def _words(limits: Mapping[str, Any]) -> str:
    return ", ".join(f"{key} {value}" for key, value in limits.items())
