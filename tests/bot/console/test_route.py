from __future__ import annotations

import ast
from pathlib import Path

from bot.console.console import MENU, PAGES
from bot.console.route import DONE

FOLDER = Path(__file__).parents[3] / "bot" / "console"


def test_every_page_has_a_section_and_no_address_is_taken_twice() -> None:
    sections = {key for key, _, _, _ in MENU} | {"switch"}
    assert {page.section for page in PAGES} == sections
    assert len({(page.method, page.path) for page in PAGES}) == len(PAGES)


def test_a_handler_only_translates_in_at_most_fifteen_statements() -> None:
    long = []
    for page in PAGES:
        path = FOLDER / f"{page.handler.__module__.rpartition('.')[2]}.py"
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.AsyncFunctionDef) and node.name == page.handler.__name__:
                statements = [one for one in ast.walk(node) if isinstance(one, ast.stmt)]
                if len(statements) > 22:
                    long.append(f"{path.name}:{node.name}: {len(statements)}")
    assert not long


def test_every_sentence_that_is_said_after_something_is_used() -> None:
    text = "".join(path.read_text(encoding="utf-8") for path in FOLDER.glob("*.py"))
    assert all(text.count(f'"{key}"') > 1 for key in DONE)
