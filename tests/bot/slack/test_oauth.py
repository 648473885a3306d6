"""The other ways to be in Slack: Socket Mode without a public address, and several workspaces that install the app."""

from __future__ import annotations

import html
import json
import re
from functools import partial
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import yaml
from pydantic import SecretStr

from bot.slack.oauth import MANIFEST, scopes
from tests.bot.slack.conftest import open_company
from tests.support.slack.sender import SECRET
from tests.support.slack.server import APP_TOKEN, GOOD_CODE, TEAM, TOKEN, shown_text


async def test_over_socket_mode_a_command_is_acknowledged_and_answered_and_a_dropped_line_is_taken_up_again(
    tmp_path: Path,
) -> None:
    keys = {"bot_token": SecretStr(TOKEN), "app_token": SecretStr(APP_TOKEN)}
    async with open_company(tmp_path, **keys) as company:
        slack = company.slack
        for number in ("e1", "e2"):
            payload = {
                "command": "/ops", "text": "help", "team_id": TEAM, "channel_id": f"C{number}", "user_id": "UMARIA",
                "trigger_id": f"tr.{number}", "response_url": "http://127.0.0.1:9/",
            }  # fmt: skip
            await slack.envelope("slash_commands", payload, number)
            await company.until(partial(slack.answer_to, number))
            await company.until(partial(slack.messages.get, f"C{number}"))
            await slack.drop()
        assert "Ask in your own words" in shown_text(slack.messages["Ce2"][0])


# slack_sdk 3.47 signs oauth.v2.access with an aiohttp helper that aiohttp 3.14 has deprecated
@pytest.mark.filterwarnings("ignore:BasicAuth is deprecated:DeprecationWarning")
async def test_a_workspace_installs_the_app_uses_it_and_removes_it(tmp_path: Path) -> None:
    keys = {
        "client_id": "client",
        "client_secret": SecretStr("client-secret"),
        "signing_secret": SecretStr(SECRET.decode()),
    }
    async with open_company(tmp_path, **keys) as company:
        sender, slack = company.sender, company.slack
        base = sender.url.removesuffix("/slack/events")
        await sender.command("UMARIA", "C1", "help")
        assert not slack.messages["C1"]

        async with sender.http.get(f"{base}/slack/install") as page:
            links = re.findall(r'href="([^"]*)"', await page.text())
            link = next(html.unescape(one) for one in links if "authorize" in one)
            cookie = page.cookies
        asked = parse_qs(urlsplit(link).query)
        assert asked["scope"] == [",".join(scopes())]
        back = f"{base}/slack/oauth_redirect?code={GOOD_CODE}&state={asked['state'][0]}"
        jar = {name: held.value for name, held in cookie.items()}
        async with sender.http.get(f"{back}x", cookies=jar) as page:
            assert page.status == 400
        async with sender.http.get(back, cookies=jar) as page:
            assert page.status == 200
        async with sender.http.get(back, cookies=jar) as page:
            assert page.status == 401, "a state holds once"

        assert len([one for one in slack.calls if one[0] == "oauth.v2.access"]) == 1
        await sender.command("UMARIA", "C1", "help")
        await company.until(lambda: slack.messages["C1"])
        await sender.event({"type": "app_uninstalled"})
        await sender.command("UMARIA", "C2", "help")
        assert not slack.messages["C2"]


def test_the_manifest_asks_for_what_the_code_listens_to_and_gives_a_reason_for_each_scope() -> None:
    manifest = yaml.safe_load(MANIFEST.read_text(encoding="utf-8"))
    lines = MANIFEST.read_text(encoding="utf-8").splitlines()
    code = "".join(path.read_text(encoding="utf-8") for path in (MANIFEST.parent / "listeners").glob("*.py"))
    for event in manifest["settings"]["event_subscriptions"]["bot_events"]:
        assert f'app.event("{event.partition(".")[0]}")' in code, event
    for shortcut in manifest["features"]["shortcuts"]:
        assert f'app.shortcut("{shortcut["callback_id"]}")' in code
    for scope in scopes():
        line = next(
            one for one in lines if one.strip().startswith(f"- {scope} ") or one.strip() == f"- {scope}"
        )
        assert "#" in line or scope == "groups:read", scope
    assert json.dumps(manifest)
