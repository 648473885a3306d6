"""Numbers that people name: replicas, percents, factors, money, parameters of a model; and what they stand for."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

_NUMBERS = {
    "a": 1, "an": 1, "one": 1, "another": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7,
    "eight": 8, "nine": 9, "ten": 10, "twelve": 12, "a couple of": 2, "a couple": 2, "a dozen": 12, "a few": 3,
}  # fmt: skip
_SPOKEN = "|".join(sorted(_NUMBERS, key=len, reverse=True))
_COUNT = rf"(\d{{1,4}}|{_SPOKEN})"
_THINGS = r"(?:replicas?|pods?|instances?|copies|copy|workers?|servers?|machines?|containers?|nodes?|gpus?)"
_NOT_OF_TIME = (
    r"(?!\s*(?:%|percent|per cent|pct|x\b|times\b|[:.]\d|am\b|pm\b|(?:second|minute|hour|day|week|month|ms)s?\b"
    r"|[smhdw]\b|tokens?\b|usd\b|dollars?\b))"
)
_UP = r"(?:up|increase|raise|grow|bump|add|expand|enlarge|extend|boost)"
_DOWN = r"(?:down|reduce|decrease|shrink|lower|remove|drop|cut|trim|take away)"

_PARAMETERS = {
    "temperature": "temperature", "temp": "temperature", "top p": "top_p", "top k": "top_k",
    "max tokens": "max_tokens", "max output tokens": "max_tokens", "maximum tokens": "max_tokens",
    "token limit": "max_tokens", "max context tokens": "max_context_tokens", "context length": "max_context_tokens",
    "context window": "max_context_tokens", "max context": "max_context_tokens", "batch size": "batch_size",
    "max batch size": "batch_size", "seed": "seed", "frequency penalty": "frequency_penalty",
    "presence penalty": "presence_penalty", "repetition penalty": "repetition_penalty", "concurrency": "concurrency",
}  # fmt: skip
_PARAMETER_WORDS = "|".join(
    re.escape(name).replace(r"\ ", "[ _-]") for name in sorted(_PARAMETERS, key=len, reverse=True)
)
_PARAMETER = re.compile(
    rf"\b({_PARAMETER_WORDS})\s*(?:=|:|\bof\b|\bat\b|\bset to\b|\bto\b|\bis\b)?\s*(-?\d+(?:\.\d+)?)(k)?\b"
)
_PERCENT = re.compile(r"(?<![\w.])(\d{1,3}(?:\.\d+)?)\s?(?:%|percent\b|per cent\b|pct\b)")
_PART = re.compile(
    r"\b(all|everything|half|a third|a quarter|a tenth|a fifth)\b"
    r"(?=(?:\s+(?:of|the|its|our|remaining))*\s+(?:traffic|requests|users|load)\b)"
)
_PARTS = {"all": 100.0, "everything": 100.0, "half": 50.0, "a third": 100 / 3, "a quarter": 25.0,
          "a fifth": 20.0, "a tenth": 10.0}  # fmt: skip
_MONEY = re.compile(
    r"(?<!\w)\$\s?(\d[\d,]*(?:\.\d+)?)\s?(k|m)?\b|(?<![\w.])(\d[\d,]*(?:\.\d+)?)\s?(k|m)?\s?(?:usd|dollars?|bucks)\b"
)
_TIMES = re.compile(
    rf"\b(?:x\s?(\d{{1,3}}(?:\.\d+)?)|(\d{{1,3}}(?:\.\d+)?)\s?x|(\d{{1,3}}|{_SPOKEN})\s?times|(ten|two|three|four|five)fold)\b"
    r"(?!\s+(?:a|per|each|every|in|over|last|this)\b)"
)
_FACTOR_WORDS = (
    (re.compile(r"\b(?:doubl(?:e|es|ed|ing)|twice|twofold)\b"), 2.0),
    (re.compile(r"\b(?:tripl(?:e|es|ed|ing)|treble)\b"), 3.0),
    (re.compile(r"\bquadrupl(?:e|es|ed|ing)\b"), 4.0),
    (re.compile(r"\b(?:halv(?:e|es|ed|ing)|(?:by|in) half)\b"), 0.5),
)
_GROWS = re.compile(
    r"\b(?:grow\w*|increas\w*|rises?|rising|goes up|went up|more|higher|additional|extra|up by|climbs?)\b"
)
_FALLS = re.compile(r"\b(?:falls?|drops?|declines?|decreas\w*|shrinks?|goes down|less|fewer|lower)\b")
_MORE = re.compile(rf"\b{_COUNT}\s+(?:more|additional|extra|further|other)\b(?:\s+{_THINGS})?")
_FEWER = re.compile(rf"\b{_COUNT}\s+(?:fewer|less)\b(?:\s+{_THINGS})?")
_PLUS = re.compile(r"(?<![\w.])([+-])\s?(\d{1,3})\b(?!\s?(?:%|[smhdw]\b|min|hour|day|week))")
_STAR = re.compile(r"\*(\d+(?:\.\d+)?)\b")
_BY = re.compile(rf"\bby\s+{_COUNT}\b{_NOT_OF_TIME}")
_ADD = re.compile(rf"\b(add|remove|drop|take away)\s+{_COUNT}\s+{_THINGS}")
_TO = re.compile(rf"\b(?:to|at|=)\s+(?:a total of\s+)?(\d{{1,4}})\b{_NOT_OF_TIME}")
_OF_THEM = re.compile(rf"\b{_COUNT}\s+(?:of\s+)?{_THINGS}\b")
_BARE = re.compile(rf"^\s*([+-]?\d{{1,4}})\s*(?:{_THINGS})?\s*[.!]?\s*$")
_BOUND = re.compile(
    r"\b(max|maximum|min|minimum|upper limit|lower limit)\b(?=.*\b(?:auto-?scal\w*|hpa|replicas?|pods?|instances?)\b)"
    r"|\bauto-?scal\w*\b.*\b(max|maximum|min|minimum|upper limit|lower limit)\b"
)


#: without one of these there is no quantity: most texts have none
_HINT = re.compile(
    r"\d|\b(?:all|everything|half|third|quarter|tenth|fifth|doubl|twice|twofold|tripl|treble|quadrupl|halv|times|"
    r"(?:ten|two|three|four|five)fold|more|additional|extra|further|other|fewer|less|by|add|remove|drop|take away|max|"
    rf"min|upper|lower|{_THINGS})"
)


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number as it was said: what it is of, its value, and where in the text its figures stand."""

    kind: str
    value: Any
    start: int
    end: int


def find(low: str) -> Iterator[Quantity]:
    """Quantities of a lower-case text, the more particular ones first; several may stand at one place.

    `params` {name: number}; `percent` 0 to 100; `factor`, 2 for twice; `amount` USD; `bound` minimum or maximum;
    `replicas`, a count as a symbol: `6`, `+3`, `-2`, `*2`.
    """
    if _HINT.search(low):
        for read in _READERS:
            yield from read(low)


def resolve_replicas(symbol: str, now: int) -> int:
    """The number that `6`, `+3`, `-2` or `*0.5` makes of `now` replicas; never below 0."""
    if symbol.startswith("*"):
        wanted = now * float(symbol[1:])
        return max(0, int(-(-wanted // 1)))
    return max(0, now + int(symbol)) if symbol[0] in "+-" else int(symbol)


def _number(said: str) -> int:
    return int(said) if said.isdigit() else _NUMBERS[said]


def _parameters(low: str) -> Iterator[Quantity]:
    for match in _PARAMETER.finditer(low):
        name = _PARAMETERS[re.sub(r"[ _-]", " ", match[1])]
        value = float(match[2]) * (1000 if match[3] else 1)
        yield Quantity(
            "params", {name: int(value) if value.is_integer() else value}, match.start(), match.end()
        )


def _percents(low: str) -> Iterator[Quantity]:
    for match in _PERCENT.finditer(low):
        percent = float(match[1])
        yield Quantity(
            "percent", int(percent) if percent.is_integer() else percent, match.start(), match.end()
        )
        if low[: match.start()].endswith(("to ", "at ")):
            continue
        if _GROWS.search(low):
            yield Quantity("factor", 1 + float(match[1]) / 100, match.start(), match.end())
        elif _FALLS.search(low):
            yield Quantity("factor", max(0.0, 1 - float(match[1]) / 100), match.start(), match.end())
    for match in _PART.finditer(low):
        yield Quantity("percent", _PARTS[match[1]], match.end(), match.end())


def _money(low: str) -> Iterator[Quantity]:
    for match in _MONEY.finditer(low):
        figure, scale = match[1] or match[3], match[2] or match[4]
        value = float(figure.replace(",", "")) * {"k": 1e3, "m": 1e6}.get(scale or "", 1.0)
        yield Quantity("amount", value, match.start(), match.end())


def _factors(low: str) -> Iterator[Quantity]:
    for match in _TIMES.finditer(low):
        said = match[1] or match[2] or match[3] or match[4]
        factor = float(_NUMBERS.get(said, said))
        if factor > 0:
            start, end = match.span(3) if match[3] else match.span()
            yield Quantity("factor", factor, start, end)
            yield Quantity("replicas", f"*{factor:g}", start, end)
    for pattern, factor in _FACTOR_WORDS:
        for match in pattern.finditer(low):
            yield Quantity("factor", factor, match.end(), match.end())
            yield Quantity("replicas", f"*{factor:g}", match.end(), match.end())


def _steps(low: str) -> Iterator[Quantity]:
    """Relative counts: `three more`, `two fewer`, `+3`, `by 2`, `add a pod`."""
    for match in _MORE.finditer(low):
        yield Quantity("replicas", f"+{_number(match[1])}", match.start(1), match.end(1))
    for match in _FEWER.finditer(low):
        yield Quantity("replicas", f"-{_number(match[1])}", match.start(1), match.end(1))
    for match in _PLUS.finditer(low):
        yield Quantity("replicas", f"{match[1]}{int(match[2])}", match.start(), match.end())
    for match in _STAR.finditer(low):
        yield Quantity("replicas", f"*{match[1]}", match.start(), match.end())
    for match in _BY.finditer(low):
        down = re.search(rf"\b{_DOWN}\b", low) and not re.search(rf"\b{_UP}\b", low)
        yield Quantity("replicas", f"{'-' if down else '+'}{_number(match[1])}", match.start(1), match.end(1))
    for match in _ADD.finditer(low):
        sign = "+" if match[1] == "add" else "-"
        yield Quantity("replicas", f"{sign}{_number(match[2])}", match.start(2), match.end(2))


def _counts(low: str) -> Iterator[Quantity]:
    for pattern in (_TO, _OF_THEM, _BARE):
        for match in pattern.finditer(low):
            said = match[1]
            if said in ("a", "an", "another"):
                continue
            symbol = said if said[0] in "+-" else str(_number(said))
            start = match.end() if pattern is _BARE else match.start(1)
            yield Quantity("replicas", symbol, start, max(start, match.end(1)))


def _bounds(low: str) -> Iterator[Quantity]:
    if match := _BOUND.search(low):
        said = match[1] or match[2]
        yield Quantity(
            "bound", "minimum" if said.startswith(("min", "lower")) else "maximum", match.end(), match.end()
        )


_READERS: tuple[Callable[[str], Iterator[Quantity]], ...] = (
    _parameters, _percents, _money, _factors, _steps, _counts, _bounds,
)  # fmt: skip
