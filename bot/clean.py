"""Data on its way to a screen: characters that would move the cursor or turn the text around are shown, not obeyed."""

from __future__ import annotations

import unicodedata

#: Cc control, Cf format (bidi, zero-width), Cs lone surrogates, Co private use, Zl/Zp line and paragraph separators
_SHOWN = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})


def clean(words: str) -> str:
    """`words` with every control, bidi and zero-width character written as its escape; line breaks and tabs stay."""
    if words.isascii() and words.isprintable():
        return words
    return "".join(_escape(char) for char in words.replace("\r\n", "\n").expandtabs(4))


def one_line(words: str) -> str:
    """`words` cleaned, on one line."""
    return clean(" ".join(words.split()))


def _escape(char: str) -> str:
    if char == "\n" or unicodedata.category(char) not in _SHOWN:
        return char
    code = ord(char)
    return f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}" if code < 65536 else f"\\U{code:08x}"
