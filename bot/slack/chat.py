"""Posts in Slack: each stored post becomes one message, edited in place, in its thread."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.expand import named_in
from bot.outbox import Shown
from bot.slack import blocks, rich
from bot.slack.buttons import Buttons
from bot.slack.cards import Look
from bot.slack.places import Spot, of_ref, ref
from bot.slack.rich import Block
from bot.slack.workspaces import Installed, SlackAbsent, SlackRefused, Web, Workspace
from bot.ticket import deciders
from config.clock import Clock
from config.people import People
from integrations.errors import Refused
from store import posts
from store.engine import Database
from store.records import Outgoing

#: Slack takes about one post a second to a channel (docs.slack.dev, "Rate limits")
PACE = 1.0
EVENT = "copilot_post"
_LOOKED_AT = 100
#: states that nothing follows
_OVER = frozenset({"succeeded", "failed", "rolled_back", "cancelled"})


@dataclass(frozen=True, slots=True)
class Rendered:
    """One post as Slack messages; the first is the post, the others are behind "Show more"."""

    text: str
    pages: Sequence[Sequence[Block]]
    post: posts.Post | None


class Painter:
    """Renders stored posts with the state that the ledger has now."""

    def __init__(self, database: Database, people: People, clock: Clock, buttons: Buttons, mode: str) -> None:
        self._database, self._people, self._clock, self._buttons = database, people, clock, buttons
        self._footer = "DEMO: an invented company, nothing real is touched." if mode == "demo" else ""

    async def paint(self, key: str, place: str, body: Mapping[str, Any]) -> Rendered:
        """Raises StoreError."""
        views = await self._database.read(lambda conn: named_in(conn, body))
        approval, run = views.get(str(body.get("approval"))), views.get(str(body.get("run")))
        look = self.look(approval)
        shown = blocks.pages(body, views, look, self._footer)
        post = None
        if approval is not None or run is not None:
            post = posts.Post(
                key=key,
                place=place,
                approval_id=None if approval is None else approval["id"],
                run_id=None if run is None else run["id"],
                approval_version=0 if approval is None else approval["version"],
                run_version=0 if run is None else run["version"],
                live=_lives(approval, run),
            )
        return Rendered(rich.fallback(str(body.get("text") or "")), shown, post)

    def look(self, approval: Mapping[str, Any] | None) -> Look:
        names = {one.id: one.name for one in self._people.by_id.values()}
        waits = approval is not None and approval["status"] == "pending"
        may = deciders(approval, self._people) if approval is not None and waits else []
        return Look(self._clock.now(), may, names, self._buttons)


def _lives(approval: Mapping[str, Any] | None, run: Mapping[str, Any] | None) -> bool:
    """Whether what is shown can still change."""
    if run is not None:
        return run["status"] not in _OVER
    return approval is not None and approval["status"] == "pending"


class Chat:
    """The outbox's Sender for Slack. Paced, and it looks before it posts again."""

    pace = PACE

    def __init__(self, web: Web, installed: Installed, database: Database, painter: Painter) -> None:
        self._web, self._installed, self._database, self._painter = web, installed, database, painter

    async def send(self, post: Outgoing) -> str:
        """Raises what `Sender.send` says."""
        spot = Spot.parse(post.place)
        workspace = await self._workspace(spot)
        shown = await self._painter.paint(post.key, post.place, post.body)
        message: dict[str, Any] = {
            "text": shown.text,
            "blocks": [*shown.pages[0], *_more(post, len(shown.pages))],
            "metadata": _metadata(post),
        }
        name = await self._edit(workspace, post.ref, message) if post.ref else None
        if name is None:
            name = await self._post(workspace, spot, post.place, message)
        if shown.post is not None:
            live = shown.post
            await self._database.write(lambda conn: posts.showed(conn, live))
        return name

    async def find(self, post: Outgoing) -> Shown | None:
        """Look among the last messages of the thread or channel for the one that carries this post's key."""
        spot = Spot.parse(post.place)
        workspace = await self._workspace(spot)
        thread = await self._thread(spot, post.place)
        asked: dict[str, Any] = {
            "channel": spot.channel,
            "limit": _LOOKED_AT,
            "include_all_metadata": True,
            "oldest": f"{post.created_at - 60:.6f}",
        }
        method = "conversations.replies" if thread else "conversations.history"
        answer = await self._web.call(workspace.token, method, **asked, ts=thread)
        for message in answer.get("messages") or ():
            told = (message.get("metadata") or {}).get("event_payload") or {}
            if told.get("key") == post.key:
                return Shown(ref(spot.channel, str(message["ts"])), int(told.get("revision", 0)))
        return None

    async def _workspace(self, spot: Spot) -> Workspace:
        workspace = await self._installed.workspace(spot.team)
        if workspace is None:
            raise Refused(f"The app is not installed in the workspace {spot.team}. Install it there again.")
        return workspace

    async def _thread(self, spot: Spot, place: str) -> str | None:
        """The first message of the thread; of what a command began, its first answer."""
        if not spot.anchor.startswith("c"):
            return spot.thread
        first = await self._database.read(lambda conn: posts.first_ref(conn, place))
        return None if first is None else of_ref(first)[1]

    async def _edit(self, workspace: Workspace, name: str, message: Mapping[str, Any]) -> str | None:
        """None: the message was deleted meanwhile, post it anew."""
        channel, ts = of_ref(name)
        try:
            await self._web.call(workspace.token, "chat.update", channel=channel, ts=ts, **message)
        except SlackAbsent as err:
            if err.code == "message_not_found":
                return None
            raise
        except SlackRefused as err:
            if err.code != "invalid_blocks":
                raise
            await self._web.call(workspace.token, "chat.update", channel=channel, ts=ts, **_plain(message))
        return name

    async def _post(self, workspace: Workspace, spot: Spot, place: str, message: Mapping[str, Any]) -> str:
        more = {
            "channel": spot.channel,
            "thread_ts": await self._thread(spot, place),
            "unfurl_links": False,
            "unfurl_media": False,
            "link_names": False,
        }
        try:
            answer = await self._web.call(workspace.token, "chat.postMessage", **more, **message)
        except SlackRefused as err:
            if err.code != "invalid_blocks":
                raise
            answer = await self._web.call(workspace.token, "chat.postMessage", **more, **_plain(message))
        return ref(str(answer.get("channel") or spot.channel), str(answer["ts"]))


def _plain(message: Mapping[str, Any]) -> dict[str, Any]:
    """The words alone, when Slack does not take the card: nobody is left without an answer."""
    return {**message, "blocks": []}


def _metadata(post: Outgoing) -> dict[str, Any]:
    return {"event_type": EVENT, "event_payload": {"key": post.key, "revision": post.revision}}


def _more(post: Outgoing, pages: int) -> list[Block]:
    if pages < 2:
        return []
    return [rich.actions([rich.button(f"Show more (2 of {pages})", "more", f"2|{post.key}")])]
