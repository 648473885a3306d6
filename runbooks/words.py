"""A step's check and undo in words for the card: with the values that are known when it is shown."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from config.errors import CopilotError
from insight.comparison import said
from insight.facts import METRICS
from runbooks.compiler import CompiledCall, CompiledStep
from runbooks.expressions import compile_expression
from runbooks.schema import Verify

_INPUT = re.compile(r"\binputs\.(\w+)")
_FIGURE = re.compile(r"^result\.value\s*(<=|>=|<|>)([^=&|].*)$", re.DOTALL)


def check_words(step: CompiledStep, variables: Mapping[str, Any]) -> str | None:
    """`error rate of rag-api < 2 % within 5 min`; an expectation that is no plain figure stands as it is written."""
    spec = step.spec.verify
    if spec is None or step.verify is None:
        return None
    given, figure = _known(step.verify, variables), _figure(spec.expect, variables)
    metric = str(given.get("metric", ""))
    of = f" of {given['service']}" if "service" in given else ""
    expect = _INPUT.sub(lambda one: _value(variables["inputs"], one), spec.expect)
    if figure is not None and metric in METRICS:
        expect = f"{figure[0]} {said(figure[1], METRICS[metric])}"
        return f"{metric.replace('_', ' ')}{of} {expect} {_when(spec)}"
    return f"{spec.uses}{of}: {expect} {_when(spec)}"


def _figure(expect: str, variables: Mapping[str, Any]) -> tuple[str, float] | None:
    """The sign and the number of `result.value < …`, once everything that the number is made of is known."""
    found = _FIGURE.match(expect.strip())
    if found is None:
        return None
    try:
        value = compile_expression(found[2]).evaluate({**variables, "result": None, "item": None})
    except CopilotError:
        return None
    return (
        (found[1], float(value)) if isinstance(value, int | float) and not isinstance(value, bool) else None
    )


def undo_words(step: CompiledStep, variables: Mapping[str, Any], environment: str) -> str | None:
    """`deployments.release of rag-api, version 5.97.3`."""
    if step.undo is None:
        return None
    given = _known(step.undo, variables)
    of = f" of {given['service']}" if "service" in given else ""
    rest = [
        f"{key} {_shown(value)}" for key, value in given.items() if key != "service" and value != environment
    ]
    return f"{step.undo.uses}{of}{''.join(f', {one}' for one in rest)}"


def _known(call: CompiledCall, variables: Mapping[str, Any]) -> dict[str, Any]:
    """The inputs that can be resolved already; one that a step must make known first is left out."""
    found = {}
    for key, one in call.with_.parts():
        try:
            value = one.resolve(variables)
        except CopilotError:
            continue
        if value is not None:
            found[key] = value
    return found


def _shown(value: object) -> str:
    if isinstance(value, Mapping):
        return " ".join(f"{key}={_shown(one)}" for key, one in sorted(value.items()))
    return f"{value:.0f}" if isinstance(value, float) and value.is_integer() else str(value)


def _value(inputs: Mapping[str, Any], found: re.Match[str]) -> str:
    return json.dumps(inputs[found[1]]) if found[1] in inputs else found[0]


def _when(spec: Verify) -> str:
    settle = f", from {_length(spec.settle)} after it on" if spec.settle else ""
    return f"within {_length(spec.within)}{settle}"


def _length(seconds: float) -> str:
    return f"{seconds / 60:g} min" if seconds >= 60 and seconds % 60 == 0 else f"{seconds:g} s"
