"""The docs are true: generated parts equal what is declared. Mend them with `python -m tests.support.tables`."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.support.licences import pinned
from tests.support.tables import PAGES, SECTIONS, filled

ROOT = Path(__file__).parent.parent


@pytest.mark.parametrize("page", PAGES)
def test_generated_parts_of_the_docs_equal_what_is_declared(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    assert filled(text) == text


def test_every_generated_part_is_on_some_page() -> None:
    text = "".join((ROOT / page).read_text(encoding="utf-8") for page in PAGES)
    assert set(re.findall(r"<!-- begin: ([\w-]+) -->", text)) == {*SECTIONS, "story"}


def test_links_between_our_pages_lead_somewhere() -> None:
    broken = []
    for page in [ROOT / "README.md", *ROOT.glob("docs/**/*.md"), *ROOT.glob("*.md")]:
        for target in re.findall(r"\]\((?!https?://|#)([^)#]+)", page.read_text(encoding="utf-8")):
            if not (page.parent / target).exists():
                broken.append(f"{page.name}: {target}")
    assert not broken


def test_every_locked_package_has_its_licence_listed() -> None:
    listed = re.findall(
        r"^\| ([a-z0-9._-]+) \|", (ROOT / "THIRD_PARTY_LICENSES.md").read_text(encoding="utf-8"), re.M
    )
    assert set(pinned()) <= set(listed)
