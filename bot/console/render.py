"""Templates and static files: read once when the console is made, never at import."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from bot.console.gate import HEADERS
from bot.console.look import FILTERS
from config.redaction import Redactor

HERE = Path(__file__).parent
_TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
_FOR_EVER = "public, max-age=31536000, immutable"


class Templates:
    """Pages from templates; everything that is put into one is redacted and escaped."""

    def __init__(self, static: str, redact: Redactor) -> None:
        self._made = Environment(
            loader=FileSystemLoader(HERE / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
            finalize=lambda one: redact(one) if type(one) is str else one,
        )
        self._made.filters.update(FILTERS)
        self._made.globals["static"] = static

    def page(self, template: str, data: Mapping[str, Any], status: int = 200) -> web.Response:
        words = self._made.get_template(template).render(data)
        return web.Response(status=status, text=words, content_type="text/html", headers=HEADERS)


class Static:
    """Our style and scripts, at an address that changes with their content, so that browsers may keep them."""

    def __init__(self) -> None:
        self._files = {
            one.name: (one.read_bytes(), _TYPES[one.suffix])
            for one in sorted((HERE / "static").iterdir())
            if one.suffix in _TYPES
        }
        everything = b"".join(body for body, _ in self._files.values())
        self.root = f"/static/{hashlib.sha256(everything).hexdigest()[:12]}"

    def add_to(self, app: web.Application) -> None:
        app.router.add_get("/static/{version}/{name}", self.send)

    async def send(self, request: web.Request) -> web.Response:
        found = self._files.get(request.match_info["name"])
        if found is None:
            raise web.HTTPNotFound
        current = request.path.startswith(f"{self.root}/")
        headers = {"Cache-Control": _FOR_EVER if current else "no-cache", **HEADERS}
        return web.Response(body=found[0], content_type=found[1], charset="utf-8", headers=headers)
