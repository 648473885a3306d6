"""`chat`: talk to the bot here."""

from __future__ import annotations

import sys

import click

from bot.terminal.context import Opener, do
from bot.terminal.options import act_as, as_json


@click.command(short_help="Talk to the bot; with TEXT, one message and its answer.")
@act_as
@as_json
@click.argument("text", nargs=-1)
@click.pass_obj
def chat(opener: Opener, name: str | None, as_json: bool, text: tuple[str, ...]) -> None:
    """Talk to the bot. With TEXT one message and its answer; without, a conversation.

    Lines that are piped in are answered one after the other.
    """
    words = " ".join(text)
    if text and not words.strip():
        raise click.UsageError("TEXT is empty. Say something, or leave it out for a conversation.")
    if words:
        do(opener, "jobs.chat:once", text=words, name=name, as_json=as_json)
    if as_json or not sys.stdin.isatty():
        do(opener, "jobs.chat:lines", name=name, as_json=as_json)
    do(opener, "jobs.talk:run", name=name)
