"""What the bot's own pages say, as sections to search: docs, README, the library's runbooks, the commands."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from insight.search import Index, Section
from runbooks.loader import Library

#: pages that answer questions of people who use the bot, and those beside the folder of the docs
_PAGES = (
    "docs/howto.md",
    "docs/glossary.md",
    "docs/approvals.md",
    "docs/runbooks.md",
    "docs/testing-runbooks.md",
)
_MORE = ("docs/rest.md", "docs/architecture.md", "README.md")
#: what is said of a runbook is so short that a single word in it weighs too much
_SHORT = 0.6
_ROOT = Path(__file__).parents[1]
_HEADING = re.compile(r"^(#{1,4})\s+(.+)$")


def handbook(library: Library, commands: tuple[tuple[str, str], ...], root: Path = _ROOT) -> Index:
    """Reads the pages that are there. A page that is missing from an installation is left out."""
    found = [section for page in (*_PAGES, *_MORE) for section in sections(root / page, page)]
    found += [
        Section(
            f"runbook {one.id}",
            one.id.replace("-", " "),
            f"{one.model.description or ''} Inputs: {', '.join(one.model.inputs) or 'none'}. "
            f"Ask with `run {one.id} …`, or see it first with `plan {one.id} …`.",
            _SHORT,
        )
        for one in library.by_id.values()
    ]
    found.append(Section("help", "Exact commands", "\n".join(f"`{say}`: {does}." for say, does in commands)))
    return Index(found)


def sections(path: Path, page: str) -> Iterator[Section]:
    """The parts of a markdown page, each under its own heading; what is made by a program (tables) is left out."""
    if not path.is_file():
        return
    text = re.sub(r"<!-- begin: .*?<!-- end: [\w-]+ -->", "", path.read_text(encoding="utf-8"), flags=re.S)
    title, lines, fenced = page, list[str](), False
    for line in text.splitlines():
        fenced ^= line.startswith("```")
        heading = None if fenced else _HEADING.match(line)
        if heading is None:
            lines.append(line)
            continue
        yield from _section(page, title, lines)
        title, lines = heading[2].strip(), []
    yield from _section(page, title, lines)


def _section(page: str, title: str, lines: list[str]) -> Iterator[Section]:
    body = "\n".join(lines).strip()
    if body:
        yield Section(page, title, body)
