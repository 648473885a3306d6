"""The button "Show more": the next page of a long answer, shown to who asks alone."""

from __future__ import annotations

from typing import Any

from slack_bolt.async_app import AsyncApp

from bot.slack import rich
from bot.slack.front import Front
from config.errors import BadRequest, NotFound
from store import posts


def register(app: AsyncApp, front: Front) -> None:
    @app.action("more")
    async def more(ack: Any, body: dict[str, Any], action: dict[str, Any]) -> None:
        number, _, key = str(action["value"]).partition("|")
        who = await front.who(body)
        await front.person(who)
        blocks = await _page(front, str(body["channel"]["id"]), body, key, number)
        await front.web.call(
            who.workspace.token, "chat.postEphemeral", channel=body["channel"]["id"], user=who.user,
            thread_ts=(body.get("message") or {}).get("thread_ts"), text="The next page.", blocks=blocks,
        )  # fmt: skip
        await ack()


async def _page(front: Front, channel: str, body: dict[str, Any], key: str, number: str) -> list[rich.Block]:
    """Only of a post that is in this channel. Raises NotFound, BadRequest."""
    if not number.isdigit():
        raise BadRequest("This button is damaged. Ask again.")
    prefix = f"slack:{(body.get('team') or {}).get('id')}/{channel}"
    post = await front.services.database.read(lambda conn: posts.in_channel(conn, key, prefix))
    if post is None:
        raise NotFound("That answer is not kept any more. Ask again.")
    shown = await front.painter.paint(post.key, post.place, post.body)
    at = int(number)
    if not 2 <= at <= len(shown.pages):
        raise NotFound("There are no more pages.")
    following = [
        rich.actions([rich.button(f"Show more ({at + 1} of {len(shown.pages)})", "more", f"{at + 1}|{key}")])
    ]
    return [*shown.pages[at - 1], *(following if at < len(shown.pages) else [])]
