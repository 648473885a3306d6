"""The workspace of a single bot token: what Slack says about it is asked once, and again when it could not be."""

from __future__ import annotations

import asyncio
import logging

from bot.slack.workspaces import Web, Workspace

log = logging.getLogger(__name__)


class OneWorkspace:
    """Knows one workspace, that of `token`; every other is unknown. Raises CopilotError while Slack does not say."""

    def __init__(self, web: Web, token: str) -> None:
        self._web, self._token = web, token
        self._known: Workspace | None = None
        self._lock = asyncio.Lock()

    async def workspace(self, team: str) -> Workspace | None:
        known = self._known or await self._ask()
        return known if team in (known.team, known.enterprise) else None

    async def remove(self, team: str) -> None:
        """The token does nothing any more; a new one is a setting, so this waits for a restart."""
        log.error(
            "Slack says that the app was removed from %s. Set COPILOT_SLACK__BOT_TOKEN and start again.", team
        )

    async def _ask(self) -> Workspace:
        async with self._lock:
            if self._known is None:
                told = await self._web.call(self._token, "auth.test")
                self._known = Workspace(
                    team=str(told["team_id"]),
                    name=str(told.get("team", "")),
                    bot_user=str(told["user_id"]),
                    bot=str(told.get("bot_id", "")),
                    token=self._token,
                    enterprise=told.get("enterprise_id"),
                )
            return self._known
