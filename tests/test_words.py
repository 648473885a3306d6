"""The catalogue of words is whole, and its sentences are alike."""

from __future__ import annotations

import re

import pytest

from tests.support.words import PAGE, catalogue, page, sentences

#: (what is not said, what is said instead); a sentence that must break a rule is named in EXEMPT with its reason
RULES = (
    (r"\b(?:can't|won't|don't|isn't|doesn't|couldn't|aren't|didn't|hasn't)\b", "cannot, will not, do not …"),
    (r"\b(?:e\.g\.|i\.e\.|etc\.)", "such as, that is"),
    (r"[a-z]  [a-z]", "one space"),
    (r"[a-z]!", "no exclamation mark"),
    (r"\b[Ll]og ?in\b|\b[Ll]ogged in\b", "sign in"),
    (r"\b[Ss]uccessfully\b|\b[Oo]ops\b", "say what happened"),
    (r"\b(?:color|behavior|canceled|favorite|organize)\b", "British spelling"),
    (r"\bplaybooks?\b", "runbook"),
    (r"\b(?:click here|tap here)\b", "say what the button says"),
    (r"\b(?:whitelist|blacklist|sanity|dummy)\b", "allow list, deny list, check, example"),
)
EXEMPT = frozenset[str]()


def test_the_page_of_words_holds_every_sentence_that_the_code_says() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "python -m tests.support.words"


@pytest.mark.parametrize(("pattern", "instead"), RULES)
def test_sentences_are_alike(pattern: str, instead: str) -> None:
    broken = [
        f"{name}: {said}"
        for name, all_said in catalogue().items()
        for said in all_said
        if re.search(pattern, said) and said not in EXEMPT and not said.startswith("body{")
    ]
    assert not broken, instead


def test_docstrings_log_lines_patterns_and_examples_are_no_sentences_and_all_else_is() -> None:
    source = '''
"""Not said: a docstring."""
import re
_EXAMPLES = (
    "one two a", "one two b", "one two c", "one two d", "one two e", "one two f", "one two g",
    "one two h", "one two i", "one two j", "one two k", "one two l", "one two m",
)
_FEW = ("this is said", "this too is said")
_PATTERN = re.compile("not a sentence")
def answer(name):
    log.warning("not said but logged")
    words = f"There is no {name if name else 'service of that name'} here."
    return cards.text("Said in a card.") if name else words
'''
    assert list(sentences(source)) == [
        "this is said", "this too is said", "There is no {…} here.", "service of that name", "Said in a card.",
    ]  # fmt: skip
