from __future__ import annotations

from graph.understanding.features import CONSIDERED, MASKS, char_grams, tokens, word_grams


def test_tokens_are_lower_case_words_and_question_marks() -> None:
    assert tokens("Why's RAG slow?!") == ["why's", "rag", "slow", "?"]


def test_only_the_beginning_of_a_text_is_considered() -> None:
    assert len("".join(tokens("a" * 10 * CONSIDERED))) == CONSIDERED


def test_word_grams_are_words_and_pairs_with_both_ends() -> None:
    assert list(word_grams(["roll", "back"])) == ["roll", "back", "^ roll", "roll back", "back $"]


def test_char_grams_stay_inside_a_word_and_skip_masks() -> None:
    assert list(char_grams(["up"])) == [" up", "up ", " up "]
    assert list(char_grams([*MASKS.values(), "?"])) == []
