from __future__ import annotations

from pydantic import SecretStr

from bot.console.settings import listed
from config.settings import Auth, Settings, variables
from tests.bot.console.conftest import Tab


async def test_every_setting_is_listed_and_no_secret_is_shown(maria: Tab) -> None:
    text = (await maria.get("/settings")).text
    for name, _ in variables():
        assert name in text, name


def test_a_secret_and_an_address_with_a_password_only_say_that_they_are_set() -> None:
    settings = Settings(
        auth=Auth(secret=SecretStr("s" * 40)),
        token=SecretStr("t" * 20),
        database_url="postgresql://u:pass@h/d",
    )
    shown = dict(listed(settings))
    assert (
        shown["COPILOT_AUTH__SECRET"]
        == shown["COPILOT_DATABASE_URL"]
        == shown["COPILOT_TOKEN"]
        == "set (not shown)"
    )
    assert not any("pass" in one or "sss" in one or "ttt" in one for one in shown.values())
    assert dict(listed(Settings()))["COPILOT_AUTH__SECRET"] == "not set"


async def test_the_checks_run_when_one_asks_for_them(maria: Tab) -> None:
    assert "Check again" not in (await maria.get("/settings")).text
    text = (await maria.get("/settings?check=1")).text
    assert "Check again" in text and "unbroken" in text and "people, all with roles" in text
