"""Several workspaces: their tokens in our store, and Slack's install flow with a state that holds once."""

from __future__ import annotations

import logging
import secrets
from collections import OrderedDict
from pathlib import Path
from typing import Any

import yaml
from slack_bolt.oauth.async_oauth_flow import AsyncOAuthFlow
from slack_bolt.oauth.async_oauth_settings import AsyncOAuthSettings
from slack_sdk.oauth.installation_store.async_installation_store import AsyncInstallationStore
from slack_sdk.oauth.installation_store.models.bot import Bot
from slack_sdk.oauth.installation_store.models.installation import Installation
from slack_sdk.oauth.state_store.async_state_store import AsyncOAuthStateStore

from bot.slack.workspaces import Web, Workspace
from config.clock import Clock
from config.errors import SettingsError
from store import installations as rows
from store.engine import Database

log = logging.getLogger(__name__)
MANIFEST = Path(__file__).parent / "manifest.yaml"
#: seconds in which an installation that was begun must come back
STATE_HOLDS = 600.0
#: seconds for which a token is remembered: another process may have removed it
KEPT = 30.0
_MOST = 1_000


class Installations(AsyncInstallationStore):
    """The workspaces in our store; also what the face asks for tokens. Raises StoreError."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database, self._clock = database, clock
        self._kept: OrderedDict[str, tuple[float, Workspace | None]] = OrderedDict()

    async def workspace(self, team: str) -> Workspace | None:
        now, kept = self._clock.now(), self._kept.get(team)
        if kept is not None and now - kept[0] < KEPT:
            return kept[1]
        found = await self._database.read(lambda conn: rows.get(conn, team))
        known = None if found is None else _workspace(found)
        self._kept[team] = (now, known)
        if len(self._kept) > _MOST:
            self._kept.popitem(last=False)
        return known

    async def remove(self, team: str) -> None:
        """The app was removed, or its token revoked: nothing is sent there any more."""
        self._kept.pop(team, None)
        if await self._database.write(lambda conn: rows.remove(conn, team), durable=True):
            log.warning("the Slack app was removed from the workspace %s", team)

    async def async_save(self, installation: Installation) -> None:
        """What Bolt's install flow calls in the end."""
        team = str(installation.team_id or "")
        one = rows.Installation(
            team=team,
            name=installation.team_name or "",
            enterprise=installation.enterprise_id,
            bot=installation.bot_id or "",
            bot_user=installation.bot_user_id or "",
            token=installation.bot_token or "",
            scopes=",".join(installation.bot_scopes or ()),
            installed_by=installation.user_id,
            installed_at=self._clock.now(),
        )
        self._kept.pop(team, None)
        await self._database.write(lambda conn: rows.save(conn, one), durable=True)
        log.info("the Slack app was installed in the workspace %s (%s)", one.team, one.name)

    async def async_find_bot(
        self, *, enterprise_id: str | None, team_id: str | None, is_enterprise_install: bool | None = False
    ) -> Bot | None:
        """What Bolt asks before it installs again."""
        found = await self._database.read(lambda conn: rows.get(conn, team_id or ""))
        if found is None:
            return None
        return Bot(
            team_id=found.team, bot_token=found.token, bot_id=found.bot, bot_user_id=found.bot_user,
            bot_scopes=found.scopes, installed_at=found.installed_at,
        )  # fmt: skip


def _workspace(one: rows.Installation) -> Workspace:
    return Workspace(one.team, one.name, one.bot_user, one.bot, one.token, one.enterprise)


class States(AsyncOAuthStateStore):
    """States that were begun here; each holds once, for ten minutes."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database, self._clock = database, clock

    async def async_issue(self, *args: Any, **kwargs: Any) -> str:
        state, now = secrets.token_urlsafe(32), self._clock.now()
        await self._database.write(lambda conn: rows.begin(conn, state, now + STATE_HOLDS, now))
        return state

    async def async_consume(self, state: str) -> bool:
        now = self._clock.now()
        return await self._database.write(lambda conn: rows.finish(conn, state, now))


def scopes() -> list[str]:
    """The bot's scopes, from the manifest: asked for in one place."""
    manifest = yaml.safe_load(MANIFEST.read_text(encoding="utf-8"))
    return list(manifest["oauth_config"]["scopes"]["bot"])


def make_flow(
    web: Web, store: Installations, states: States, client_id: str | None, client_secret: str | None
) -> AsyncOAuthFlow:
    """`/slack/install` and `/slack/oauth_redirect`. Raises SettingsError when one of the two is missing."""
    if not client_id or not client_secret:
        raise SettingsError(
            "Several workspaces need COPILOT_SLACK__CLIENT_ID and COPILOT_SLACK__CLIENT_SECRET. Set both or neither."
        )
    settings = AsyncOAuthSettings(
        client_id=client_id,
        client_secret=client_secret,
        scopes=scopes(),
        user_scopes=[],
        installation_store=store,
        state_store=states,
        installation_store_bot_only=True,
        state_expiration_seconds=int(STATE_HOLDS),
    )
    return AsyncOAuthFlow(client=web.client(""), logger=log, settings=settings)
