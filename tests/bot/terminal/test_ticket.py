from __future__ import annotations

import io
from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

from bot.terminal.look import Look, make_console
from bot.terminal.ticket import approval_card, run_card
from tests.bot.terminal.test_render import NOW, RUN, VIEW

LOOK = Look(zone=ZoneInfo("UTC"), now=NOW, deciders=lambda view: ("priya", "sam"))


def card(view: dict[str, Any], look: Look = LOOK) -> str:
    out = io.StringIO()
    make_console(out, width=90).print(approval_card(view, look))
    return out.getvalue()


def test_the_card_says_what_changes_how_far_what_is_checked_how_to_undo_who_may_and_how_long() -> None:
    words = card(VIEW)
    for expected in (
        "rag-api goes back to 4.2.1",
        "4.2.2 → 4.2.1",
        "called by chat-frontend",
        "45% of user traffic",
        "error_rate < 0.02 within 5m",
        "deployments.release version 4.2.2",
        "1 approver, not the requester",
        "priya, sam",
        "left (until",
        "approvals approve apv_1",
    ):
        assert expected in words, expected


def test_what_is_not_changed_is_not_listed() -> None:
    assert " x " not in card(VIEW)


def test_a_card_whose_time_is_over_says_expired() -> None:
    assert "expired" in card(VIEW, replace(LOOK, now=NOW + 86_400))


def test_a_decided_card_says_by_whom_and_offers_nothing() -> None:
    decided = {"by": "priya", "decision": "approve", "reason": "go", "at": "2026-11-06T21:21:00+00:00"}
    words = card({**VIEW, "status": "approved", "decisions": [decided]})
    assert "approved by priya at 21:21 UTC: go" in words
    assert "approvals approve" not in words


def test_a_write_without_an_undo_says_that_it_has_none() -> None:
    step = {**VIEW["plan"]["steps"][1], "undo": None, "change": "known after step now"}
    words = card({**VIEW, "plan": {**VIEW["plan"], "steps": [step]}})
    assert "cannot be undone" in words and "known after step now" in words


def test_a_run_shows_each_step_with_mark_word_time_and_finding() -> None:
    out = io.StringIO()
    make_console(out, width=100).print(run_card({**RUN, "error": "verify failed"}, LOOK))
    words = out.getvalue()
    assert "✓ done" in words and "1.0 s" in words and "current 4.2.2, healthy yes" in words
    assert "✗ failed" in words and "attempt 2" in words and "gone" in words
    assert "verify failed" in words
