from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from pydantic import SecretStr

from bot.http.web import check_host, is_loopback, make_web
from config.errors import SettingsError
from config.settings import Auth, Http, Settings
from tests.bot.http.conftest import Stage


def settings(host: str, secret: str | None = None) -> Settings:
    return Settings(http=Http(host=host), auth=Auth(secret=SecretStr(secret) if secret else None))


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "::1", "[::1]", "localhost"])
def test_loopback_needs_no_secret(host: str) -> None:
    check_host(settings(host), host)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "", "10.0.0.7", "example.com", "127.0.0.1.example.com"])
def test_beyond_loopback_nothing_listens_without_a_secret(host: str) -> None:
    assert not is_loopback(host)
    with pytest.raises(SettingsError, match="COPILOT_AUTH__SECRET is not set"):
        check_host(settings(host), host)
    check_host(settings(host, "s" * 32), host)


async def test_an_application_for_strangers_is_not_even_made(stage: Stage) -> None:
    with pytest.raises(SettingsError):
        make_web(replace(stage.services, settings=settings("0.0.0.0")))


@pytest.mark.parametrize("path", ["/health", "/docs", "/openapi.json", "/nothing", "/api/v1/sessions/x"])
async def test_every_answer_carries_the_safety_headers_and_no_banner(stage: Stage, path: str) -> None:
    async with stage.client.get(path, headers={"Origin": "https://elsewhere.example"}) as answer:
        headers: Any = answer.headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Cache-Control"] == "no-store"
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert "Server" not in headers
    assert not [name for name in headers if name.startswith("Access-Control")]
