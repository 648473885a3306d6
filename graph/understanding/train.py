"""Trains the intent classifier with scikit-learn, in a process of its own that the application never imports.

python -m graph.understanding.train OUT.npz < examples.json
python -m graph.understanding.train --into DIR        (the declared intents, as `make setup` does)
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix, hstack  # type: ignore[import-untyped]
from sklearn.feature_extraction.text import TfidfVectorizer  # type: ignore[import-untyped]
from sklearn.model_selection import StratifiedKFold  # type: ignore[import-untyped]
from sklearn.svm import LinearSVC  # type: ignore[import-untyped]

from graph.intents import declared_examples
from graph.understanding.classifier import model_path, write_model
from graph.understanding.features import MASKS, char_grams, tokens, word_grams

_SEED = 11
_FOLDS = 3
_OPENINGS = (
    "please {}",
    "can you {}",
    "hey, {}",
    "{} please",
    "could you {}?",
    "i'd like to know {}",
    "{} thanks",
)
_SLOTS = {
    "service": "service",
    "env": "environment",
    "model": "model",
    "time": "time_range",
    "version": "version",
    "runbook": "runbook",
    "id": "id",
    "incident": "incident",
    "num": "number",
    "param": "params",
    "team": "team",
    "prompt": "prompt",
    "suite": "suite",
    "provider": "provider",
    "region": "region",
    "user": "user",
    "name": "name",
}


def masked(example: str, unknown: bool = False) -> str:
    """The example with its {slots} as the masks that the reader puts in; `unknown` = a name nobody knows."""
    for slot, kind in _SLOTS.items():
        kind = "name" if unknown and kind in ("service", "runbook") else kind
        example = example.replace("{" + slot + "}", MASKS[kind])
    return example


def _slip(text: str, number: int) -> str:
    """The text with one slip of the finger, always the same for the same number."""
    words = text.split(" ")
    long = [
        index
        for index, word in enumerate(words)
        if len(word) > 4 and word.isalpha() and not word.startswith("z")
    ]
    if not long:
        return text
    at = long[number % len(long)]
    word = words[at]
    cut = 1 + number % (len(word) - 2)
    words[at] = (
        word[:cut] + word[cut + 1 :]
        if number % 2
        else word[:cut] + word[cut + 1] + word[cut] + word[cut + 2 :]
    )
    return " ".join(words)


def rows(examples: Mapping[str, Sequence[str]]) -> tuple[list[str], list[str], list[int]]:
    """Texts, labels and the number of the example each text was made from (folds must not split one)."""
    texts: list[str] = []
    labels: list[str] = []
    origin: list[int] = []
    number = 0
    for label, sentences in examples.items():
        for sentence in sentences:
            number += 1
            plain = masked(sentence)
            made = [plain, _OPENINGS[number % len(_OPENINGS)].format(plain), _slip(plain, number)]
            if "{service}" in sentence or "{runbook}" in sentence:
                made.append(masked(sentence, unknown=True))
            texts += made
            labels += [label] * len(made)
            origin += [number] * len(made)
    return texts, labels, origin


def _fit(matrix: Any, labels: np.ndarray[Any, Any]) -> LinearSVC:
    return LinearSVC(C=0.6, class_weight="balanced", random_state=_SEED, max_iter=4000).fit(matrix, labels)


def _temperature(matrix: Any, labels: np.ndarray[Any, Any], origin: np.ndarray[Any, Any]) -> float:
    """The factor that makes softmax(factor * margins) say how often it is right, on examples held out by turns."""
    first = np.unique(origin, return_index=True)[1]
    margins, truth = [], []
    for train, held in StratifiedKFold(_FOLDS, shuffle=True, random_state=_SEED).split(first, labels[first]):
        known = np.isin(origin, origin[first[train]])
        model = _fit(matrix[known], labels[known])
        scores = model.decision_function(matrix[first[held]])
        place = {label: index for index, label in enumerate(model.classes_)}
        margins.append(scores)
        truth.append(np.array([place[label] for label in labels[first[held]]]))
    scores, right = np.vstack(margins), np.concatenate(truth)
    best, lowest = 1.0, np.inf
    for factor in np.arange(1.0, 12.0, 0.25):
        logits = factor * scores
        logits -= logits.max(axis=1, keepdims=True)
        loss = float(np.mean(np.log(np.exp(logits).sum(axis=1)) - logits[np.arange(len(right)), right]))
        if loss < lowest:
            best, lowest = float(factor), loss
    return best


def train(examples: Mapping[str, Sequence[str]], out: Path) -> None:
    """Fit on label → example sentences and write the model file."""
    texts, names, number = rows(examples)
    split = [tokens(text) for text in texts]
    words = TfidfVectorizer(analyzer=lambda one: list(word_grams(one)), sublinear_tf=True, min_df=1)
    chars = TfidfVectorizer(analyzer=lambda one: list(char_grams(one)), sublinear_tf=True, min_df=3)
    matrix = csr_matrix(hstack([words.fit_transform(split), chars.fit_transform(split)]))
    labels, origin = np.array(names), np.array(number)
    factor = _temperature(matrix, labels, origin)
    model = _fit(matrix, labels)
    write_model(
        out,
        labels=[str(label) for label in model.classes_],
        words=[str(gram) for gram in words.get_feature_names_out()],
        chars=[str(gram) for gram in chars.get_feature_names_out()],
        idf=np.concatenate([words.idf_, chars.idf_]),
        weights=model.coef_.T * factor,
        bias=model.intercept_ * factor,
        known=sorted({word for one in split for word in one}),
    )


def main(arguments: Sequence[str]) -> int:
    match list(arguments):
        case ["--into", folder]:
            examples: Mapping[str, Sequence[str]] = declared_examples()
            out = model_path(Path(folder), examples)
            if out.exists():
                return 0
        case [name]:
            examples, out = json.load(sys.stdin), Path(name)
        case _:
            sys.stderr.write(
                "use: python -m graph.understanding.train OUT.npz < examples.json | --into DIR\n"
            )
            return 2
    out.parent.mkdir(parents=True, exist_ok=True)
    train(examples, out)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
