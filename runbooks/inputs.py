"""The inputs of a run: read as the types the runbook declares, against the catalogue."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from config.catalogue import Catalogue
from config.errors import BadRequest
from config.redaction import Redactor
from runbooks.compiler import Runbook
from runbooks.expressions import did_you_mean
from runbooks.schema import InputSpec

LONGEST = 1_000
_BY_SHAPE = Redactor()


def read_inputs(runbook: Runbook, given: Mapping[str, Any], catalogue: Catalogue) -> dict[str, Any]:
    """Every declared input with its value (None where it is optional and not given).

    Text such as a command line gives is read as the declared type. Raises BadRequest naming each wrong input.
    """
    declared = runbook.model.inputs
    wrong = [
        f"{runbook.id} has no input {name!r}.{did_you_mean(name, declared)}"
        for name in given
        if name not in declared
    ]
    values: dict[str, Any] = {}
    for name, spec in declared.items():
        value = given.get(name)
        if value is None or value == "":
            value = spec.default
        if value is None:
            if spec.required:
                wrong.append(f"{name} is missing: {spec.description or 'a ' + spec.type}.")
            values[name] = None
            continue
        try:
            values[name] = _read(spec, value, catalogue)
        except ValueError as err:
            wrong.append(f"{name}: {err}")
    if wrong:
        raise BadRequest(" ".join(wrong))
    return values


def _read(spec: InputSpec, value: Any, catalogue: Catalogue) -> Any:
    if spec.type == "service":
        return _one_of(value, catalogue.services, "a service")
    if spec.type == "environment":
        return _one_of(value, catalogue.environments, "an environment")
    if spec.type == "choice":
        by_text = {str(option): option for option in spec.options}
        return by_text[_one_of(str(value), by_text, "one of its options")]
    if spec.type == "boolean":
        return _boolean(value)
    if spec.type == "string":
        return _text(spec, value)
    return _number(spec, value)


def _one_of(value: Any, known: Mapping[str, Any], what: str) -> str:
    if not isinstance(value, str) or value not in known:
        raise ValueError(f"{str(value)[:80]!r} is not {what}.{did_you_mean(str(value)[:80], known)}")
    return value


def _boolean(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    word = str(value).strip().lower()
    if word not in ("true", "false", "yes", "no"):
        raise ValueError(f"{str(value)[:80]!r} is neither true nor false.")
    return word in ("true", "yes")


def _text(spec: InputSpec, value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{value!r} is not text.")
    least, most = spec.min or 0, min(spec.max or LONGEST, LONGEST)
    if not least <= len(value) <= most:
        raise ValueError(f"has {len(value)} characters; {least:g} to {most:g} are wanted.")
    if any(not one.isprintable() and one not in "\n\t" for one in value):
        raise ValueError("holds control characters; give plain text.")
    if kinds := _BY_SHAPE.kinds(value):
        raise ValueError(
            f"looks like a secret ({', '.join(kinds)}), and inputs are kept and shown. Give the name under which it "
            "is stored instead; this one has been typed here, so rotate it."
        )
    return value


def _number(spec: InputSpec, value: Any) -> int | float:
    kind = "a whole number" if spec.type == "integer" else "a number"
    try:
        if isinstance(value, bool):
            raise ValueError
        number = float(value)
        if spec.type == "integer" and (not number.is_integer() or abs(number) > 2**53):
            raise ValueError
    except (TypeError, ValueError, OverflowError):
        raise ValueError(f"{str(value)[:80]!r} is not {kind}.") from None
    if not math.isfinite(number):
        raise ValueError(f"{str(value)[:80]!r} is not {kind}.")
    if spec.min is not None and number < spec.min:
        raise ValueError(f"{number:g} is below {spec.min:g}, the least.")
    if spec.max is not None and number > spec.max:
        raise ValueError(f"{number:g} is above {spec.max:g}, the most.")
    return int(number) if spec.type == "integer" else number
