from __future__ import annotations

from pathlib import Path

from graph.handbook import handbook, sections
from graph.understanding.commands import TABLE
from runbooks.loader import Library
from tests.graph.world import World


def test_a_page_is_cut_at_its_headings_but_not_inside_code(tmp_path: Path) -> None:
    page = tmp_path / "a.md"
    page.write_text(
        "# One\ntext\n\n```\n# no heading\n```\n## Two\n<!-- begin: t -->\nrow\n<!-- end: t -->\nmore\n## Empty\n"
    )
    found = list(sections(page, "a.md"))
    assert [(one.title, one.text) for one in found] == [
        ("One", "text\n\n```\n# no heading\n```"),
        ("Two", "more"),
    ]


def test_a_page_that_is_not_there_is_left_out(tmp_path: Path) -> None:
    assert list(sections(tmp_path / "none.md", "none.md")) == []
    assert (
        handbook(Library({}), (("help", "what you can ask"),), tmp_path).find("help")[0].section.page
        == "help"
    )


def test_runbooks_and_commands_are_found_too(world: World) -> None:
    index = handbook(world.tools.library, TABLE)
    assert index.find("vector index rebuild")[0].section.page == "runbook reindex-vectors"
