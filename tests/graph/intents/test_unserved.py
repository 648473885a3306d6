from __future__ import annotations

from pathlib import Path

from graph.intents.unserved import INSTEAD, TOPICS, unserved_examples


def test_every_unserved_label_has_words_for_the_answer() -> None:
    assert {f"oos.{name}" for name in TOPICS} == set(unserved_examples())
    assert set(INSTEAD) <= set(TOPICS)


def test_the_file_is_headings_sentences_and_comments(tmp_path: Path) -> None:
    path = tmp_path / "some.txt"
    path.write_text("# a comment\n\n[cost.query]\nwhat does it cost\n\nhow much\n[x.y]\nelse\n")
    assert unserved_examples(path) == {
        "oos.cost.query": ("what does it cost", "how much"),
        "oos.x.y": ("else",),
    }
