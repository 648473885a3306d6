from __future__ import annotations

import pytest
from jinja2 import UndefinedError

from bot.console.render import HERE, Static, Templates
from config.redaction import Redactor
from tests.bot.console.conftest import Tab


def test_everything_is_escaped_and_a_name_that_is_missing_is_an_error() -> None:
    pages = Templates("/static/x", Redactor(["hunter22"]))
    data = {"title": "<i>", "words": "<b>", "theme": "auto", "bare": True}
    text = pages.page("error.html", data, 404).text
    assert text is not None and "&lt;b&gt;" in text and "<b>" not in text and "<i>" not in text
    hidden = pages.page("error.html", data | {"words": "it is hunter22"}).text
    assert hidden is not None and "hunter22" not in hidden and "[hidden: own secret]" in hidden
    with pytest.raises(UndefinedError):
        pages.page("error.html", {"bare": True})


def test_no_template_turns_escaping_off() -> None:
    for path in (HERE / "templates").glob("*.html"):
        text = path.read_text(encoding="utf-8")
        assert "|safe" not in text.replace(" ", "") and "autoescape" not in text, path.name


async def test_static_files_are_kept_for_ever_at_an_address_that_changes_with_them(tab: Tab) -> None:
    root = Static().root
    seen = await tab.get(f"{root}/main.js")
    assert "immutable" in seen.headers["Cache-Control"] and seen.headers["Content-Type"].startswith(
        "text/javascript"
    )
    assert "immutable" not in (await tab.get("/static/old/main.js")).headers["Cache-Control"]
    for path in ("/nothing.js", "/..%2f..%2frender.py", "/.%2fmain.js"):
        assert (await tab.get(f"{root}{path}")).status == 404
