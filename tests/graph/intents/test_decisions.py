from __future__ import annotations

from graph.intents.decisions import DECISIONS


def test_decisions_act_on_the_ledger_and_the_list_only_reads() -> None:
    assert {intent.name: intent.act is not None for intent in DECISIONS} == {
        "approval.approve": True,
        "approval.deny": True,
        "approval.list": False,
    }


def test_rights_are_not_judged_here_but_where_the_decision_is_stored() -> None:
    assert {intent.role for intent in DECISIONS} == {"viewer"}
