"""Every card, with hostile and huge content, as Slack would take it."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import pytest
from slack_sdk.models.blocks import Block
from slack_sdk.models.views import View

from bot.slack import blocks, cards, forms, inputs, rich
from bot.slack.buttons import Buttons
from bot.slack.cards import Look
from runbooks.compiler import Runbook
from runbooks.loader import load
from tests.bot.http.world import World, write_runbooks
from tests.support.hostile_texts import hostile

NOW = 1_800_000_000.0
LOOK = Look(NOW, ("priya",), {"priya": "Priya Nair"}, Buttons(b"k" * 32))
HOSTILE = hostile()
#: Slack's: blocks of a message and of a modal or home; characters of all blocks
MOST, MOST_VIEW, MOST_CHARACTERS = 50, 100, 13_000


def approval(words: str, status: str = "pending") -> dict[str, Any]:
    step = {
        "id": words[:60], "action": words, "effect": "write", "inputs": {words[:40]: words}, "summary": words,
        "verify": words, "undo": words,
        "change": {"before": {"version": words, "same": 1}, "after": {"version": words + "2", "same": 1}},
    }  # fmt: skip
    return {
        "id": "apr_1", "status": status, "runbook": words, "inputs": {"service": words}, "environment": words,
        "requester": words, "plan_hash": "ab" * 32, "stage": 0, "version": 1,
        "plan": {"steps": [step] * 3, "risk": words, "cost": 12.5,
                 "blast_radius": {"services": [words], "dependants": [words]}},
        "required": [{"stage": 0, "name": words, "count": 2, "roles": [words], "groups": [words], "teams": [words],
                      "people": [words], "not_requester": True}],
        "decisions": [{"by": words, "decision": "approve", "reason": words, "at": "2026-11-20T10:00:00Z"}],
        "expires_at": "2030-11-20T10:00:00Z", "run_id": "run_1",
    }  # fmt: skip


def run(words: str) -> dict[str, Any]:
    step = {
        "id": words, "action": words, "effect": "write", "status": "done", "attempts": 2, "error": words,
        "started_at": "2026-11-20T10:00:00Z", "ended_at": "2026-11-20T10:00:02Z", "output": {"found": words},
    }  # fmt: skip
    return {
        "id": "run_1",
        "status": "running",
        "runbook": words,
        "inputs": {},
        "steps": [step] * 31,
        "error": words,
    }


def answer(words: str) -> dict[str, Any]:
    """An answer that has a block of every type, full of `words`."""
    every = [
        {"type": "text", "text": words},
        {"type": "facts", "title": words, "facts": [[words, words]] * 3},
        {"type": "table", "title": words, "columns": [words, "b"], "rows": [[words, words]] * 61},
        {"type": "code", "text": words, "language": "text"},
        {"type": "diff", "target": words, "changes": [[words, words, words], ["k", None, 1]]},
        {"type": "choices", "question": words, "options": [{"label": words, "say": words}] * 12},
        {"type": "choices", "question": "", "options": [{"label": "yes", "say": "yes"}]},
        {"type": "chart", "title": words, "spec": {}, "summary": words},
        {"type": "error", "title": words, "detail": words, "error_id": "err_1"},
        {"type": "approval", "approval_id": "apr_1", "plan_hash": "ab" * 32},
        {"type": "progress", "run_id": "run_1", "status": "running", "runbook": words, "steps": []},
    ]
    return {"text": words, "blocks": every, "approval": "apr_1", "run": "run_1"}


def texts(part: Any) -> Iterator[tuple[str, str]]:
    """(kind, text) of every text in a block."""
    if isinstance(part, dict):
        if isinstance(part.get("text"), str):
            yield str(part.get("type")), part["text"]
        for value in part.values():
            yield from texts(value)
    elif isinstance(part, list):
        for one in part:
            yield from texts(one)


def check(page: list[rich.Block], most: int = MOST) -> None:
    assert 0 < len(page) <= most
    assert sum(rich.size(one) for one in page) <= MOST_CHARACTERS
    ids = [element["action_id"] for one in page if one["type"] == "actions" for element in one["elements"]]
    assert len(ids) == len(set(ids))
    for block in page:
        parsed = Block.parse(copy.deepcopy(block))
        assert parsed is not None
        parsed.validate_json()
        for kind, words in texts(block):
            assert kind != "mrkdwn" and 0 < len(words) <= 3_000
            assert not any(0xD800 <= ord(char) < 0xE000 for char in words)


@pytest.mark.parametrize("part", range(8))
def test_no_content_whatsoever_breaks_a_message(part: int) -> None:
    for words in HOSTILE[part::8]:
        views = {"apr_1": approval(words), "run_1": run(words)}
        shown = blocks.pages(answer(words), views, LOOK, "DEMO: an invented company.")
        for page in shown:
            check(page)
        assert "<!" not in rich.fallback(words) and "<@" not in rich.fallback(words)


def test_no_content_whatsoever_breaks_a_modal_or_a_form() -> None:
    for words in HOSTILE[::5]:
        modal = cards.plan_modal(approval(words), LOOK)
        View(**{key: value for key, value in modal.items() if key != "type"}, type="modal").validate_json()
        assert len(modal["blocks"]) <= MOST_VIEW
        reason = forms.reason("deny", words or "-", "x", words or "-", "Deny")
        View(**{key: value for key, value in reason.items() if key != "type"}, type="modal").validate_json()


def test_a_long_answer_is_paged_and_nothing_of_it_is_lost() -> None:
    lines = [f"line {number:05}" for number in range(9_000)]
    shown = blocks.pages({"text": "x", "blocks": [{"type": "code", "text": "\n".join(lines)}]}, {}, LOOK, "")
    assert len(shown) > 5
    everything = "".join(words for page in shown for block in page for _, words in texts(block))
    assert all(line in everything for line in lines)


def test_a_card_of_a_plan_that_is_over_has_no_buttons() -> None:
    for status in ("approved", "denied", "expired", "withdrawn", "void"):
        assert not [one for one in cards.approval(approval("x", status), LOOK) if one["type"] == "actions"]
    late = approval("x") | {"expires_at": "2020-01-01T00:00:00Z"}
    assert not [one for one in cards.approval(late, LOOK) if one["type"] == "actions"]


def test_a_button_carries_the_hash_and_never_the_plan() -> None:
    buttons = [one for one in cards.approval(approval("secret plan"), LOOK) if one["type"] == "actions"]
    values = [element["value"] for one in buttons for element in one["elements"]]
    assert len(values) == 4 and all("secret" not in value and len(value) < 200 for value in values)
    assert LOOK.buttons.read(values[0]).plan_hash == "ab" * 32


@pytest.fixture
def rollback(tmp_path: Any) -> Runbook:
    return load([write_runbooks(tmp_path / "books")], World().actions()).get("roll-back")


def test_a_form_has_a_field_for_each_input_with_its_default(rollback: Runbook) -> None:
    fields = inputs.fields(rollback, {"service": "rag-api"})
    assert [one["block_id"] for one in fields] == ["in:service", "in:environment"]
    assert fields[0]["element"]["initial_option"]["value"] == "rag-api"
    assert fields[1]["element"]["initial_option"]["value"] == "production"
    for one in fields:
        parsed = Block.parse(copy.deepcopy(one))
        assert parsed is not None
        parsed.validate_json()
