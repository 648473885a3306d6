"""What this app listens to, one file each; the order is Bolt's order of asking."""

from __future__ import annotations

from collections.abc import Callable

from slack_bolt.async_app import AsyncApp

from bot.slack.front import Front
from bot.slack.listeners import (
    approve,
    choose,
    command,
    deny,
    details,
    edit,
    home,
    incident,
    lifecycle,
    mention,
    message,
    more,
    options,
    run,
)  # fmt: skip

Register = Callable[[AsyncApp, Front], None]
_FILES = (
    command, mention, message, approve, deny, details, edit, choose, more, run, options, home, incident, lifecycle,
)  # fmt: skip
LISTENERS: tuple[Register, ...] = tuple(one.register for one in _FILES)
