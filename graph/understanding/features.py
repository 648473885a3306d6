"""What a text looks like to the classifier: word 1-2-grams and character 3-4-grams inside words.

The trainer and the scorer share these functions, so that they cannot drift apart.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

#: characters of a text that the classifier looks at
CONSIDERED = 400

#: stands for a name of that kind, so that the classifier does not depend on one company's names
MASKS = {
    "service": "zservice",
    "environment": "zenv",
    "model": "zmodel",
    "time_range": "ztime",
    "version": "zversion",
    "runbook": "zrunbook",
    "id": "zid",
    "incident": "zincident",
    "number": "znumber",
    "params": "zparam",
    "team": "zteam",
    "prompt": "zprompt",
    "suite": "zsuite",
    "provider": "zprovider",
    "region": "zregion",
    "user": "zuser",
    "name": "zname",
}
_MASKED = frozenset(MASKS.values())
_TOKEN = re.compile(r"[a-z0-9]+(?:'[a-z]+)?|[?]")


def tokens(masked: str) -> list[str]:
    """Lower-case words of an already masked text, and `?`."""
    return _TOKEN.findall(masked[:CONSIDERED].lower())


def word_grams(words: list[str]) -> Iterator[str]:
    """A number counts as a number, whichever it is."""
    words = [MASKS["number"] if word.isdigit() else word for word in words]
    yield from words
    before = "^"
    for word in words:
        yield f"{before} {word}"
        before = word
    yield f"{before} $"


def char_grams(words: list[str]) -> Iterator[str]:
    """Character 3-4-grams of each word with its edges; masks are words, not letters."""
    for word in words:
        if word in _MASKED or word == "?" or word.isdigit():
            continue
        edged = f" {word} "
        size = len(edged)
        for width in (3, 4):
            for start in range(size - width + 1):
                yield edged[start : start + width]
