"""/openapi.json (OpenAPI 3.1) and /docs, made from the routes' declarations."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable
from functools import cached_property
from http import HTTPStatus
from typing import Any

from aiohttp import web
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from bot.http import shapes
from bot.http.rest import ROUTES
from bot.http.route import Route

REFUSALS_OF_ALL = (401, 403, 503)
REFUSALS_OF_BODIES = (400, 413, 415)
_REF = "#/components/schemas/{model}"
_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1b1b1b;"
    "background:#fff}code{font:14px ui-monospace,monospace}td,th{text-align:left;padding:.3rem .8rem .3rem 0;"
    "vertical-align:top}@media(prefers-color-scheme:dark){body{color:#e8e8e8;background:#161616}a{color:#8ab4f8}}"
)


class Pages:
    """The two addresses, each made once when it is first asked for."""

    def add_to(self, app: web.Application) -> None:
        app.router.add_get("/openapi.json", self.openapi)
        app.router.add_get("/docs", self.docs)

    async def openapi(self, request: web.Request) -> web.Response:
        return web.Response(body=self._json, content_type="application/json")

    async def docs(self, request: web.Request) -> web.Response:
        return web.Response(text=self._html, content_type="text/html")

    @cached_property
    def _json(self) -> bytes:
        return json.dumps(document(), separators=(",", ":")).encode()

    @cached_property
    def _html(self) -> str:
        return page()


def document(routes: Iterable[Route] = ROUTES) -> dict[str, Any]:
    """The OpenAPI 3.1 document of `routes`."""
    paths: dict[str, dict[str, Any]] = {}
    models: dict[type[BaseModel], None] = {shapes.Problem: None}
    for route in routes:
        paths.setdefault(route.full, {})[route.method.lower()] = _operation(route)
        models.update({model: None for model in (route.answer, route.body) if model is not None})
    _, schemas = models_json_schema([(model, "validation") for model in models], ref_template=_REF)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "LLM CoPilot Agent",
            "version": "1",
            "description": "Lists page by limit and cursor; the next page is in the Link header.",
        },
        "security": [{"bearer": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}},
            "schemas": schemas["$defs"],
        },
    }


def refusals(route: Route) -> tuple[int, ...]:
    """Every status of a problem that the route may answer, sorted."""
    of_body = (*REFUSALS_OF_BODIES, 422) if route.body else ()
    of_query = (400,) if route.query else ()
    return tuple(sorted({*REFUSALS_OF_ALL, *of_body, *of_query, *route.refusals}))


def page() -> str:
    """A page for people, without scripts."""
    rows = "".join(
        f"<tr><td><code>{route.method}</code></td><td><code>{html.escape(route.full)}</code></td>"
        f"<td>{html.escape(route.summary)}</td><td>{html.escape(' or '.join(route.roles) or 'anyone known')}</td></tr>"
        for route in ROUTES
    )
    return (
        f"<!doctype html><html lang=en><meta charset=utf-8><title>LLM CoPilot Agent: HTTP</title>"
        f"<style>{_STYLE}</style><h1>LLM CoPilot Agent: HTTP</h1>"
        f"<p>Every call below <code>/api/v1</code> wants <code>Authorization: Bearer TOKEN</code>; make one with "
        f"<code>llm-copilot token --user NAME</code>. Machines read <a href=/openapi.json>/openapi.json</a>, "
        f"<a href=/health>/health</a>, <a href=/ready>/ready</a>, <a href=/metrics>/metrics</a>.</p>"
        f"<table><thead><tr><th>Method<th>Path<th>What it does<th>Role</thead><tbody>{rows}</tbody></table></html>"
    )


def _operation(route: Route) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": re.sub(r"\W+", "_", f"{route.method.lower()}{route.path}").strip("_"),
        "summary": route.summary,
        "parameters": _parameters(route),
        "responses": {str(route.status): _success(route)},
    }
    if route.roles:
        operation["description"] = f"Wants the role {' or '.join(route.roles)}."
    if route.body is not None:
        schema = {"$ref": _REF.format(model=route.body.__name__)}
        operation["requestBody"] = {"required": True, "content": {"application/json": {"schema": schema}}}
    problem = {"application/problem+json": {"schema": {"$ref": _REF.format(model="Problem")}}}
    for status in refusals(route):
        operation["responses"][str(status)] = {"description": HTTPStatus(status).phrase, "content": problem}
    return operation


def _success(route: Route) -> dict[str, Any]:
    described: dict[str, Any] = {"description": HTTPStatus(route.status).phrase}
    if route.answer is not None:
        schema: dict[str, Any] = {"$ref": _REF.format(model=route.answer.__name__)}
        if route.many:
            schema = {"type": "array", "items": schema}
        described["content"] = {"application/json": {"schema": schema}}
    return described


def _parameters(route: Route) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in re.findall(r"{(\w+)}", route.path)
    ]
    if route.query is not None:
        for name, schema in route.query.model_json_schema()["properties"].items():
            found.append({"name": name, "in": "query", "required": False, "schema": schema})
    if route.method == "POST":
        schema = {"type": "string", "maxLength": 200}
        found.append({"name": "Idempotency-Key", "in": "header", "required": False, "schema": schema})
    return found
