"""Holds a language model's words against the facts it was given: a number, a name, an address that none of them has
is not shown to people.

Words are judged one at a time as they come, so that they can be shown while the rest is still being said.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from decimal import Decimal

from config.errors import CopilotError

_TOKEN = re.compile(r"[^\s()\[\]{}<>\"“”‘’`,;|*]+")
_PART = re.compile(r"[a-z0-9]+(?:[._:/+@%-]+[a-z0-9]+)*%?")
_NUMBER = re.compile(r"[-+~≈]?[$€£]?(\d+(?:,\d{3})*(?:\.\d+)?)(%|[a-zµ]{0,12}(?:/[a-z]{1,6})?)")
_DIGITS = re.compile(r"\d+(?:,\d{3})*(?:\.\d+)?")
_TRIM = ".!?:'’~≈=…_-"
_WORD_NUMBERS = {
    "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
    "eleven": 11, "twelve": 12, "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "hundred": 100,
    "thousand": 1000, "million": 1_000_000, "twice": 2, "double": 2, "doubled": 2, "triple": 3, "tripled": 3,
    "half": 50, "halved": 50, "dozen": 12,
}  # fmt: skip
#: words of the trade with digits in them
_SPOKEN = ("p50", "p90", "p95", "p99", "p999", "4xx", "5xx", "24/7", "k8s", "s3", "ec2", "a100", "h100")
#: what only a person says to us, never a model to a person: ids of runs and approvals, and addresses
_BANNED = re.compile(
    r"(?i)(?:apr|run|req|std)_[0-9a-z]{6,}|://|^www\.|^<?[!@#]\w|@(?:here|channel|everyone)|^mailto:"
)
_ORDINARY = re.compile(r"[a-z]+(?:'[a-z]+)?")
_JOINED = re.compile(r"[a-z]+(?:[-/][a-z]+)+")


class Untraceable(CopilotError):
    """The model named something that is in none of the facts; `word` is it."""

    title = "The model's words were left out"

    def __init__(self, word: str) -> None:
        super().__init__(f"named {word[:60]!r}, which is in none of the facts that it was given")
        self.word = word


class Tracer:
    """`names` are the names that count wherever they stand (services, runbooks, people …), in lower case."""

    def __init__(self, names: Collection[str], common: Collection[str] = ()) -> None:
        self._names = frozenset(names)
        self._common = common
        self._words: set[str] = set(_SPOKEN)
        self._numbers: set[Decimal] = set()

    def learn(self, text: str) -> None:
        """These words and numbers are facts from now on."""
        self.hear(text)
        for found in _DIGITS.findall(text):
            self._numbers.add(Decimal(found.replace(",", "")).normalize())

    def hear(self, text: str) -> None:
        """These words may be repeated. Their numbers may not: somebody wrote them, nobody measured them."""
        low = text.lower()
        for token in _TOKEN.findall(low):
            bare = token.strip(_TRIM)
            self._add(bare, *(one.strip(_TRIM) for one in re.split(r"[:=/]", bare)))
        self._add(*_PART.findall(low))

    def _add(self, *words: str) -> None:
        self._words.update(one for one in words if not _NUMBER.fullmatch(one))

    def check(self, text: str) -> None:
        """Raises Untraceable for the first word that is in no fact."""
        for token in _TOKEN.findall(text):
            self._judge(token)

    def _judge(self, token: str) -> None:
        low = token.lower().strip(_TRIM)
        if not low:
            return
        if _BANNED.search(token.lower()):
            raise Untraceable(token)
        if low in self._words and low not in _WORD_NUMBERS:
            return
        if low in self._names:
            raise Untraceable(token)
        if low in _WORD_NUMBERS:
            if Decimal(_WORD_NUMBERS[low]) not in self._numbers and low not in self._words:
                raise Untraceable(token)
            return
        if _ORDINARY.fullmatch(low.replace("’", "'")):
            return
        if (number := _NUMBER.fullmatch(low)) is not None:
            if not self._known(number[1]):
                raise Untraceable(token)
            return
        if _JOINED.fullmatch(low):
            parts = re.split(r"[-/]", low)
            if all(one in self._words or one in self._common for one in parts) and not self._names_in(parts):
                return
        elif (
            not any(one.isdigit() for one in low) and not re.search(r"[\w][._:/@][\w]", low)
        ) or self._pieces_known(low):
            return
        raise Untraceable(token)

    def _names_in(self, parts: Iterable[str]) -> bool:
        return any(one in self._names and one not in self._words for one in parts)

    def _pieces_known(self, low: str) -> bool:
        """`14:05-14:20`, `rag-api's`, `2026-11-20/21`: made of known words and numbers alone."""
        parts = [one for one in re.split(r"(?:'s|’s|[–—/=-]|\.\.)", low) if one]
        return len(parts) > 0 and all(
            one in self._words or ((found := _NUMBER.fullmatch(one)) is not None and self._known(found[1]))
            for one in parts
        )

    def _known(self, said: str) -> bool:
        """A number of the facts, or one of them rounded to the places that were said (two figures at least)."""
        number = Decimal(said.replace(",", ""))
        if number.normalize() in self._numbers:
            return True
        sign = number.as_tuple()
        if len(sign.digits) < 2:
            return False
        place = Decimal(1).scaleb(int(sign.exponent))
        return any(
            abs(fact - number) <= place / 2 and fact.as_tuple().exponent < sign.exponent  # type: ignore[operator]
            for fact in self._numbers
        )


class Stepwise:
    """Judges words as they come in pieces of any size; gives back what may be shown."""

    def __init__(self, tracer: Tracer) -> None:
        self._tracer = tracer
        self._held = ""

    def feed(self, piece: str) -> str:
        """The whole words that are now complete. Raises Untraceable."""
        self._held += piece
        cut = max(self._held.rfind(" "), self._held.rfind("\n"))
        if cut < 0:
            return ""
        ready, self._held = self._held[: cut + 1], self._held[cut + 1 :]
        self._tracer.check(ready)
        return ready

    def rest(self) -> str:
        """What is left at the end. Raises Untraceable."""
        ready, self._held = self._held, ""
        self._tracer.check(ready)
        return ready
