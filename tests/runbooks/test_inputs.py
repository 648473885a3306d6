from __future__ import annotations

from typing import Any

import pytest

from config.errors import BadRequest
from runbooks.inputs import read_inputs
from tests.runbooks.world import CATALOGUE, World, book

BOOK = book(
    """
version: 1
name: all-kinds
description: d
owner: me
inputs:
  service: {type: service, required: true, description: which one}
  environment: {type: environment, default: staging}
  words: {type: string, min: 2, max: 5}
  count: {type: integer, min: 1, max: 10}
  share: {type: number, max: 1}
  sure: {type: boolean, default: false}
  size: {type: choice, options: [small, 2], default: small}
steps:
  - {id: a, uses: version.get, with: {service: "${{ inputs.service }}"}}
""",
    World().actions(),
)


def read(**given: Any) -> dict[str, Any]:
    return read_inputs(BOOK, {"service": "rag-api"} | given, CATALOGUE)


def test_text_from_a_command_line_becomes_the_declared_type() -> None:
    assert read(count="3", share="0.5", sure="yes", size="2", words="abc") == {
        "service": "rag-api", "environment": "staging", "words": "abc", "count": 3, "share": 0.5,
        "sure": True, "size": 2,
    }  # fmt: skip


def test_what_is_not_given_has_its_default_or_nothing() -> None:
    values = read()
    assert (values["environment"], values["size"], values["sure"], values["count"]) == (
        "staging",
        "small",
        False,
        None,
    )


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"service": "rag-apy"}, "'rag-apy' is not a service. Did you mean 'rag-api'?"),
        ({"service": None}, "service is missing: which one."),
        ({"service": 3}, "'3' is not a service."),
        ({"environment": "prodution"}, "Did you mean 'production'?"),
        ({"servce": "x"}, "all-kinds has no input 'servce'. Did you mean 'service'?"),
        ({"words": "a"}, "has 1 characters; 2 to 5 are wanted"),
        ({"words": "a\x1bbc"}, "control characters"),
        ({"words": 3}, "3 is not text"),
        ({"count": "3.5"}, "is not a whole number"),
        ({"count": 11}, "11 is above 10, the most"),
        ({"count": 0}, "0 is below 1, the least"),
        ({"count": True}, "is not a whole number"),
        ({"count": "1e400"}, "is not a whole number"),
        ({"share": "nan"}, "is not a number"),
        ({"share": "x"}, "is not a number"),
        ({"sure": "maybe"}, "neither true nor false"),
        ({"size": "big"}, "is not one of its options"),
    ],
)
def test_each_wrong_input_is_named_with_what_is_wanted(given: dict[str, Any], words: str) -> None:
    with pytest.raises(BadRequest) as caught:
        read(**given)
    assert words in str(caught.value)


def test_all_wrong_inputs_are_named_at_once() -> None:
    with pytest.raises(BadRequest) as caught:
        read(count=99, share=2)
    assert "count: " in str(caught.value)
    assert "share: " in str(caught.value)


def test_a_secret_is_no_input() -> None:
    wide = book(
        """
version: 1
name: wide
description: d
owner: me
inputs:
  note: {type: string}
steps:
  - {id: a, uses: version.get, with: {service: rag-api}}
""",
        World().actions(),
    )
    with pytest.raises(BadRequest, match=r"looks like a secret \(GitHub token\).*rotate it") as caught:
        read_inputs(wide, {"note": f"use ghp_{'a1B2' * 9}"}, CATALOGUE)
    assert "a1B2" not in str(caught.value)
    assert read_inputs(wide, {"note": "commit 1f0c9a2 is bad"}, CATALOGUE)["note"] == "commit 1f0c9a2 is bad"
