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
)

Register = Callable[[AsyncApp, Front], None]
LISTENERS: tuple[Register, ...] = (
    command.register,
    mention.register,
    message.register,
    approve.register,
    deny.register,
    details.register,
    choose.register,
    more.register,
    edit.register,
    run.register,
    options.register,
    home.register,
    incident.register,
    lifecycle.register,
)
