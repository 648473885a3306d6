"""The README's transcript is what `make demo` prints."""

from __future__ import annotations

from tests.support.story import MARKS, README, played, skeleton


def test_the_readme_tells_the_story_that_the_demo_plays() -> None:
    found = MARKS.search(README.read_text(encoding="utf-8"))
    assert found is not None
    told = skeleton(found.group(0))
    assert len([line for line in told if line[1:4] == " · "]) >= 6
    assert skeleton(played()) == told
