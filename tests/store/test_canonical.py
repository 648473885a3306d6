"""Canonical JSON: the same bytes for the same value."""

from __future__ import annotations

import json
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from store.canonical import canonical, compact

JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=200, deadline=None)
@given(JSON)
def test_reading_it_back_and_writing_it_again_gives_the_same_bytes(value: Any) -> None:
    written = canonical(value)
    assert written.isascii()
    assert json.loads(written) == value
    assert canonical(json.loads(written)) == written
    assert canonical(json.loads(compact(value))) == written


def test_keys_are_sorted_and_nothing_is_spaced() -> None:
    assert (
        canonical({"b": 1, "a": [1, 2.5, None], "é": (True,)}) == '{"a":[1,2.5,null],"b":1,"\\u00e9":[true]}'
    )
    assert compact({"b": 1, "a": 2}) == '{"b":1,"a":2}'


def test_mappings_are_objects() -> None:
    assert canonical(MappingProxyType({"a": MappingProxyType({})})) == '{"a":{}}'


@pytest.mark.parametrize("value", [float("nan"), [float("inf")], {"a": -float("inf")}])
def test_what_json_cannot_say_is_refused(value: Any) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        canonical(value)


def test_other_kinds_are_refused_by_name() -> None:
    with pytest.raises(TypeError, match="set is not JSON; give dicts"):
        canonical({"a": {1}})
