from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as some

from insight.search import Index, Section, terms

PAGES = (
    Section("approvals.md", "Who may approve", "An approver who is not the requester says yes to a plan."),
    Section("runbooks.md", "Write a runbook", "A runbook is a YAML file with steps, undo and verify."),
    Section("glossary.md", "Error budget", "What is left of the failures that an SLO allows in its window."),
)


def test_the_section_that_holds_the_rare_words_comes_first() -> None:
    index = Index(PAGES)
    assert index.find("how do I write runbooks")[0].section.title == "Write a runbook"
    assert index.find("who is allowed to approve")[0].section.title == "Who may approve"
    assert index.find("what is an error budget")[0].covered == 1.0


def test_a_question_about_something_else_finds_nothing_or_covers_little() -> None:
    assert Index(PAGES).find("how tall is the eiffel tower") == []
    assert Index(PAGES).find("how do I bake a plan for pancakes with syrup")[0].covered < 0.5
    assert Index(()).find("anything") == []


def test_words_are_compared_without_their_endings_and_compounds_by_their_parts() -> None:
    assert terms("approving approvals approved") == [terms("approve")[0]] * 3
    assert set(terms("roll-back")) >= {"roll", "back"}
    assert terms("what is the") == []


@given(some.text(max_size=80))
def test_any_question_has_hits_in_order_with_shares_between_none_and_all(text: str) -> None:
    hits = Index(PAGES).find(text)
    assert [one.score for one in hits] == sorted((one.score for one in hits), reverse=True)
    assert all(0.0 < one.covered <= 1.0 + 1e-9 for one in hits)
