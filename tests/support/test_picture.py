from __future__ import annotations

from pathlib import Path

from PIL import Image

from tests.support.picture import DIM, FRONT, MOST_BYTES, ROWS, save, scenes, spans


def test_colours_are_those_that_were_printed() -> None:
    told = [(one.words, one.color) for one in spans("a \x1b[2mb\x1b[0m c\x1b[1;32md\x1b[0m")]
    assert [words for words, _ in told] == ["a ", "b", " c", "d"]
    assert told[0][1] == FRONT and told[1][1] == DIM and told[3][1] not in (FRONT, DIM)


def test_each_scene_ends_with_a_block_and_scrolls() -> None:
    lines = ["one", "", "two", "two", "", *["three"] * ROWS]
    shown = list(scenes(lines, 10))
    assert shown[0] == ["one"] and shown[1][-1] == "two" and shown[-1] == ["three"] * ROWS


def test_a_long_story_still_fits(tmp_path: Path) -> None:
    lines = [f"line {n} " * 12 if n % 4 else "" for n in range(400)]
    assert save(lines, tmp_path / "x.gif") <= MOST_BYTES
    with Image.open(tmp_path / "x.gif") as picture:
        assert picture.n_frames > 1  # type: ignore[attr-defined]
