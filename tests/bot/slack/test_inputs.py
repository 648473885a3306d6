"""A runbook's inputs as fields, back as typed words, and what is wrong with each."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
from slack_sdk.models.blocks import Block

from bot.slack import inputs
from config.catalogue import load_catalogue
from runbooks.compiler import Runbook
from runbooks.loader import load
from tests.bot.http.world import World

CATALOGUE = load_catalogue(Path(__file__).parents[3] / "config" / "catalogue.yaml")
BOOK = """\
version: 1
name: every
description: Has an input of every type.
owner: search
inputs:
  service: {type: service, required: true}
  environment: {type: environment, default: staging}
  size: {type: integer, required: true, min: 1, max: 9}
  share: {type: number, default: 0.5}
  careful: {type: boolean, default: true}
  how: {type: choice, options: [fast, slow], default: slow}
  note: {type: string, max: 20, description: Why.}
steps:
  - id: now
    uses: deployments.status
    with: {service: "${{ inputs.service }}", environment: "${{ inputs.environment }}"}
"""


@pytest.fixture
def book(tmp_path: Path) -> Runbook:
    (tmp_path / "every.yaml").write_text(BOOK, encoding="utf-8")
    return load([tmp_path], World().actions()).get("every")


def test_each_type_has_its_field_with_default_and_bounds(book: Runbook) -> None:
    found: dict[str, Any] = {one["block_id"]: one for one in inputs.fields(book, {"size": 4})}
    assert found["in:size"]["element"] | {"action_id": ""} == {
        "action_id": "", "type": "number_input", "is_decimal_allowed": False, "min_value": "1", "max_value": "9",
        "initial_value": "4",
    }  # fmt: skip
    assert found["in:careful"]["element"]["initial_option"]["value"] == "true"
    assert found["in:how"]["element"]["initial_option"]["value"] == "slow"
    assert found["in:share"]["optional"] and not found["in:service"]["optional"]
    assert found["in:note"]["hint"]["text"] == "Why." and "most 9" in found["in:size"]["hint"]["text"]
    for one in found.values():
        parsed = Block.parse(copy.deepcopy(one))
        assert parsed is not None
        parsed.validate_json()


def test_what_was_typed_comes_back_as_an_exact_command_has_it() -> None:
    state = {
        "in:service": {"find.service": {"selected_option": {"value": "rag-api"}}},
        "in:note": {"value": {"value": "it's late"}},
        "in:how": {"value": {"selected_option": None}},
        "where": {"value": {"selected_conversation": "C1"}},
    }
    given = inputs.typed({"state": {"values": state}})
    assert given == {"service": "rag-api", "note": "it's late"}
    assert inputs.words(given) == "service=rag-api note='it'\"'\"'s late'"


def test_what_is_wrong_stands_at_its_own_field(book: Runbook) -> None:
    good = {"service": "rag-api", "size": "4"}
    assert inputs.problems(book, good, CATALOGUE) == {}
    wrong = inputs.problems(book, {"service": "rag-apy", "size": "12", "note": "x" * 30}, CATALOGUE)
    assert set(wrong) == {"in:service", "in:size", "in:note"}
    assert "rag-api" in wrong["in:service"] and "most" in wrong["in:size"]
    assert set(inputs.problems(book, {}, CATALOGUE)) == {"in:service", "in:size"}
