"""Texts that break things: markup of chats, control and bidi characters, broken Unicode, code, very long ones."""

from __future__ import annotations

import itertools
import random

_MARKUP = (
    "<!channel>", "<!here>", "<!everyone>", "<@U123>", "<@UPRIYA|priya>", "<#C1|general>", "<!subteam^S1|@ops>",
    "@channel", "@here", "@everyone", "<https://evil.example|https://slack.com>", "<mailto:a@b.c|x>", "<at>Bot</at>",
    "*bold* _it_ ~no~ `code`", "```\ncode\n```", "> quote", "&lt;!channel&gt;", "&amp;lt;!channel&amp;gt;",
    "<!date^0^{date}|never>", "[link](https://evil.example)", "![x](https://evil.example/x.png)", ":rotating_light:",
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "\"><svg/onload=alert(1)>", "javascript:alert(1)",
    "{{7*7}}", "${7*7}", "#{7*7}", "%s%s%n", "%00", "{0}", "{service}", "' OR 1=1 --", "\"; DROP TABLE runs; --",
    "$(reboot)", "`reboot`", "| reboot", "; reboot", "&& reboot", "../../etc/passwd", "\\\\server\\share", "C:\\con",
    "null", "None", "undefined", "NaN", "true", "-1", "1e309", "0x7f", "", " ", "\t", "\n", "\r\n\r\n", ".", "/", "\\",
)  # fmt: skip
_UNICODE = (
    "\u202eevil\u202c", "\u2066x\u2069", "\u200b\u200c\u200d\ufeff",
    "\u0000", "\u0007\u001b[31mred", "\ud800", "\udfff",
    "\ufffe\uffff", "e\u0301" * 50, "Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤̞͉͚̯̞̠͍A̴̵̜̰͔ͫ͗͢L̠ͨͧͩ͘G̴̻͈͍͔̹̑͗̎̅͛́Ǫ̵̹̻̝̳͂̌̌͘",
    "👩‍👩‍👧‍👦" * 20, "🇩🇪🇫🇷", "ﷺ" * 40, "田中さん", "العربية", "עברית", "ไทย" * 30,
    "İıſK", "ß" * 80, "½²①", "\u2028\u2029", "\u00ad" * 30,
    "‮gnp.exe", "ａｄｍｉｎ", "аdmin", "\x7f\x80\x9f", "\U0010ffff", "\ue000", "𝕒𝕕𝕞𝕚𝕟",
)  # fmt: skip
_LONG = ("x" * 40_000, "word " * 8_000, "\n" * 5_000, "<" * 3_500, "&" * 2_900, "`" * 3_000, "\u202e" * 3_000)


def hostile(count: int = 520, seed: int = 7) -> list[str]:
    """At least `count` texts: each kind alone, and seeded mixtures of them."""
    base = [*_MARKUP, *_UNICODE, *_LONG]
    dice = random.Random(seed)
    mixed = ("".join(dice.choice(base)[:400] for _ in range(dice.randint(2, 5))) for _ in itertools.count())
    return base + list(itertools.islice(mixed, max(0, count - len(base))))
