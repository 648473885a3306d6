from __future__ import annotations

from graph.understanding.strangers import strangers
from tests.graph.world import read


def said(text: str, guess: bool = True) -> list[str]:
    return [one.said for one in strangers(read(text), guess)]


def test_a_name_that_nobody_knows_is_a_stranger() -> None:
    assert said("show the error rate of foo-api") == ["foo-api"]


def test_a_word_in_the_place_of_a_service_is_one_unless_a_service_is_named_or_nobody_guesses() -> None:
    assert said("error rate of zebra") == ["zebra"]
    assert said("error rate of rag-api for zebra") == []
    assert said("error rate of zebra", guess=False) == []


def test_names_in_a_persons_own_words_are_none() -> None:
    assert said("search all logs for kernel panic") == []
    assert said("open an incident for rag-api: the foo-bar thing broke") == []
