from __future__ import annotations

from typing import Any

import pytest

from runbooks.children import ChildError, inlined
from runbooks.handed import why_not

RATE = {"type": "number", "min": 0, "max": 1}
WORD = {"type": "string", "max": 3}
SIZE = {"type": "choice", "options": ["s", "m", "l"]}


@pytest.mark.parametrize(
    ("spec", "value"),
    [
        (RATE, 0),
        (RATE, 0.5),
        (RATE, None),
        (RATE, "${{ inputs.rate }}"),
        (WORD, "abc"),
        (SIZE, "m"),
        (SIZE, "${{ inputs.size }}"),
        ({"type": "service"}, "${{ steps.look.output.service }}"),
        ({"type": "service"}, "${{ inputs.anything }}"),
    ],
)
def test_what_the_child_allows_is_handed_in(spec: dict[str, Any], value: Any) -> None:
    outer = {"rate": {"min": 0.1, "max": 0.9}, "size": {"options": ["s", "m"]}, "anything": {}}
    assert why_not(spec, value, outer) is None


@pytest.mark.parametrize(
    ("spec", "value", "words"),
    [
        (RATE, 1.5, "is 1.5; it has min 0, max 1"),
        (RATE, -1, "is -1; it has min 0, max 1"),
        (WORD, "abcd", "is 'abcd'; it has max 3"),
        (SIZE, "xl", "is 'xl'; it has options"),
        (RATE, "${{ inputs.rate }}", "your input 'rate', which it is given, allows more; give that the same"),
        (RATE, "${{ inputs.low }}", "allows more"),
        (SIZE, "${{ inputs.rate }}", "allows more"),
        (RATE, "${{ inputs.low + 1.0 }}", "give a plain value, or an input of yours that has the same"),
        (RATE, "${{ inputs.gone }}", "give a plain value"),
    ],
)
def test_what_may_be_beyond_it_is_refused_with_what_is_wanted(
    spec: dict[str, Any], value: Any, words: str
) -> None:
    found = why_not(spec, value, {"rate": {"type": "number"}, "low": {"max": 1}})
    assert found is not None
    assert words in found


def test_a_runbook_that_hands_in_too_much_is_not_loaded() -> None:
    step = {"id": "a", "uses": "note.add", "with": {"text": "${{ inputs.rate }}"}}
    child = {"name": "child", "inputs": {"rate": RATE}, "steps": [step]}
    up = {"id": "p", "uses": "runbook.run", "with": {"runbook": "child", "inputs": {"rate": 7}}}
    with pytest.raises(ChildError, match="input 'rate' of child is 7; it has min 0, max 1"):
        inlined({"name": "parent", "steps": [up]}, {"child": child}.get)
