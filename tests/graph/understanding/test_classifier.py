from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from graph.understanding.classifier import (
    Classifier,
    NoClassifier,
    digest,
    load_or_train,
    model_path,
    write_model,
)
from tests.graph.world import classifier

TINY = {
    "greet": ("hello there", "good morning", "hi bot", "hey friend", "good evening to you"),
    "part": ("goodbye then", "see you later", "bye bye", "farewell my friend", "until tomorrow"),
    "oos.cost": (
        "what does it cost",
        "how much is it",
        "the price please",
        "show me the bill",
        "total spend",
    ),
}


def write_tiny(path: Path, weights: np.ndarray) -> None:
    write_model(
        path,
        labels=["a", "b"],
        words=["hello", "bye"],
        chars=[" h", " b"],
        idf=np.ones(4),
        weights=weights,
        bias=np.zeros(2),
        known=["bye", "hello"],
    )


def test_a_child_process_trains_once_and_the_file_is_used_after(tmp_path: Path) -> None:
    trained = load_or_train([tmp_path / "none", tmp_path], TINY)
    path = model_path(tmp_path, TINY)
    written = path.stat().st_mtime_ns
    assert trained.score("hello friend")[0][0] == "greet"
    assert load_or_train([tmp_path], TINY).score("what is the price")[0][0] == "oos.cost"
    assert path.stat().st_mtime_ns == written
    assert [one.name for one in tmp_path.iterdir()] == [path.name]


def test_the_first_folder_that_has_the_model_wins(tmp_path: Path) -> None:
    (tmp_path / "ready").mkdir()
    weights = np.array([[9.0, 0.0], [0.0, 9.0], [0.0, 0.0], [0.0, 0.0]])
    write_tiny(model_path(tmp_path / "ready", TINY), weights)
    assert load_or_train([tmp_path / "none", tmp_path / "ready", tmp_path], TINY).labels == ("a", "b")


def test_scores_are_probabilities_in_order_and_always_the_same() -> None:
    ranked = classifier().score("show me the p95 latency of zservice")
    assert ranked == classifier().score("show me the p95 latency of zservice")
    assert sum(share for _, share in ranked) == pytest.approx(1.0, abs=1e-5)
    assert [share for _, share in ranked] == sorted((share for _, share in ranked), reverse=True)
    assert ranked[0][0] == "metrics.query"


@pytest.mark.parametrize("text", ["", "?", "\u4f60\u597d", "zzzzqqq", "a" * 100_000])
def test_any_text_has_scores(text: str) -> None:
    ranked = classifier().score(text)
    assert len(ranked) == len(classifier().labels)
    assert all(np.isfinite(share) for _, share in ranked)


def test_other_examples_have_another_digest() -> None:
    assert digest(TINY) != digest({**TINY, "greet": ("hello",)})
    assert digest(TINY) == digest({label: list(some) for label, some in TINY.items()})


def test_training_that_fails_says_so(tmp_path: Path) -> None:
    with pytest.raises(NoClassifier, match="make setup"):
        load_or_train([tmp_path], {"one": ("only one label",)})


def test_a_damaged_file_says_so(tmp_path: Path) -> None:
    write_tiny(tmp_path / "m.npz", np.zeros((3, 2)))
    with pytest.raises(NoClassifier, match="damaged"):
        Classifier(tmp_path / "m.npz")
