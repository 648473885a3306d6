"""A runbook's inputs as the fields of a form, and back: typed, with defaults, checked where they are typed."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import Any

from bot.slack import rich
from bot.slack.forms import plain
from config.catalogue import Catalogue
from config.errors import BadRequest
from runbooks.compiler import Runbook
from runbooks.inputs import LONGEST, read_inputs
from runbooks.schema import InputSpec

#: options of a static menu (docs.slack.dev, "Select menu element")
_MOST_OPTIONS = 100
_PREFIX = "in:"
#: names that are looked up while they are typed: a company may have more of them than a static menu holds
LOOKED_UP = ("service", "environment")


def fields(runbook: Runbook, values: Mapping[str, Any]) -> list[rich.Block]:
    """One input block for each declared input; `values` are shown as they stand, else the default."""
    return [_field(name, spec, values.get(name, spec.default)) for name, spec in runbook.model.inputs.items()]


def _field(name: str, spec: InputSpec, value: Any) -> rich.Block:
    block: rich.Block = {
        "type": "input",
        "block_id": f"{_PREFIX}{name}",
        "label": plain(name.replace("_", " ").capitalize()),
        "optional": not spec.required or spec.default is not None,
        "element": {"action_id": "value", **_element(spec, value)},
    }
    hint = spec.description or _bounds(spec)
    return block | ({"hint": plain(rich.cut(hint, 1_900))} if hint else {})


def _element(spec: InputSpec, value: Any) -> dict[str, Any]:
    if spec.type in LOOKED_UP:
        chosen = {"initial_option": option(str(value))} if value is not None else {}
        return {"type": "external_select", "min_query_length": 0, "action_id": f"find.{spec.type}", **chosen}
    if spec.type in ("choice", "boolean"):
        words = [str(one) for one in spec.options] if spec.type == "choice" else ["true", "false"]
        chosen = (
            {"initial_option": option(_text(value))} if value is not None and _text(value) in words else {}
        )
        return {"type": "static_select", "options": [option(one) for one in words[:_MOST_OPTIONS]], **chosen}
    shown = {} if value is None else {"initial_value": _text(value)}
    if spec.type in ("integer", "number"):
        bounds = {
            f"{side}_value": f"{end:g}"
            for side, end in (("min", spec.min), ("max", spec.max))
            if end is not None
        }
        return {"type": "number_input", "is_decimal_allowed": spec.type == "number", **bounds, **shown}
    most = int(min(spec.max or LONGEST, LONGEST))
    return {"type": "plain_text_input", "max_length": most, "multiline": most > 200, **shown}


def _bounds(spec: InputSpec) -> str:
    if spec.type not in ("integer", "number"):
        return ""
    ends = [
        f"at least {spec.min:g}" if spec.min is not None else "",
        f"at most {spec.max:g}" if spec.max is not None else "",
    ]
    return ", ".join(one for one in ends if one)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value:g}" if isinstance(value, float) else str(value)


def option(name: str) -> dict[str, Any]:
    """A menu's option: label and value are the same words."""
    return {"text": plain(rich.cut(name, rich.MOST_LABEL)), "value": name[:150]}


def typed(view: Mapping[str, Any]) -> dict[str, str]:
    """What stands in the fields of a form that was sent in, by input."""
    found: dict[str, str] = {}
    for block, held in view["state"]["values"].items():
        if not block.startswith(_PREFIX):
            continue
        field: Mapping[str, Any] = next(iter(held.values()), {})
        value = field.get("value") or (field.get("selected_option") or {}).get("value")
        if value is not None and str(value).strip():
            found[block.removeprefix(_PREFIX)] = str(value).strip()
    return found


def problems(runbook: Runbook, given: Mapping[str, str], catalogue: Catalogue) -> dict[str, str]:
    """Words for each field that cannot be read, by block id; empty: all can."""
    wrong: dict[str, str] = {}
    for name, spec in runbook.model.inputs.items():
        one = {other: given[other] for other in given if other == name}
        if not one and not spec.required:
            continue
        try:
            read_inputs(runbook, {**_others(runbook, name, catalogue), **one}, catalogue)
        except BadRequest as err:
            wrong[f"{_PREFIX}{name}"] = rich.cut(str(err), 150)
    return wrong


def _others(runbook: Runbook, name: str, catalogue: Catalogue) -> dict[str, Any]:
    """Something readable for every other required input, so that one field's words are its own."""
    sample: dict[str, Any] = {}
    for other, spec in runbook.model.inputs.items():
        if other == name or not spec.required or spec.default is not None:
            continue
        sample[other] = {
            "service": next(iter(catalogue.services), ""),
            "environment": next(iter(catalogue.environments), ""),
            "choice": spec.options[0] if spec.options else "",
            "boolean": True,
            "string": "x" * int(spec.min or 1),
        }.get(spec.type, spec.min if spec.min is not None else spec.max if spec.max is not None else 1)
    return sample


def words(given: Mapping[str, str]) -> str:
    """The inputs as an exact command has them: `service=rag-api note='two words'`."""
    return " ".join(f"{name}={shlex.quote(value)}" for name, value in given.items())
