from __future__ import annotations

import pytest

from bot.console.cards import brief, checked


@pytest.mark.parametrize(
    ("note", "said"),
    [
        ({"ok": True, "result": {"metric": "error_rate", "value": 0.004, "unit": "ratio"}, "why": ""},
         ("ok", "checked: error rate is 0.4 %")),
        ({"ok": True, "result": None, "why": ""}, ("ok", "checked: yes")),
        ({"ok": None, "result": {"metric": "latency", "value": 900.0, "unit": "ms"}, "why": "slow"},
         ("waiting", "not well yet: latency is 900 ms")),
        ({"ok": False, "result": {"metric": "latency", "value": 900.0, "unit": "ms"}, "why": "too slow"},
         ("failed", "check failed; latency is 900 ms; too slow")),
    ],
)  # fmt: skip
def test_a_check_is_said_with_its_figure(note: object, said: tuple[str, str]) -> None:
    assert checked({"output": {"verify": note}}) == said


def test_no_check_is_said_while_nobody_looked() -> None:
    assert checked({"output": None}) is None and checked({"output": {"verify": "x"}}) is None


def test_an_output_is_brief_and_says_nothing_twice() -> None:
    output = {"version": "v1", "service": "rag-api", "place": "x", "verify": {}, "done": True, "many": [1]}
    assert brief({"output": output}, {"service": "rag-api"}) == "version v1, done yes"
    assert len(brief({"output": {"text": "x" * 500}}, {})) == 100
    assert brief({"output": None}, {}) == ""
