"""Forms made from a runbook's declared inputs, and what people filled in, read back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from config.catalogue import Catalogue
from runbooks.inputs import LONGEST
from runbooks.schema import InputSpec, RunbookModel

#: names of a form's inputs begin with this, so that none can be taken for a field of ours
PREFIX = "in."


@dataclass(frozen=True, slots=True)
class Field:
    """One input as a form shows it. `options` (value, words) make it a choice; `kind` is text, number or long."""

    name: str
    label: str
    kind: str
    value: str
    required: bool
    hint: str
    options: tuple[tuple[str, str], ...] = ()
    least: str = ""
    most: str = ""
    step: str = ""


def fields(model: RunbookModel, catalogue: Catalogue, filled: Mapping[str, Any]) -> list[Field]:
    """The runbook's inputs in their order; `filled` are the values that are in them, over the defaults."""
    return [
        _field(name, spec, catalogue, filled.get(name, spec.default)) for name, spec in model.inputs.items()
    ]


def given(form: Mapping[str, str]) -> dict[str, str]:
    """The inputs that a form brought, as text; what was left empty is not given."""
    return {
        name.removeprefix(PREFIX): value.strip()
        for name, value in form.items()
        if name.startswith(PREFIX) and value.strip()
    }


def _field(name: str, spec: InputSpec, catalogue: Catalogue, value: Any) -> Field:
    known = {
        "service": tuple(catalogue.services),
        "environment": tuple(catalogue.environments),
        "choice": tuple(str(one) for one in spec.options),
        "boolean": ("true", "false"),
    }.get(spec.type, ())
    words = {"true": "yes", "false": "no"} if spec.type == "boolean" else {}
    options = tuple((one, words.get(one, one)) for one in known)
    number = spec.type in ("integer", "number")
    return Field(
        name=f"{PREFIX}{name}",
        label=name.replace("_", " "),
        kind="number"
        if number
        else "long"
        if spec.type == "string" and (spec.max or LONGEST) > 200
        else "text",
        value=_text(value),
        required=spec.required and spec.default is None,
        hint=" ".join(one for one in (spec.description, _bounds(spec)) if one),
        options=options,
        least="" if spec.min is None else f"{spec.min:g}",
        most=f"{spec.max:g}" if spec.max is not None else "" if number else str(LONGEST),
        step="1" if spec.type == "integer" else "any" if number else "",
    )


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _bounds(spec: InputSpec) -> str:
    if spec.type not in ("integer", "number") or (spec.min is None and spec.max is None):
        return ""
    if spec.min is not None and spec.max is not None:
        return f"From {spec.min:g} to {spec.max:g}."
    return f"At least {spec.min:g}." if spec.min is not None else f"At most {spec.max:g}."
