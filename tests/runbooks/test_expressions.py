from __future__ import annotations

from typing import Any

import pytest

from runbooks.expressions import ExpressionError, compile_expression, compile_template, did_you_mean

VARIABLES: dict[str, Any] = {
    "inputs": {"service": "rag-api", "count": 3, "nothing": None, "list": [1, 2]},
    "steps": {
        "now": {"output": {"current": "v2", "previous": None, "rate": 0.5}},
        "left_out": {"output": {}},
    },
    "run": {"id": "run_1", "status": "succeeded", "requester": "maria", "environment": "staging"},
}


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("inputs.service == 'rag-api'", True),
        ("steps.now.output.previous != null", False),
        ("steps.now.output.rate < 1", True),
        ("inputs.nothing != null ? inputs.nothing : steps.now.output.current", "v2"),
        ("inputs.list.map(x, x * 2)", [2, 4]),
        ("has(steps.left_out.output.current)", False),
        ("size(inputs.list) > 1 && run.environment in ['staging', 'dev']", True),
    ],
)
def test_expressions_are_worked_out_over_inputs_steps_and_run(source: str, value: object) -> None:
    assert compile_expression(source).evaluate(VARIABLES) == value


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("1 +", "is not an expression"),
        ("", "is not an expression"),
        ("input.service", "reads 'input'. Did you mean 'inputs'?"),
        ("steps.now.current", "of a step only `output` can be read"),
        ("steps['now'].output", "reads 'steps' as a whole"),
        ("inputs", "write inputs.<name>"),
        ("run.stat", "Did you mean 'status'?"),
        ("'a' + '" + "x" * 2000 + "'", "at most 2000"),
        ("(" * 500 + "1" + ")" * 500, "is not an expression"),
    ],
)
def test_what_cannot_be_right_is_refused_at_load(source: str, words: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        compile_expression(source)
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("steps.now.output.nope", "reads 'nope', which is not there"),
        ("steps.later.output.x", "reads 'later', which is not there"),
        ("inputs.count + 'x'", "cannot be worked out"),
        ("1 / 0", "cannot be worked out"),
        ("inputs.list[9]", "cannot be worked out"),
        ("timestamp('2026-01-01T00:00:00Z')", "make it text with string"),
        ("9223372036854775807 + 1", "cannot be worked out"),
    ],
)
def test_what_goes_wrong_later_names_the_expression(source: str, words: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        compile_expression(source).evaluate(VARIABLES)
    assert words in str(caught.value)
    assert source in str(caught.value)


def test_a_condition_must_be_true_or_false() -> None:
    with pytest.raises(ExpressionError, match="true or false"):
        compile_expression("inputs.count").truth(VARIABLES)


def test_what_an_expression_reads_is_known_before_it_runs() -> None:
    found = compile_expression("steps.now.output.x == inputs.service && 'steps.text.output' != run.id")
    assert (set(found.steps), set(found.inputs), set(found.run)) == ({"now"}, {"service"}, {"id"})


def test_a_whole_expression_keeps_its_type_and_one_inside_words_becomes_text() -> None:
    template = compile_template(
        {
            "n": "${{ inputs.count }}",
            "t": "${{ inputs.service }} has ${{ inputs.count }}",
            "deep": ["${{ inputs.list }}"],
        }
    )
    assert template.resolve(VARIABLES) == {"n": 3, "t": "rag-api has 3", "deep": [[1, 2]]}


def test_an_input_is_data_and_never_worked_out_again() -> None:
    template = compile_template("${{ inputs.service }}")
    hostile = VARIABLES | {"inputs": {"service": "${{ run.id }} ' || true"}}
    assert template.resolve(hostile) == "${{ run.id }} ' || true"


def test_a_result_has_a_largest_size() -> None:
    with pytest.raises(ExpressionError, match="at most 64000"):
        compile_expression("inputs.service + inputs.service").evaluate({"inputs": {"service": "x" * 40_000}})


def test_a_near_name_is_offered() -> None:
    assert did_you_mean("servce", ["service", "environment"]) == " Did you mean 'service'?"
    assert did_you_mean("zzz", ["service"]) == " Known: service."
    assert did_you_mean("zzz", []) == ""
