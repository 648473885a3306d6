from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.errors import BadRequest
from runbooks.bounds import every_input, outside, said
from runbooks.schema import RunbookModel

MODEL = RunbookModel.model_validate(
    {
        "version": 1,
        "name": "scale",
        "description": "d",
        "owner": "o",
        "inputs": {
            "service": {"type": "service"},
            "environment": {"type": "environment"},
            "replicas": {"type": "integer", "default": 2},
            "share": {"type": "number", "default": 0.5},
            "fast": {"type": "boolean", "default": False},
            "size": {"type": "choice", "options": ["small", "large"], "default": "small"},
        },
        "steps": [{"id": "one", "uses": "x.y"}],
    }
)


def bounds(**wanted: Any) -> dict[str, Any]:
    return dict(every_input(MODEL, wanted, ["rag-api", "billing"], "production"))


def inputs(**changes: Any) -> dict[str, Any]:
    base = {"service": "rag-api", "environment": "production", "replicas": 2, "share": 0.5}
    return base | {"fast": False, "size": "small"} | changes


def test_an_input_without_a_bound_must_have_its_default() -> None:
    assert outside(bounds(), inputs()) is None
    for name, value in (("replicas", 3), ("share", 0.6), ("fast", True), ("size", "large")):
        assert outside(bounds(), inputs(**{name: value})) is not None


def test_ranges_and_lists_are_read_by_the_type_of_the_input() -> None:
    found = bounds(replicas="1..5", share="0.1,0.2", size="small,large", fast="yes,no")
    assert [said(found[name]) for name in ("replicas", "share", "size")] == [
        "1 to 5",
        "0.1, 0.2",
        "small, large",
    ]
    assert outside(found, inputs(replicas=5, share=0.2, size="large", fast=True)) is None
    assert outside(found, inputs(replicas=6, share=0.2)) == "replicas=6 is outside 1 to 5"


@pytest.mark.parametrize(
    "wanted",
    [
        {"share": "0..inf"},
        {"share": "nan"},
        {"replicas": "9" * 400},
        {"replicas": "5..1"},
        {"replicas": "many"},
        {"fast": "maybe"},
        {"colour": "red"},
    ],
)
def test_a_bound_that_cannot_be_read_is_refused(wanted: dict[str, str]) -> None:
    with pytest.raises(BadRequest):
        bounds(**wanted)


@pytest.mark.parametrize("value", [True, "2", None, [2], float("nan"), float("inf"), 2.5e300])
def test_a_value_of_another_kind_is_outside(value: Any) -> None:
    assert outside(bounds(replicas="1..5"), inputs(replicas=value)) is not None
    assert outside(bounds(), inputs(replicas=value)) is not None


def test_more_or_fewer_inputs_than_agreed_are_outside() -> None:
    assert outside(bounds(), inputs(more=1)) is not None
    assert outside(bounds(), {key: value for key, value in inputs().items() if key != "share"}) is not None


def test_a_bound_of_an_unknown_form_holds_nothing() -> None:
    assert outside(bounds() | {"replicas": {"any": True}}, inputs()) is not None
    assert outside(bounds() | {"replicas": {}}, inputs()) is not None


@settings(max_examples=200, deadline=None)
@given(low=st.integers(-50, 50), size=st.integers(0, 50), value=st.integers(-200, 200))
def test_within_a_range_is_within_its_ends(low: int, size: int, value: int) -> None:
    found = bounds(replicas=f"{low}..{low + size}")
    assert (outside(found, inputs(replicas=value)) is None) is (low <= value <= low + size)
