"""The front desk of Slack: from what Slack sent to a stored message, or plain words where that cannot be."""

from __future__ import annotations

import logging
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.desk import Incoming
from bot.keeper import Keeper
from bot.services import Services
from bot.slack import rich
from bot.slack.buttons import Buttons
from bot.slack.chat import Painter
from bot.slack.directory import Directory
from bot.slack.places import FACE, Spot
from bot.slack.workspaces import Installed, Web, Workspace
from config.errors import CopilotError, Forbidden, NotFound
from config.people import Person
from store import posts, turns

log = logging.getLogger(__name__)
_MENTION = re.compile(r"<@([UW][A-Z0-9]+)(?:\|[^>]*)?>")
_LINK = re.compile(r"<((?:https?|mailto):[^>|]+)(?:\|([^>]*))?>")
_NAMED = re.compile(r"<[#!@][^>|]*\|([^>]*)>|<[#!@]([^>|]*)>")
_ENTITIES = (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&"))


@dataclass(frozen=True, slots=True)
class Who:
    """An account as one request named it: `team` is the account's own workspace."""

    workspace: Workspace
    team: str
    user: str


@dataclass(frozen=True)
class Front:
    """What every listener works with. `command` is the slash command."""

    services: Services
    web: Web
    installed: Installed
    directory: Directory
    buttons: Buttons
    painter: Painter
    keeper: Keeper
    command: str

    async def who(self, body: Mapping[str, Any], user: str | None = None) -> Who:
        """Of a payload of any kind. Raises NotFound for a workspace that this app is not installed in."""
        team = str(body.get("team_id") or (body.get("team") or {}).get("id") or "")
        workspace = await self.installed.workspace(team)
        if workspace is None:
            raise NotFound(
                f"This app is not installed in the workspace {team or '(none)'}. Install it there."
            )
        person = body.get("user") if isinstance(body.get("user"), Mapping) else {}
        event = body.get("event") or {}
        own = (person or {}).get("team_id") or event.get("user_team") or event.get("source_team")
        name = user or (person or {}).get("id") or body.get("user_id") or event.get("user") or ""
        return Who(workspace, str(own or workspace.team), str(name))

    async def take(self, who: Who, text: str, spot: Spot, event: str) -> None:
        """Store a message for the desk; a repeat of `event` is dropped there. Raises Busy, StoreError."""
        actor = await self.directory.actor(who.workspace, who.team, who.user)
        incoming = Incoming(
            source=FACE,
            event_id=event,
            text=said(text, who.workspace.bot_user),
            actor=actor,
            place=spot.place,
            conversation=spot.conversation,
        )
        await self.services.desk.submit(incoming)

    async def person(self, who: Who) -> Person:
        """Who may act here, looked up now. Raises Forbidden."""
        actor = await self.directory.actor(who.workspace, who.team, who.user)
        person = self.services.identity.person(actor)
        if person is None:
            raise Forbidden(
                f"I do not know you here ({who.user} of {who.team}). "
                "An admin can add your e-mail address or Slack id to people.yaml."
            )
        return person

    async def conversation_of(self, team: str, channel: str, ts: str) -> Spot | None:
        """The conversation of a thread that this bot is in; None for one that is not ours."""
        spot = Spot(team, channel, f"t{ts}")

        def look(conn: Any) -> str | None:
            if turns.last(conn, spot.conversation, 1):
                return spot.place
            return posts.place_of(conn, f"{channel}/{ts}")

        place = await self.services.database.read(look)
        return None if place is None else Spot.parse(place)

    async def whisper(self, body: Mapping[str, Any], words: str) -> None:
        """Tell one person, where they are, so that nobody else sees it. Never raises for Slack's refusals."""
        channel = body.get("channel_id") or (body.get("channel") or {}).get("id") or ""
        thread = (body.get("message") or {}).get("thread_ts")
        try:
            who = await self.who(body)
            await self.web.call(
                who.workspace.token,
                "chat.postEphemeral",
                channel=channel or who.user,
                user=who.user,
                text=rich.fallback(words),
                blocks=rich.paragraphs(words),
                thread_ts=thread,
            )
        except CopilotError as err:
            log.warning("a private answer could not be shown: %s", err)


def words_for(err: Exception) -> str:
    """What a person is told; what we have no name for gets an id that is in the log."""
    if isinstance(err, CopilotError):
        return f"{err.title}: {err}"
    error_id = f"err_{secrets.token_hex(4)}"
    log.error("a Slack request failed, error id %s", error_id, exc_info=err)
    return (
        f"Something went wrong on our side; nothing was changed by it. Error id {error_id}: it is in the log."
    )


def said(text: str, bot_user: str) -> str:
    """What a person typed, without Slack's markup and the mention of the bot."""
    text = _MENTION.sub(lambda match: " " if match[1] == bot_user else f"@{match[1]}", text)
    text = _LINK.sub(lambda match: match[2] or match[1].removeprefix("mailto:"), text)
    text = _NAMED.sub(lambda match: match[1] or match[2] or "", text)
    for entity, char in _ENTITIES:
        text = text.replace(entity, char)
    return text.strip()
