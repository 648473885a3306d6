"""Every page in both themes, and on a phone, against axe-core's rules for WCAG 2.2 AA."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.bot.console.test_browser import asked, say
from tests.support.browser import Site, site

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
ASK = "rules => axe.run(document, {runOnly: rules, resultTypes: ['violations']})"


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with site(tmp_path_factory.mktemp("axe")) as one:
        yield one


@pytest.fixture(scope="module")
def axe() -> str:
    found = find_spec("axe_playwright_python")
    assert found is not None and found.submodule_search_locations
    return (Path(found.submodule_search_locations[0]) / "axe.min.js").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def paths(here: Site) -> list[str]:
    """Every page, with something in it."""
    page = here.open("/", "amara")
    say(page, "why is rag-api slow?")
    page.wait_for_selector("li.entry:not(.pending) figure.chart")
    say(page, "roll back rag-api in production")
    page.wait_for_selector("article.question")
    waiting, over = asked(here, "billing", "amara"), asked(here, "checkout", "amara")
    chat = page.url.removeprefix(here.address)
    page.goto(f"{here.address}/approvals/{over['id']}")
    page.click("text=Withdraw")
    page.wait_for_selector("article.question.withdrawn")
    page.goto(f"{here.address}/incidents")
    incident = page.locator("tbody a").first.get_attribute("href") or ""
    page.context.close()
    return [
        "/", chat, "/approvals", f"/approvals/{waiting['id']}", f"/approvals/{over['id']}", "/runs",
        f"/runs/{waiting['run_id']}", "/runbooks", "/runbooks/rollback-service", "/fleet", "/incidents", incident,
        "/audit", "/people", "/settings?check=1", "/switch", "/approvals/none",
    ]  # fmt: skip


def violations(page: Page, axe: str) -> list[str]:
    page.evaluate(axe)
    found: dict[str, Any] = page.evaluate(ASK, RULES)
    return [
        f"{one['id']} ({one['impact']}): {node['html'][:160]} {node['failureSummary'][:200]}"
        for one in found["violations"]
        for node in one["nodes"][:3]
    ]


@pytest.mark.parametrize(("theme", "width"), [("light", 1280), ("dark", 375)])
def test_no_page_breaks_a_rule(here: Site, axe: str, paths: list[str], theme: Any, width: int) -> None:
    page = here.open("/", "amara", color_scheme=theme, viewport={"width": width, "height": 800})
    broken: list[str] = []
    for path in paths:
        page.goto(f"{here.address}{path}")
        page.wait_for_load_state()
        broken += [f"{path}: {one}" for one in violations(page, axe)]
    page.goto(f"{here.address}/people")
    page.click("button[popovertarget=me]")
    broken += [f"menu of the person: {one}" for one in violations(page, axe)]
    page.context.close()
    assert not broken, "\n".join(broken)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_signing_in_breaks_no_rule(here: Site, axe: str, theme: Any) -> None:
    page = here.open("/sign-in", None, color_scheme=theme)
    page.fill("#token", "nonsense")
    page.click("button.primary")
    broken = violations(page, axe)
    page.context.close()
    assert not broken, "\n".join(broken)
