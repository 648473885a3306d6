"""Hides secrets in words: shapes that issuers document, values under telling names, and this process's own secrets.

Used at every place that words leave us or are kept: chat, log, model, audit, ledger texts, REST, terminal.
"""

from __future__ import annotations

import base64
import logging
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import quote

from config.shapes import (
    BEFORE,
    CARD,
    CARD_LIKE,
    IBAN,
    IBAN_LIKE,
    LEAST_LONG,
    LONG,
    NAME,
    NAMED,
    NAMED_HINTS,
    NAMED_LIKE,
    SHORT,
    Shape,
    iban,
    is_named_secret,
    luhn,
)

#: an own secret shorter than this would hide ordinary words
LEAST_OWN = 6
LONGEST_WORD = 16
#: variables whose value is a secret, whoever reads them
_SECRET_VARIABLE = re.compile(r"(?i)(?:TOKEN|KEY|SECRET|PASSWORD|PASSWD|PASSPHRASE|CREDENTIALS?)$|_PAT$")
#: variables that end so and hold no secret
_OPEN_VARIABLE = re.compile(r"(?i)(?:PUBLIC_KEY|KEY_ID|_KEYS?_FILE|_PATH)$")
PASSWORD_IN_URL = re.compile(r"://[^/\s:@]*:([^/\s@]+)@")
_MAIL = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@(?:[\w-]{1,63}\.)+[A-Za-z]{2,24}(?![\w-])")
_LONG = tuple((hint, shape) for shape in LONG for hint in shape.hints)
_SHORT = tuple((hint, shape) for shape in SHORT for hint in shape.hints)


class Redactor:
    """Call it with words. Made once for a process; `own` are its own secrets, hidden wherever they stand, also in
    base64 and in URLs."""

    def __init__(self, own: Iterable[str] = ()) -> None:
        forms = sorted({form for one in own for form in _forms(one)}, key=len, reverse=True)
        self._own = re.compile("|".join(re.escape(one) for one in forms)) if forms else None

    def __call__(self, text: str) -> str:
        """`text` with every secret replaced by `[hidden: what it was]`; the same again for what is hidden already."""
        return self._hide(text, None)

    def kinds(self, text: str) -> tuple[str, ...]:
        """What would be hidden, in words; empty: nothing."""
        found: dict[str, None] = {}
        self._hide(text, found)
        return tuple(found)

    def prompt(self, text: str) -> str:
        """For a language model: without secrets and without people's e-mail addresses."""
        hidden = self(text)
        return _MAIL.sub("[hidden: e-mail]", hidden) if "@" in hidden else hidden

    def tree(self, value: Any) -> Any:
        """A JSON value with every string in it redacted, by the name it stands under too.

        The value itself where nothing had to be hidden: all its strings are looked at as one text first, which takes a
        tenth of the time.
        """
        if isinstance(value, str):
            return self(value)
        strings: list[str] = []
        if not _gather(value, strings):
            text = "\n".join(strings)
            if self._hide(text, None) == text:
                return value
        return self._each(value, "")

    def _each(self, value: Any, name: str) -> Any:
        if isinstance(value, str):
            if name and _is_telling(name) and is_named_secret(name, value):
                return f"[hidden: {name.rsplit('.', 1)[-1][:40]}]"
            return self(value)
        if isinstance(value, Mapping):
            return {key: self._each(one, str(key)) for key, one in value.items()}
        if isinstance(value, list | tuple):
            return [self._each(one, name) for one in value]
        return value

    def _hide(self, text: str, found: dict[str, None] | None) -> str:
        if len(text) < 4:
            return text
        if self._own is not None:
            text = self._own.sub(_marked("own secret", found), text)
        low = text.lower()
        for hint, shape in _SHORT:
            if hint in low:
                text = shape.pattern.sub(_checked(shape, found), text)
        if long := " ".join([word for word in low.split() if len(word) >= LEAST_LONG]):
            for hint, shape in _LONG:
                if hint in long:
                    text = shape.pattern.sub(_checked(shape, found), text)
        if any(hint in low for hint in NAMED_HINTS) and NAMED_LIKE.search(low):
            text = NAMED.sub(_named(found), text)
        if CARD_LIKE.search(text):
            text = CARD.sub(_if(luhn, "card number", found), text)
        if IBAN_LIKE.search(text):
            text = IBAN.sub(_if(iban, "IBAN", found), text)
        return text


@lru_cache(maxsize=4096)
def _is_telling(name: str) -> bool:
    return NAME.fullmatch(name) is not None


def _gather(value: Any, into: list[str]) -> bool:
    """Every string of it; True when one stands under a telling name."""
    told = False
    if isinstance(value, str):
        into.append(value)
    elif isinstance(value, Mapping):
        for key, one in value.items():
            told = _gather(one, into) or (isinstance(one, str) and _is_telling(str(key))) or told
    elif isinstance(value, list | tuple):
        for one in value:
            told = _gather(one, into) or told
    return told


def _marked(kind: str, found: dict[str, None] | None) -> Callable[[re.Match[str]], str]:
    def mark(match: re.Match[str]) -> str:
        if found is not None:
            found[kind] = None
        return f"[hidden: {kind}]"

    return mark


def _if(
    check: Callable[[str], bool], kind: str, found: dict[str, None] | None
) -> Callable[[re.Match[str]], str]:
    mark = _marked(kind, found)
    return lambda match: mark(match) if check(match[0]) else match[0]


def _checked(shape: Shape, found: dict[str, None] | None) -> Callable[[re.Match[str]], str]:
    mark = _marked(shape.kind, found)
    group: int | str = "s" if "s" in shape.pattern.groupindex else 0

    def hide(match: re.Match[str]) -> str:
        secret = match[group]
        if secret.startswith("[hidden") or (shape.check is not None and not shape.check(secret)):
            return match[0]
        start, end = match.start(group) - match.start(), match.end(group) - match.start()
        return match[0][:start] + mark(match) + match[0][end:]

    return hide


def _named(found: dict[str, None] | None) -> Callable[[re.Match[str]], str]:
    def hide(match: re.Match[str]) -> str:
        group = "q" if match["q"] is not None else "v"
        if match[group].startswith("[hidden"):
            return match[0]
        before = BEFORE.search(match.string, max(0, match.start() - 60), match.start())
        name = (before[0] if before else "") + match["n"]
        if not is_named_secret(name, match[group]):
            return match[0]
        kind = name.rsplit(".", 1)[-1].strip("_-")[:40]
        start, end = match.start(group) - match.start(), match.end(group) - match.start()
        return match[0][:start] + _marked(kind, found)(match) + match[0][end:]

    return hide


def _forms(secret: str) -> Iterator[str]:
    """The secret as it stands, in URLs, and in base64 at each of the three places it can begin in a group."""
    if len(secret.strip()) < LEAST_OWN:
        return
    yield secret
    yield quote(secret, safe="")
    yield quote(secret)
    raw = secret.encode()
    for code in (base64.b64encode, base64.urlsafe_b64encode):
        for shift in range(3):
            whole = code(b"\0" * shift + raw).decode().rstrip("=")
            start = -(-shift * 8 // 6)
            sure = (shift + len(raw)) * 8 // 6
            yield whole[start:sure]


def of_variables(variables: Mapping[str, str]) -> set[str]:
    """Secrets of the environment: values under telling names, and passwords in addresses."""
    found: set[str] = set()
    for name, value in variables.items():
        if _SECRET_VARIABLE.search(name) and not _OPEN_VARIABLE.search(name):
            found.add(value)
        found |= set(PASSWORD_IN_URL.findall(value))
    return {one for one in found if worth_hiding(one)}


def worth_hiding(value: str) -> bool:
    """A flag, a short number, a path or an ordinary word (`SOME_KEY=production`) is no secret: hiding it wherever it
    stands would hide much else."""
    bare = value.strip()
    word = bare.isalpha() and len(bare) < LONGEST_WORD
    return (
        len(bare) >= LEAST_OWN
        and not word
        and not bare.startswith(("/", "~", "file:"))
        and len(set(bare)) > 2
    )


class RedactingFormatter(logging.Formatter):
    """Formats a record, tracebacks included, and hides what is secret in the result."""

    def __init__(self, format: str, redact: Redactor) -> None:
        super().__init__(format)
        self.redact = redact

    def format(self, record: logging.LogRecord) -> str:
        return self.redact(super().format(record))


def known_redactor() -> Redactor | None:
    """The one that the log of this process uses: it knows the most."""
    for handler in logging.getLogger().handlers:
        if isinstance(handler.formatter, RedactingFormatter):
            return handler.formatter.redact
    return None


def redact_logs(redact: Redactor) -> None:
    """From now on the log hides what `redact` knows: once settings and keys are read, that is more than at first."""
    for handler in logging.getLogger().handlers:
        if isinstance(handler.formatter, RedactingFormatter):
            handler.formatter.redact = redact
