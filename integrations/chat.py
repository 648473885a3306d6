"""`chat.post`: how a runbook says something to people."""

from __future__ import annotations

from pydantic import Field

from integrations.actions import Action, Context, Inputs, Output
from integrations.errors import Refused
from integrations.ports import Place, Posts


class Post(Inputs):
    """`to` is `face:conversation`; unless said, it is where the run was asked for."""

    text: str = Field(min_length=1, max_length=3000)
    to: str | None = None


class Posted(Output):
    place: str


def chat_actions(posts: Posts) -> tuple[Action, ...]:
    """The actions over one way to post. They raise Refused for a place that cannot be read."""

    async def post(context: Context, inputs: Post) -> Posted:
        place = inputs.to or context.place
        where = Place.parse(place)
        if not where.face or not where.conversation:
            raise Refused(f"{place!r} is no place to post to; write face:conversation, such as slack:C0123.")
        body = {"text": inputs.text, "blocks": [{"type": "text", "text": inputs.text}]}
        await posts.post(context.key, place, body)
        return Posted(place=place)

    return (Action("chat.post", "record", "post a message", Post, Posted, post, idempotent=True),)
