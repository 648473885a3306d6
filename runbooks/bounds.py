"""The bounds of inputs in an approval in advance: every input has one, and a value outside is not covered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from config.errors import BadRequest
from runbooks.schema import InputSpec, RunbookModel

Bound = Mapping[str, Any]
_MOST = 1e15


def every_input(
    model: RunbookModel, wanted: Mapping[str, Any], services: Sequence[str], environment: str
) -> dict[str, Bound]:
    """A bound for each input: services and environment as named, what was wanted, else its default.

    `wanted` has `0.1..0.5`, `a,b` or a value. Raises BadRequest.
    """
    for name in wanted:
        if name not in model.inputs:
            raise BadRequest(f"{model.name} has no input {name!r}; it has {', '.join(model.inputs)}.")
    found: dict[str, Bound] = {}
    for name, spec in model.inputs.items():
        if spec.type == "service":
            found[name] = {"one_of": sorted(set(services))}
        elif spec.type == "environment":
            found[name] = {"one_of": [environment]}
        elif name in wanted:
            found[name] = _bound(name, spec, wanted[name])
        else:
            found[name] = {"one_of": [spec.default]}
    return found


def outside(bounds: Mapping[str, Bound], inputs: Mapping[str, Any]) -> str | None:
    """What of the inputs is not within its bound, in words; None: all are."""
    if set(bounds) != set(inputs):
        return "the inputs are not those it was given for"
    for name, value in inputs.items():
        if not _within(bounds[name], value):
            return f"{name}={value} is outside {said(bounds[name])}"
    return None


def said(bound: Bound) -> str:
    """`0.1 to 0.5` or `a, b`."""
    if "one_of" in bound:
        return ", ".join(str(one) for one in bound["one_of"])
    return f"{bound['min']:g} to {bound['max']:g}" if set(bound) == {"min", "max"} else "nothing"


def _within(bound: Bound, value: Any) -> bool:
    if set(bound) == {"one_of"}:
        return any(_same(value, one) for one in bound["one_of"])
    if set(bound) == {"min", "max"}:
        return _number(value) and bound["min"] <= value <= bound["max"]
    return False


def _same(value: Any, one: Any) -> bool:
    if _number(value) and _number(one):
        return bool(value == one)
    return type(value) is type(one) and bool(value == one)


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _bound(name: str, spec: InputSpec, wanted: Any) -> Bound:
    words = wanted if isinstance(wanted, str) else ""
    if spec.type in ("number", "integer") and ".." in words:
        low, _, high = words.partition("..")
        least, most = _value(name, spec, low), _value(name, spec, high)
        if least > most:
            raise BadRequest(f"{name}={words}: the lower end is above the upper one.")
        return {"min": least, "max": most}
    values = words.split(",") if isinstance(wanted, str) else [wanted]
    return {"one_of": [_value(name, spec, one) for one in values]}


def _sane(value: float) -> float:
    if not -_MOST <= value <= _MOST:
        raise ValueError(value)
    return value


def _value(name: str, spec: InputSpec, wanted: Any) -> Any:
    try:
        match spec.type:
            case "integer":
                return _sane(int(wanted))
            case "number":
                return _sane(float(wanted))
            case "boolean":
                return {"true": True, "yes": True, "false": False, "no": False}[str(wanted).lower()]
            case _:
                return wanted if spec.options and wanted in spec.options else str(wanted).strip()
    except (ValueError, KeyError, TypeError) as err:
        raise BadRequest(f"{name}={wanted} is no {spec.type}; write a value, a,b or 1..5.") from err
