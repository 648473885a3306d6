"""Settings as they are, secrets only as set or not set; and the same checks as `doctor`, when one asks for them."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, SecretStr

from bot.console.route import Answer, Page, Shown, Visit
from bot.terminal.jobs.doctor import Finding, examined
from config.settings import PREFIX

#: addresses may hold a password
_HIDDEN = ("database_url",)
_STATES = {True: "ok", False: "not ok", None: "not set up"}


async def show(visit: Visit) -> Answer:
    """With `check` every configured integration is asked whether it is well."""
    found: list[tuple[Finding, str]] = []
    if "check" in visit.query:
        found = [(one, _STATES[one.ok]) async for one in examined(visit.services)]
    services = visit.services
    data = {
        "settings": listed(services.settings),
        "checks": found,
        "database": services.database.shown_as,
        "reasons": services.not_ready(),
    }
    return Shown("settings.html", "Settings", data)


def listed(settings: BaseModel, prefix: str = PREFIX) -> list[tuple[str, str]]:
    """Every variable with its value in words; a secret only says whether it is set."""
    found: list[tuple[str, str]] = []
    for name in type(settings).model_fields:
        value: Any = getattr(settings, name)
        if isinstance(value, BaseModel):
            found.extend(listed(value, f"{prefix}{name.upper()}__"))
        elif isinstance(value, SecretStr) or name in _HIDDEN:
            found.append((f"{prefix}{name.upper()}", "set (not shown)" if value else "not set"))
        else:
            found.append((f"{prefix}{name.upper()}", "not set" if value is None else str(value)))
    return found


PAGES = (Page("GET", "/settings", show, "settings"),)
