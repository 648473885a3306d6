"""What a card about an approval or a run says, for every face."""

from __future__ import annotations

from bot.ticket import brief, checked


def test_a_long_finding_is_cut() -> None:
    assert len(brief({"text": "x" * 500}, {})) <= 100
    assert brief({"nested": {"a": 1}}, {}) == "" and brief(None, {}) == ""


def test_a_finding_leaves_out_what_the_inputs_said() -> None:
    assert (
        brief({"service": "rag-api", "version": "2", "place": "terminal:1"}, {"service": "rag-api"})
        == "version 2"
    )


def test_the_check_after_a_step_is_told_with_its_figure() -> None:
    good = {"ok": True, "result": {"metric": "error_rate", "value": 0.0175, "unit": "ratio"}, "why": ""}
    assert checked({"output": {"verify": good}}) == (True, "checked: error rate is 1.75 %")
    bad = {**good, "ok": False, "why": "it is not well after 300 s"}
    told = checked({"output": {"verify": bad}})
    assert told is not None and not told[0] and "not well after 300 s" in told[1]
    waiting = checked({"output": {"verify": {**good, "ok": None, "why": "not yet"}}})
    assert waiting == (None, "not well yet: error rate is 1.75 %")
    assert checked({"output": None}) is None
