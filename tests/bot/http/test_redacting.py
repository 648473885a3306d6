from __future__ import annotations

from aiohttp import web
from aiohttp.test_utils import make_mocked_request

from bot.http.redacting import REDACT, redactor
from config.redaction import Redactor


def test_a_response_is_redacted_with_what_the_application_knows() -> None:
    app = web.Application()
    app[REDACT] = mine = Redactor(["own-secret-123"])
    assert redactor(make_mocked_request("GET", "/", app=app)) is mine


def test_an_application_that_was_given_none_still_hides_known_shapes() -> None:
    found = redactor(make_mocked_request("GET", "/", app=web.Application()))
    assert found(f"ghp_{'a1B2' * 9}") == "[hidden: GitHub token]"
