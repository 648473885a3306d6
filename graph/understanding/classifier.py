"""Scores a text against the intents with numpy alone: a linear model over TF-IDF grams, trained in a child process."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from config.errors import CopilotError
from graph.understanding.features import char_grams, tokens, word_grams

_HERE = Path(__file__).parent
_SEPARATOR = "\n"


class NoClassifier(CopilotError):
    title = "The classifier could not be trained"


class Classifier:
    """A trained model. `score` is deterministic and takes a masked text (understanding/entities.py)."""

    def __init__(self, path: Path) -> None:
        with np.load(path, allow_pickle=False) as file:
            self.labels: tuple[str, ...] = tuple(str(file["labels"]).split(_SEPARATOR))
            words = str(file["words"]).split(_SEPARATOR)
            chars = str(file["chars"]).split(_SEPARATOR)
            self.known: frozenset[str] = frozenset(str(file["known"]).split(_SEPARATOR))
            self._idf: NDArray[np.float32] = file["idf"].astype(np.float32)
            self._weights: NDArray[np.float32] = file["weights"].astype(np.float32)
            self._bias: NDArray[np.float32] = file["bias"].astype(np.float32)
        self._words = {gram: index for index, gram in enumerate(words)}
        self._chars = {gram: index + len(words) for index, gram in enumerate(chars)}
        if not len(self._words) + len(self._chars) == len(self._idf) == len(self._weights):
            raise NoClassifier(
                f"{path}: the model file is damaged. Delete it; it is trained again at the next start."
            )

    def score(self, masked: str) -> list[tuple[str, float]]:
        """Every label with its probability, most probable first."""
        words = tokens(masked)
        scores = self._bias.copy()
        scores += self._part(word_grams(words), self._words)
        scores += self._part(char_grams(words), self._chars)
        odds = np.exp(scores - scores.max())
        odds /= odds.sum()
        shares: list[float] = odds.tolist()
        return [(self.labels[index], shares[index]) for index in np.argsort(-odds, kind="stable").tolist()]

    def _part(self, grams: Iterator[str], places: Mapping[str, int]) -> NDArray[np.float32]:
        counts = Counter(map(places.get, grams))
        counts.pop(None, None)
        if not counts:
            return np.zeros(len(self.labels), dtype=np.float32)
        rows = np.array(list(counts), dtype=np.intp)
        often = np.fromiter(counts.values(), dtype=np.float32, count=len(counts))
        weight = ((np.log(often) + 1.0) * self._idf[rows]).astype(np.float32)
        result: NDArray[np.float32] = weight @ self._weights[rows] / np.sqrt(weight @ weight)
        return result


def digest(examples: Mapping[str, Sequence[str]]) -> str:
    """Names a model by what it was trained from: the examples and the code that reads them."""
    told = hashlib.sha256(json.dumps(examples, sort_keys=True, default=list).encode())
    for name in ("features.py", "train.py"):
        told.update((_HERE / name).read_bytes())
    return told.hexdigest()[:16]


def model_path(folder: Path, examples: Mapping[str, Sequence[str]]) -> Path:
    return folder / f"intents-{digest(examples)}.npz"


def write_model(
    path: Path,
    *,
    labels: Sequence[str],
    words: Sequence[str],
    chars: Sequence[str],
    idf: NDArray[np.float64],
    weights: NDArray[np.float64],
    bias: NDArray[np.float64],
    known: Sequence[str],
) -> None:
    """Write all or nothing: a reader never sees half a file."""
    handle, name = tempfile.mkstemp(dir=path.parent, suffix=".part")
    with os.fdopen(handle, "wb") as file:
        np.savez(
            file,
            labels=np.array(_SEPARATOR.join(labels)),
            words=np.array(_SEPARATOR.join(words)),
            chars=np.array(_SEPARATOR.join(chars)),
            known=np.array(_SEPARATOR.join(known)),
            idf=idf.astype(np.float32),
            weights=weights.astype(np.float16),
            bias=bias.astype(np.float32),
        )
    Path(name).replace(path)


def load_or_train(folders: Sequence[Path], examples: Mapping[str, Sequence[str]]) -> Classifier:
    """The model of these examples from the first folder that has it; else trained in a child into the last folder.

    Raises NoClassifier when the child fails (its last line says why).
    """
    for folder in folders:
        path = model_path(folder, examples)
        if path.is_file():
            return Classifier(path)
    path = model_path(folders[-1], examples)
    child = subprocess.run(  # noqa: S603 - our own module by our own interpreter
        [sys.executable, "-m", "graph.understanding.train", str(path)],
        input=json.dumps({label: list(sentences) for label, sentences in examples.items()}),
        text=True,
        capture_output=True,
        cwd=_HERE.parents[1],
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    if child.returncode != 0 or not path.is_file():
        why = (child.stderr.strip().splitlines() or ["it said nothing"])[-1]
        raise NoClassifier(
            f"training the intent classifier failed: {why}. Run `make setup`, then start again."
        )
    return Classifier(path)
