"""Slack blocks out of words. Data goes into `rich_text`, where Slack reads no mention, link or format out of it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from bot.clean import clean

Block = dict[str, Any]
Element = dict[str, Any]
#: characters of one text element; Slack allows 3,000 a section (docs.slack.dev, "Block Kit")
MOST_TEXT = 2_900
#: characters of a header, a button's label and a button's value
MOST_HEADER, MOST_LABEL, MOST_VALUE = 150, 75, 2_000
_CODE = re.compile(r"`([^`\n]{1,300})`")
#: docs.slack.dev, "Formatting message text": the characters that are control characters in the fallback text
_CONTROL = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})


def fallback(words: str, most: int = 3_000) -> str:
    """For notifications and clients without blocks: mrkdwn, in which data mentions nobody and links nowhere."""
    return cut(clean(words).translate(_CONTROL), most) or "(nothing)"


def cut(words: str, most: int) -> str:
    """`words` cleaned, at most `most` characters; what is cut off is said where there is room for it."""
    shown = clean(words[: most + 1])
    if len(shown) <= most:
        return shown
    mark = f"… ({len(words) - most:,} characters more)" if most > 60 and len(words) > most else "…"
    return shown[: most - len(mark)] + mark


def run(words: str, **style: bool) -> Element:
    """A stretch of literal text; `style` is bold, italic, strike or code."""
    shown: Element = {"type": "text", "text": clean(words) or " "}
    return shown | ({"style": dict(style)} if style else {})


def runs(words: str) -> list[Element]:
    """Literal text in which `commands` between backquotes are set as code."""
    found: list[Element] = []
    at = 0
    for match in _CODE.finditer(words):
        if match.start() > at:
            found.append(run(words[at : match.start()]))
        found.append(run(match[1], code=True))
        at = match.end()
    if at < len(words):
        found.append(run(words[at:]))
    return found


def instant(at: float, words: str) -> Element:
    """An instant in the zone of whoever reads; `words` where a client cannot."""
    return {
        "type": "date",
        "timestamp": int(at),
        "format": "{date_short_pretty} at {time}",
        "fallback": words,
    }


def section(elements: Sequence[Element]) -> Element:
    return {"type": "rich_text_section", "elements": list(elements)}


def rich(*parts: Element) -> Block:
    return {"type": "rich_text", "elements": list(parts)}


def paragraphs(words: str) -> list[Block]:
    """Text of any length, in blocks that Slack takes."""
    return [rich(section(runs(part))) for part in pieces(clean(words)) if part.strip()]


def preformatted(words: str) -> list[Block]:
    return [
        rich({"type": "rich_text_preformatted", "elements": [run(part)]})
        for part in pieces(clean(words))
        if part.strip()
    ]


def pieces(words: str, most: int = MOST_TEXT) -> Iterable[str]:
    """`words` in parts of at most `most` characters, split at line ends where there are any."""
    while len(words) > most:
        at = words.rfind("\n", most // 2, most)
        at = most if at < 0 else at + 1
        yield words[:at]
        words = words[at:]
    if words:
        yield words


def header(words: str) -> Block:
    return {
        "type": "header",
        "text": {
            "type": "plain_text",
            "text": cut(" ".join(words.split()), MOST_HEADER) or "…",
            "emoji": False,
        },
    }


def context(words: str) -> Block:
    return {
        "type": "context",
        "elements": [{"type": "plain_text", "text": cut(words, MOST_VALUE) or "…", "emoji": False}],
    }


def button(label: str, action: str, value: str, style: str | None = None) -> Element:
    shown: Element = {
        "type": "button",
        "action_id": action,
        "text": {"type": "plain_text", "text": cut(label, MOST_LABEL) or "…", "emoji": False},
        "value": value,
    }
    return shown | ({"style": style} if style else {})


def actions(buttons: Sequence[Element]) -> Block:
    return {"type": "actions", "elements": list(buttons)}


def size(block: Mapping[str, Any]) -> int:
    """How many characters of text a block holds, as Slack counts towards a message."""
    total = 0
    for key, value in block.items():
        if isinstance(value, str):
            total += len(value) if key in ("text", "value", "fallback", "alt_text") else 0
        elif isinstance(value, Mapping):
            total += size(value)
        elif isinstance(value, list):
            total += sum(size(one) for one in value if isinstance(one, Mapping))
    return total
