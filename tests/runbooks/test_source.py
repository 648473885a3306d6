from __future__ import annotations

import pytest

from runbooks.source import LARGEST, SourceError, read_source


def test_every_key_has_its_line() -> None:
    source = read_source("version: 1\nsteps:\n  - id: a\n    uses: x\n  - id: b\n")
    assert source.content == {"version": 1, "steps": [{"id": "a", "uses": "x"}, {"id": "b"}]}
    assert source.line(("steps", 0, "uses")) == 4
    assert source.line(("steps", 1, "with", "service")) == 5
    assert source.line(("nothing",)) == 1


def test_only_what_json_knows_is_more_than_text() -> None:
    text = "a: yes\nb: 2026-01-01\nc: 010\nd: 1:30\ne: true\nf: 1.5\ng: null\nh: on\ni: -3\nj: .nan\non: x\n"
    assert read_source(text).content == {
        "a": "yes", "b": "2026-01-01", "c": "010", "d": "1:30", "e": True, "f": 1.5, "g": None, "h": "on", "i": -3,
        "j": ".nan", "on": "x",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("", 1, "empty"),
        ("- a\n", 1, "not a mapping"),
        ("a: 1\nb: [1,\n", 3, "not YAML"),
        ("a: 1\na: 2\n", 2, "stands twice"),
        ("a: &x 1\nb: *x\n", 1, "anchors"),
        ("a: !!python/object:os.system x\n", 1, "tag"),
        ("a: 1\nb:\n  ? [x]\n  : 1\n", 3, "must be a word"),
        ("a: " + "[" * 30 + "]" * 30, 1, "nested too deeply"),
        ("a: " + "[" * 30_000, 1, ""),
        ("a: " + "x" * LARGEST, 1, "at most"),
        ("a: \x07\n", 1, "not YAML"),
    ],
)
def test_what_is_wrong_has_its_line(text: str, line: int, words: str) -> None:
    with pytest.raises(SourceError) as caught:
        read_source(text)
    assert (caught.value.line, words in caught.value.what) == (line, True), caught.value.what
