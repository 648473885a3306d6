"""A real browser at a real `serve`: Debian's chromium, driven by playwright."""

from __future__ import annotations

import os
import re
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.bench.served import Served, start, token

FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--no-first-run", "--disable-dev-shm-usage", "--font-render-hinting=none",
)  # fmt: skip
NAMES = ("chromium", "chromium-browser", "google-chrome")
READY = 120.0
#: milliseconds; generous, for the machine may be busy with other tests
PATIENCE = 30_000


@dataclass
class Site:
    """A running copilot on the demo company, and the browser that looks at it."""

    served: Served
    browser: Browser

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.served.port}"

    @cached_property
    def link(self) -> str:
        found = re.search(r"http://\S+/hello/\S+", self.served.words())
        assert found is not None, self.served.words()
        return found.group(0)

    def context(self, person: str | None = "maria", **options: Any) -> BrowserContext:
        """A browser of its own, signed in as that person by a token."""
        made = self.browser.new_context(**{"viewport": {"width": 1280, "height": 800}, **options})
        made.set_default_timeout(PATIENCE)
        if person is not None:
            headers = {"Origin": self.address}
            answer = made.request.post(
                f"{self.address}/sign-in", form={"token": token(person)}, headers=headers, max_redirects=0
            )
            assert answer.status == 303, answer.text()
        return made

    def open(self, path: str, person: str | None = "maria", **options: Any) -> Page:
        page = self.context(person, **options).new_page()
        page.goto(f"{self.address}{path}")
        return page


def chromium() -> str:
    """Where the browser is. None here: the test is skipped, but not in CI."""
    found = next((path for name in NAMES if (path := shutil.which(name))), None)
    if found is None:
        if os.environ.get("CI") == "true":
            raise RuntimeError("no chromium: apt-get install chromium")
        pytest.skip("no chromium here: apt-get install chromium")
    return found


@contextmanager
def site(folder: Path) -> Iterator[Site]:
    """A copilot of its own in that folder, ready, and a browser."""
    (folder / "data").mkdir(exist_ok=True)
    served = start(folder, None)
    try:
        expect.set_options(timeout=PATIENCE)
        with sync_playwright() as driver:
            browser = driver.chromium.launch(executable_path=chromium(), args=list(FLAGS))
            _await(served)
            yield Site(served, browser)
            browser.close()
    finally:
        served.stop()


def _await(served: Served) -> None:
    until = time.monotonic() + READY
    while time.monotonic() < until and served.process.poll() is None:
        try:
            with urlopen(f"http://127.0.0.1:{served.port}/ready", timeout=5) as answer:
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError(f"serve was not ready within {READY:.0f} s:\n{served.words()}")
