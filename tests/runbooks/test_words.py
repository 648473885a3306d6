"""A step's check and undo as the card says them."""

from __future__ import annotations

from typing import Any

from runbooks.compiler import CompiledStep
from runbooks.words import check_words, undo_words
from tests.runbooks.world import World, book

STEP = """
version: 1
name: one
description: d
owner: me
inputs:
  service: {type: service, required: true}
  limit: {type: number, default: 0.02}
steps:
  - id: now
    uses: version.get
    with: {service: "${{ inputs.service }}"}
  - id: back
    uses: version.set
    with: {service: "${{ inputs.service }}", to: "${{ steps.now.output.previous }}"}
    undo: {uses: version.set, with: {service: "${{ inputs.service }}", to: "${{ steps.now.output.current }}"}}
    verify: {uses: health.get, with: {service: "${{ inputs.service }}"}, expect: "EXPECT", within: 90s}
"""
INPUTS = {"service": "rag-api", "limit": 0.02}


def step(expect: str) -> CompiledStep:
    runbook = book(STEP.replace("EXPECT", expect), World().actions())
    return next(one for one in runbook.steps if one.id == "back")


def known(**now: Any) -> dict[str, Any]:
    return {"inputs": INPUTS, "steps": {"now": {"output": now}} if now else {}, "run": {}}


def test_an_expectation_is_said_with_the_values_of_the_inputs() -> None:
    words = check_words(step("result.value < inputs.limit && result.value >= 0"), known())
    assert words == "health.get of rag-api: result.value < 0.02 && result.value >= 0 within 90 s"


def test_the_undo_says_what_it_puts_back_when_that_is_known() -> None:
    found = step("result.value < 1")
    assert (
        undo_words(found, known(current="v2", previous="v1"), "production") == "version.set of rag-api, to v2"
    )
    assert undo_words(found, known(), "production") == "version.set of rag-api"


def test_without_check_or_undo_nothing_is_said() -> None:
    first = next(
        one for one in book(STEP.replace("EXPECT", "true"), World().actions()).steps if one.id == "now"
    )
    assert check_words(first, known()) is None
    assert undo_words(first, known(), "production") is None
