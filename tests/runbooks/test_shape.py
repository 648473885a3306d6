from __future__ import annotations

from runbooks.shape import read_shape
from runbooks.source import read_source
from tests.runbooks.world import ROLLBACK

CONTENT = read_source(ROLLBACK).content


def test_a_good_file_has_a_model_and_no_problem() -> None:
    model, problems = read_shape(CONTENT)
    assert model is not None
    assert (model.name, problems) == ("rollback", [])


def test_unknown_keys_are_named_and_the_rest_is_still_read() -> None:
    model, problems = read_shape({**CONTENT, "ownr": "x"})
    assert model is not None
    assert [(one.path, one.what) for one in problems] == [
        (("ownr",), "unknown key 'ownr'. Did you mean 'owner'?")
    ]


def test_what_cannot_be_read_has_no_model() -> None:
    model, problems = read_shape({**CONTENT, "inputs": {"service": {"type": "servce"}}, "risk": 3})
    assert model is None
    assert {one.path for one in problems} == {("inputs", "service", "type"), ("risk",)}
