from __future__ import annotations

import pytest

from bot.console.forms import fields, given
from runbooks.inputs import read_inputs
from runbooks.schema import RunbookModel
from tests.support.fleet import catalogue


def model(**inputs: dict[str, object]) -> RunbookModel:
    return RunbookModel.model_validate(
        {
            "version": 1, "name": "x", "description": "x", "owner": "search", "inputs": inputs,
            "steps": [{"id": "a", "uses": "deployments.status"}],
        }
    )  # fmt: skip


def test_services_and_environments_are_chosen_from_the_catalogue() -> None:
    one, other = fields(
        model(
            service={"type": "service", "required": True},
            environment={"type": "environment", "default": "staging"},
        ),
        catalogue(),
        {},
    )
    assert ("rag-api", "rag-api") in one.options and one.required
    assert [key for key, _ in other.options] == list(catalogue().environments) and other.value == "staging"
    assert not other.required


def test_numbers_carry_their_bounds() -> None:
    (one,) = fields(model(share={"type": "number", "min": 0.1, "max": 0.5, "default": 0.2}), catalogue(), {})
    assert (one.kind, one.least, one.most, one.step, one.value) == ("number", "0.1", "0.5", "any", "0.2")
    assert "From 0.1 to 0.5." in one.hint
    (whole,) = fields(
        model(count={"type": "integer", "min": 1, "description": "how many"}), catalogue(), {"count": 3}
    )
    assert (whole.step, whole.most, whole.value, whole.hint) == ("1", "", "3", "how many At least 1.")


def test_choices_and_booleans_are_menus() -> None:
    one, other = fields(
        model(
            size={"type": "choice", "options": ["small", "large"]},
            force={"type": "boolean", "default": False},
        ),
        catalogue(),
        {"force": True},
    )
    assert one.options == (("small", "small"), ("large", "large"))
    assert other.options == (("true", "yes"), ("false", "no")) and other.value == "true"


@pytest.mark.parametrize(("most", "kind"), [(100, "text"), (None, "long")])
def test_text_is_short_or_long(most: int | None, kind: str) -> None:
    (one,) = fields(model(why={"type": "string", "max": most}), catalogue(), {})
    assert one.kind == kind


def test_only_inputs_are_read_back_and_empty_ones_are_not_given() -> None:
    assert given({"in.service": " rag-api ", "in.to": " ", "csrf": "x", "once": "y"}) == {
        "service": "rag-api"
    }


def test_every_field_of_every_shipped_runbook_is_read_as_it_was_shown(tmp_path: object) -> None:
    known = catalogue()
    example = model(
        service={"type": "service", "default": "rag-api"}, n={"type": "integer", "default": 2},
        share={"type": "number", "default": 0.25}, on={"type": "boolean", "default": True},
        word={"type": "string", "default": "a b"}, pick={"type": "choice", "options": [1, 2], "default": 2},
    )  # fmt: skip
    shown = {one.name: one.value for one in fields(example, known, {})}

    class Book:
        id = "x"
        model = example

    read = read_inputs(Book(), given(shown), known)  # type: ignore[arg-type]
    assert read == {"service": "rag-api", "n": 2, "share": 0.25, "on": True, "word": "a b", "pick": 2}
