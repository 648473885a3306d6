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
from runbooks.schema import Verify

_INPUT = re.compile(r"\binputs\.(\w+)")
_FIGURE = re.compile(r"^result\.value\s*(<=|>=|<|>)\s*([0-9.eE+-]+)$")


def check_words(step: CompiledStep, variables: Mapping[str, Any]) -> str | None:
    """`error rate of rag-api < 2 % within 5 min`; an expectation that is no plain figure stands as it is written."""
    spec = step.spec.verify
    if spec is None or step.verify is None:
        return None
    expect = _INPUT.sub(lambda one: _value(variables["inputs"], one), spec.expect)
    given, figure = _known(step.verify, variables), _FIGURE.match(expect)
    metric = str(given.get("metric", ""))
    of = f" of {given['service']}" if "service" in given else ""
    if figure is not None and metric in METRICS:
        expect = f"{figure[1]} {said(float(figure[2]), METRICS[metric])}"
        return f"{metric.replace('_', ' ')}{of} {expect} {_when(spec)}"
    return f"{spec.uses}{of}: {expect} {_when(spec)}"


def undo_words(step: CompiledStep, variables: Mapping[str, Any], environment: str) -> str | None:
    """`deployments.release of rag-api, version 5.97.3`."""
    if step.undo is None:
        return None
    given = _known(step.undo, variables)
    of = f" of {given['service']}" if "service" in given else ""
    rest = [f"{key} {value}" for key, value in given.items() if key != "service" and value != environment]
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


def _value(inputs: Mapping[str, Any], found: re.Match[str]) -> str:
    return json.dumps(inputs[found[1]]) if found[1] in inputs else found[0]


def _when(spec: Verify) -> str:
    settle = f", from {_length(spec.settle)} after it on" if spec.settle else ""
    return f"within {_length(spec.within)}{settle}"


def _length(seconds: float) -> str:
    return f"{seconds / 60:g} min" if seconds >= 60 and seconds % 60 == 0 else f"{seconds:g} s"
