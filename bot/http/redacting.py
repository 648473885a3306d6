"""How responses get at the process's redactor."""

from __future__ import annotations

from aiohttp import web

from config.redaction import Redactor

REDACT = web.AppKey("redact", Redactor)
_SHAPES = Redactor()


def redactor(request: web.Request) -> Redactor:
    """The application's; one that knows shapes alone where none was set."""
    return request.app.get(REDACT, _SHAPES)
