from __future__ import annotations

import json

from bot.terminal.approvals import approvals
from bot.terminal.runbook import runbook
from tests.bot.terminal.house import House, call

PROPOSE = (
    "standing", "propose", "roll-back", "--service", "rag-api", "--environment", "production",
    "--reason", "nobody must wake up", "--json",
)  # fmt: skip


def proposed(house: House) -> str:
    result = call(house, approvals, *PROPOSE)
    assert result.exit_code == 0, result.stderr
    return str(json.loads(result.stdout)["id"])


def test_two_agree_and_the_run_asks_nobody_until_it_is_revoked(house: House) -> None:
    assert "Nothing is approved" in call(house, approvals, "standing", "list").stdout
    one = proposed(house)
    first = call(house, approvals, "standing", "approve", one, "--as", "priya")
    assert "needs another" in first.stdout, first.stderr
    assert "counts from now on" in call(house, approvals, "standing", "approve", one, "--as", "sam").stdout
    listed = json.loads(call(house, approvals, "standing", "list", "--json").stdout)
    assert [(view["id"], view["status"]) for view in listed] == [(one, "active")]
    assert "rag-api" in call(house, approvals, "standing", "list").stdout
    ran = json.loads(call(house, runbook, "run", "roll-back", "service=rag-api", "--json").stdout)
    assert (ran["approval"], ran["status"]) == (None, "succeeded")
    assert "Revoked" in call(house, approvals, "standing", "revoke", one, "--as", "sam").stdout
    again = call(house, approvals, "standing", "revoke", one, "--as", "sam")
    assert again.exit_code == 1 and "revoked by sam" in again.stderr


def test_who_proposed_it_may_not_agree(house: House) -> None:
    result = call(house, approvals, "standing", "approve", proposed(house))
    assert result.exit_code == 1 and "Who can" in result.stderr


def test_glass_is_broken_followed_and_reviewed_by_somebody_else(house: House) -> None:
    words = ("break-glass", "roll-back", "service=rag-api", "--reason", "checkout is down for all")
    refused = call(house, approvals, *words, "--as", "priya")
    assert refused.exit_code == 1 and "may not break glass" in refused.stderr
    assert "No review" in call(house, approvals, "reviews", "list").stdout
    done = call(house, approvals, *words, "--as", "lena")
    assert done.exit_code == 0 and "succeeded" in done.stdout, done.stderr
    (review,) = json.loads(call(house, approvals, "reviews", "list", "--json").stdout)
    assert "checkout is down" in call(house, approvals, "reviews", "list").stdout
    close = ("reviews", "close", review["id"], "--outcome", "It was right to do so.")
    assert call(house, approvals, *close, "--as", "lena").exit_code == 1
    assert "is closed" in call(house, approvals, *close, "--as", "sam").stdout
