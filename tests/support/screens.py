"""The pictures of docs/console.md: `python -m tests.support.screens [FOLDER]` plays a morning and photographs it."""

from __future__ import annotations

import io
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Page

from tests.support.browser import Site, site

ROOT = Path(__file__).parents[2]
OUT = ROOT / "docs" / "pictures"
MOST_BYTES = 150_000
PHONE = {"viewport": {"width": 375, "height": 667}, "device_scale_factor": 2}


def say(page: Page, words: str) -> None:
    """Say it and wait for the answer."""
    answers = page.locator("li.entry:not(.pending)")
    count = answers.count()
    page.fill("#text", words)
    page.keyboard.press("Enter")
    answers.nth(count).wait_for()


def chat(here: Site) -> bytes:
    page = here.open("/", viewport={"width": 1280, "height": 940})
    say(page, "why is rag-api slow?")
    picture = page.locator("figure.chart img")
    picture.evaluate("async one => { one.loading = 'eager'; await one.decode() }")
    page.evaluate("scrollTo(0, 0)")
    return page.screenshot()


def approval(here: Site) -> bytes:
    page = here.open("/", viewport={"width": 1280, "height": 820})
    say(page, "roll back rag-api in production")
    page.goto(f"{here.address}/approvals")
    page.locator("article.question").wait_for()
    return page.screenshot()


def phone(here: Site) -> bytes:
    page = here.open("/approvals", "priya", color_scheme="dark", **PHONE)
    page.click("article.question header a")
    page.locator("button[value=approve]").wait_for()
    return page.screenshot()


def run(here: Site) -> bytes:
    page = here.open("/approvals", "priya", viewport={"width": 1280, "height": 900})
    page.click("article.question header a")
    page.click("button[value=approve]")
    page.locator("article.run .step.done").nth(1).wait_for()
    page.locator("article.run .check").wait_for()
    return page.screenshot()


def fleet(here: Site) -> bytes:
    page = here.open("/fleet", color_scheme="dark", viewport={"width": 1280, "height": 900})
    return page.screenshot()


#: in the order of the story
SCREENS: tuple[Callable[[Site], bytes], ...] = (chat, fleet, approval, phone, run)


def small(picture: bytes) -> bytes:
    """The picture with as many colours as fit into `MOST_BYTES`."""
    image = Image.open(io.BytesIO(picture)).convert("RGB")
    for colors in (256, 128, 64, 32):
        out = io.BytesIO()
        reduced: Any = image.quantize(colors, dither=Image.Dither.NONE)
        reduced.save(out, "PNG", optimize=True)
        if out.tell() <= MOST_BYTES:
            break
    return out.getvalue()


def main() -> None:
    out = Path(sys.argv[1]) if len(sys.argv) > 1 else OUT
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="copilot-") as folder, site(Path(folder)) as here:
        for screen in SCREENS:
            path = out / f"{screen.__name__}.png"
            path.write_bytes(small(screen(here)))
            print(f"{path}: {path.stat().st_size:,} bytes")
            for context in here.browser.contexts:
                context.close()


if __name__ == "__main__":
    main()
