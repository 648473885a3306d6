"""The way in over HTTP."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import func, select

from bot.slack.face import open_slack
from bot.slack.guard import MOST_BYTES
from config.errors import SettingsError
from config.settings import Settings, Slack
from store.tables import inbox
from tests.bot.slack.conftest import Company
from tests.bot.slack.test_guard import BODIES
from tests.support.slack.sender import SECRET
from tests.support.slack.server import TOKEN

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_bodies_that_are_no_payload_never_reach_a_listener(company: Company) -> None:
    wanted = select(func.count()).select_from(inbox).where(inbox.c.kind == "message")
    read = company.services.database.read
    before = await read(lambda conn: conn.execute(wanted).scalar_one())
    for raw, kind in BODIES:
        status, _ = await company.sender.raw(raw, kind)
        assert status < 500
    status, _ = await company.sender.raw(b"x" * (MOST_BYTES + 1), "application/json")
    assert status == 413
    status, _ = await company.sender.raw(b"{}", "application/json", **{"X-Slack-Signature": "v0=00"})
    assert status == 401
    assert await read(lambda conn: conn.execute(wanted).scalar_one()) == before


@pytest.mark.parametrize(
    ("mode", "keys", "words"),
    [
        (None, {"bot_token": TOKEN, "signing_secret": SECRET.decode()}, "COPILOT_MODE"),
        ("observe", {"bot_token": TOKEN}, "no way in"),
        ("observe", {"signing_secret": SECRET.decode()}, "COPILOT_SLACK__BOT_TOKEN"),
        ("observe", {"client_id": "x", "signing_secret": SECRET.decode()}, "CLIENT_SECRET"),
    ],
)
async def test_half_a_configuration_is_refused_in_words(
    company: Company, tmp_path: Path, mode: str | None, keys: dict[str, str], words: str
) -> None:
    given = {"data_dir": tmp_path, "slack": Slack.model_validate(keys), **({"mode": mode} if mode else {})}
    services = replace(company.services, settings=Settings.model_validate(given))
    with pytest.raises(SettingsError, match=words):
        async with open_slack(services):
            pass
