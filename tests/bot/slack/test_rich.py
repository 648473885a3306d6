"""Words into blocks: literal, cut where it is said, split at line ends."""

from __future__ import annotations

from bot.slack import rich


def test_commands_between_backquotes_are_code_and_everything_else_is_literal() -> None:
    found = rich.runs("say `help` to *me* <!channel>")
    assert [one["text"] for one in found] == ["say ", "help", " to *me* <!channel>"]
    assert found[1]["style"] == {"code": True} and all(one["type"] == "text" for one in found)


def test_the_fallback_mentions_nobody_and_is_never_empty() -> None:
    assert rich.fallback("<!channel> & <@U1>") == "&lt;!channel&gt; &amp; &lt;@U1&gt;"
    assert rich.fallback("") == "(nothing)"


def test_what_is_cut_says_how_much_is_missing() -> None:
    assert rich.cut("x" * 200, 100).endswith("(100 characters more)")
    assert len(rich.cut("x" * 200, 100)) == 100
    assert rich.cut("\u202e" * 50, 60).startswith("\\u202e")
    assert len(rich.cut("\u202e" * 50, 60)) == 60


def test_long_words_are_split_at_line_ends_and_nothing_is_lost() -> None:
    words = "".join(f"line {number}\n" for number in range(2_000))
    parts = list(rich.pieces(words))
    assert "".join(parts) == words
    assert all(len(part) <= rich.MOST_TEXT and part.endswith("\n") for part in parts)


def test_the_size_of_a_block_is_the_length_of_its_texts() -> None:
    assert rich.size(rich.rich(rich.section([rich.run("abc"), rich.run("de")]))) == 5
    assert rich.size(rich.actions([rich.button("abc", "x", "1234")])) == 7
