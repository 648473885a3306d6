"""What a person typed, without Slack's markup."""

from __future__ import annotations

import pytest

from bot.slack.front import said, words_for
from config.errors import Conflict


@pytest.mark.parametrize(
    ("sent", "meant"),
    [
        ("<@UBOT> why is rag-api slow?", "why is rag-api slow?"),
        ("<@UBOT|copilot> ack", "ack"),
        ("page <@UPRIYA> please", "page @UPRIYA please"),
        (
            "see <https://demo.example/x|the page> and <https://demo.example>",
            "see the page and https://demo.example",
        ),
        ("mail <mailto:a@demo.example|a@demo.example>", "mail a@demo.example"),
        ("post to <#C1|general> <!here>", "post to general here"),
        ("a &lt; b &amp;&amp; c &gt; d", "a < b && c > d"),
        ("&amp;lt;", "&lt;"),
        ("", ""),
    ],
)
def test_markup_becomes_what_the_person_saw(sent: str, meant: str) -> None:
    assert said(sent, "UBOT") == meant


def test_our_errors_are_told_and_others_get_an_id_that_is_in_the_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    assert words_for(Conflict("Priya decided.")) == "It has changed meanwhile: Priya decided."
    words = words_for(ZeroDivisionError("secret"))
    error_id = words.split("Error id ")[1].split(":")[0]
    assert "secret" not in words and error_id in caplog.text
