from __future__ import annotations

import json
from pathlib import Path

import pytest
from pydantic import TypeAdapter, ValidationError

from runbooks.schema import KEYS, LATER, Duration, RunbookModel, input_schema, json_schema
from runbooks.source import read_source
from tests.runbooks.world import ROLLBACK

PUBLISHED = Path(__file__).parents[2] / "docs" / "runbook.schema.json"
MODEL = RunbookModel.model_validate(read_source(ROLLBACK).content)


def test_the_published_schema_is_the_one_the_loader_uses() -> None:
    assert json.loads(PUBLISHED.read_text(encoding="utf-8")) == json_schema(), (
        "write it anew: python -m tests.runbooks.test_schema"
    )


def test_the_published_schema_has_the_words_of_the_file() -> None:
    steps = json_schema()["$defs"]["StepSpec"]["properties"]
    assert {"if", "with", "uses", "always"} <= set(steps)
    assert not {"if_", "with_"} & set(steps)


@pytest.mark.parametrize(
    ("words", "seconds"), [("15m", 900), ("10s", 10), ("2h", 7200), ("1d", 86400), (0.5, 0.5)]
)
def test_durations_are_read_in_seconds(words: object, seconds: float) -> None:
    assert TypeAdapter(Duration).validate_python(words) == seconds


@pytest.mark.parametrize("words", ["15", "m", "-1m", "0s", 0, True, None, "99d", "1w"])
def test_what_is_no_duration_is_refused(words: object) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Duration).validate_python(words)


def test_the_inputs_of_a_runbook_have_a_schema_for_forms() -> None:
    schema = input_schema(MODEL)
    assert schema["required"] == ["service"]
    assert schema["properties"]["service"] == {"type": "string", "x-kind": "service"}
    assert schema["properties"]["limit"] == {
        "type": "number",
        "x-kind": "number",
        "default": 0.5,
        "minimum": 0,
        "maximum": 1,
    }
    assert schema["additionalProperties"] is False


def test_no_key_is_both_known_and_for_later() -> None:
    assert not {key for keys in KEYS.values() for key in keys} & set(LATER)


if __name__ == "__main__":
    PUBLISHED.write_text(json.dumps(json_schema(), indent=2) + "\n", encoding="utf-8")
