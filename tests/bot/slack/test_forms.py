"""Modals keep within what Slack takes."""

from __future__ import annotations

from bot.slack import forms, rich


def test_a_title_is_cut_to_what_slack_takes_and_is_never_empty() -> None:
    assert len(forms.modal("x", "a title that is far too long for Slack", [])["title"]["text"]) == 24
    assert forms.plain("")["text"] == "…"


def test_a_modal_without_a_submit_button_only_closes() -> None:
    shown = forms.modal("x", "Plan", rich.paragraphs("words"))
    assert "submit" not in shown and shown["close"]["text"] == "Close"


def test_what_was_typed_is_read_without_its_edges_and_nothing_is_empty() -> None:
    view = {"state": {"values": {"reason": {"value": {"value": "  not now \n"}}}}}
    assert forms.text_of(view, "reason") == "not now"
    assert forms.text_of(view, "other") == ""
