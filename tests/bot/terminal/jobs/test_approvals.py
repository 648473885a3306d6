from __future__ import annotations

import json

from bot.terminal.approvals import approvals
from bot.terminal.runbook import runbook
from tests.bot.terminal.house import House, call


def asked(house: House) -> str:
    result = call(house, runbook, "run", "roll-back", "service=rag-api", "--json")
    assert result.exit_code == 0, result.stderr
    return str(json.loads(result.stdout)["approval"])


def test_nothing_that_waits_is_said(house: House) -> None:
    assert "Nothing waits" in call(house, approvals, "list").stdout
    assert json.loads(call(house, approvals, "list", "--json").stdout) == []


def test_one_that_waits_is_shown_as_a_card_and_several_as_a_table(house: House) -> None:
    first = asked(house)
    card = call(house, approvals, "list").stdout
    assert "What will change" in card and "v2 → v1" in card and "priya" in card
    second = asked(house)
    table = call(house, approvals, "list").stdout
    assert first in table and second in table and "maria" in table


def test_the_requester_may_not_approve_and_is_told_who_can(house: House) -> None:
    result = call(house, approvals, "approve", asked(house))
    assert result.exit_code == 1 and "somebody else" in result.stderr and "Priya" in result.stderr
    assert house.world.rollbacks == []


def test_somebody_else_approves_and_sees_the_run_to_its_end(house: House) -> None:
    result = call(house, approvals, "approve", asked(house), "--as", "priya")
    assert result.exit_code == 0, result.stderr
    assert (
        "Approved by priya." in result.stdout and "rollback" in result.stdout and "succeeded" in result.stdout
    )
    assert len(house.world.rollbacks) == 1


def test_a_second_approval_is_told_by_whom_it_was_decided(house: House) -> None:
    approval = asked(house)
    call(house, approvals, "approve", approval, "--as", "priya")
    result = call(house, approvals, "approve", approval, "--as", "sam")
    assert result.exit_code == 1 and "priya" in result.stderr.lower()
    assert len(house.world.rollbacks) == 1


def test_json_has_the_approval_and_its_run(house: House) -> None:
    answer = json.loads(call(house, approvals, "approve", asked(house), "--as", "priya", "--json").stdout)
    assert answer["status"] == "approved" and answer["run"]["status"] == "succeeded"
    assert answer["decisions"][0]["acting_as"] == "priya"


def test_denied_is_final_and_keeps_the_reason(house: House) -> None:
    approval = asked(house)
    result = call(house, approvals, "deny", approval, "--as", "priya", "--reason", "not today", "--json")
    answer = json.loads(result.stdout)
    assert answer["status"] == "denied" and answer["decisions"][0]["reason"] == "not today"
    assert "Nothing waits" in call(house, approvals, "list").stdout


def test_an_id_that_is_not_there_names_what_is_near(house: House) -> None:
    approval = asked(house)
    result = call(house, approvals, "approve", approval[:-1] + "~")
    assert result.exit_code == 1 and f"Did you mean {approval}?" in result.stderr


def test_as_is_for_the_demo_alone(house: House) -> None:
    house.mode = "act"
    result = call(house, approvals, "list", "--as", "priya")
    assert result.exit_code == 1 and "demo mode only" in result.stderr


def test_the_requester_withdraws_and_nobody_else_does(house: House) -> None:
    approval = asked(house)
    refused = call(house, approvals, "withdraw", approval, "--as", "sam")
    assert refused.exit_code == 1 and "Only maria" in refused.stderr
    assert "Withdrawn" in call(house, approvals, "withdraw", approval).stdout
    assert json.loads(call(house, approvals, "list", "--json").stdout) == []


def test_edited_inputs_are_asked_for_anew(house: House) -> None:
    approval = asked(house)
    result = call(house, approvals, "edit", approval, "environment=staging")
    assert f"{approval} is void" in result.stdout and "in staging" in result.stdout, result.stderr
    again = call(house, approvals, "edit", approval, "environment=staging")
    assert again.exit_code == 1 and "is void; its inputs cannot be edited" in again.stderr
    (waiting,) = json.loads(call(house, approvals, "list", "--json").stdout)
    assert waiting["environment"] == "staging"
