"""Tables of the docs made from the declarations: `python -m tests.support.tables` writes them into the pages."""

from __future__ import annotations

import asyncio
import re
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from langgraph.checkpoint.memory import InMemorySaver

from app import App
from config.settings import Settings, variables
from graph.build import build_thinker
from graph.intents import INTENTS
from store.transitions import TABLES
from tests.support.runbook_pages import library

ROOT = Path(__file__).parents[2]
PAGES = ("README.md", "docs/architecture.md", "docs/runbook-library.md")
BENCHMARKS = ROOT / "docs" / "benchmarks.md"


def _table(head: str, rows: list[list[str]]) -> str:
    columns = head.split(" | ")
    lines = [f"| {head} |", "|" + "---|" * len(columns), *(f"| {' | '.join(row)} |" for row in rows)]
    return "\n".join(lines)


def graph() -> str:
    undrawn: Any = None  # what nodes and saver do does not show in the picture
    return f"```mermaid\n{build_thinker(undrawn, InMemorySaver()).draw().strip()}\n```"


def transitions() -> str:
    rows = []
    for kind, table in TABLES.items():
        for before, after in table.items():
            rows.append([kind, before, " · ".join(sorted(after)) or "(the end)"])
    return _table("record | from | to", rows)


def intents() -> str:
    return _table(
        "intent | role | what for", [[f"`{one.name}`", one.role or "anybody", one.summary] for one in INTENTS]
    )


def _in_demo(read: Callable[..., list[list[str]]]) -> list[list[str]]:
    async def opened() -> list[list[str]]:
        with tempfile.TemporaryDirectory() as folder:
            async with App().open(
                work=False, settings=Settings(mode="demo", data_dir=Path(folder))
            ) as services:
                return read(services)

    return asyncio.run(opened())


def runbooks() -> str:
    rows = _in_demo(
        lambda services: [
            [f"`{one.id}`", one.model.owner or "", one.model.description or ""]
            for one in services.library.all()
        ]
    )
    return _table("runbook | owner | what for", rows)


def actions() -> str:
    rows = _in_demo(
        lambda services: [
            [
                f"`{one.name}`",
                one.effect,
                "yes" if one.idempotent else "no",
                f"{one.timeout:g} s",
                one.summary,
            ]
            for _, one in sorted(services.actions.by_name.items())
        ]
    )
    return _table("action | effect | idempotent | timeout | what for", rows)


def settings() -> str:
    return _table("variable | default", [[f"`{name}`", default] for name, default in variables()])


def figures() -> str:
    """The first two promises of each section of docs/benchmarks.md and what was measured."""
    rows: list[list[str]] = []
    for section in re.split(r"<!-- begin: ", BENCHMARKS.read_text(encoding="utf-8"))[1:]:
        told = [line.strip("|").split("|") for line in section.splitlines() if line.startswith("| ")]
        cells = [[cell.strip() for cell in line] for line in told if len(line) == 3]
        rows += [one for one in cells if one[2] in ("yes", "NO")][:2]
    return _table("promise | measured | kept", rows)


SECTIONS: dict[str, Callable[[], str]] = {
    "graph": graph,
    "transitions": transitions,
    "intents": intents,
    "runbooks": runbooks,
    "library": library,
    "actions": actions,
    "settings": settings,
    "figures": figures,
}


def filled(text: str) -> str:
    """The page with each generated part made anew."""

    def part(found: re.Match[str]) -> str:
        name = found.group(1)
        if name not in SECTIONS:
            return found.group(0)
        return f"<!-- begin: {name} -->\n{SECTIONS[name]()}\n<!-- end: {name} -->"

    return re.sub(r"<!-- begin: ([\w-]+) -->.*?<!-- end: \1 -->", part, text, flags=re.S)


if __name__ == "__main__":
    for page in PAGES:
        path = ROOT / page
        path.write_text(filled(path.read_text(encoding="utf-8")), encoding="utf-8")
