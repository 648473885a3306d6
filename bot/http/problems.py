"""Errors as RFC 9457 problems: `{type, title, status, detail, error_id}`; every error_id is in the log."""

from __future__ import annotations

import json
import logging
import re
import secrets
from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from typing import Any

from aiohttp import web

from bot.http.redacting import redactor
from config.errors import CopilotError

log = logging.getLogger(__name__)
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
MOST_DETAIL = 2_000
BUSY_SECONDS = "5"


_WORDS: Mapping[int, str] = {
    404: "Nothing is at {method} {path}. GET /docs lists what there is.",
    405: "{path} does not take {method}. It takes: {allowed}.",
    413: "The body is larger than 1 MB. Send less.",
}
_HEADERS: Mapping[int, Mapping[str, str]] = {
    401: {"WWW-Authenticate": 'Bearer realm="llm-copilot"'},
    503: {"Retry-After": BUSY_SECONDS},
}


@web.middleware
async def problems(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answers every error of what lies below as a problem; this face's one catch-all."""
    try:
        return await handler(request)
    except CopilotError as err:
        return _refusal(request, err.status, err.title, str(err), slug(type(err).__name__))
    except web.HTTPException as err:
        return _of_aiohttp(request, err)
    except web.RequestPayloadError as err:
        words = f"The body cannot be read: {err}. Send it whole, and compressed only as its header says."
        return _refusal(request, 400, "That cannot be read", words, "bad-request")
    except Exception:
        error_id = _error_id()
        log.exception("%s %s failed, error id %s", request.method, _shown(request.path), error_id)
        words = f"Something failed on our side. Error id {error_id}: it is in the log."
        return problem(500, "Something went wrong", words, "internal", error_id)


def problem(
    status: int,
    title: str,
    detail: str,
    kind: str,
    error_id: str,
    headers: Mapping[str, str] | None = None,
) -> web.Response:
    """One problem document as a response."""
    body: dict[str, Any] = {
        "type": f"urn:llm-copilot:problem:{kind}",
        "title": title,
        "status": status,
        "detail": detail[:MOST_DETAIL],
        "error_id": error_id,
    }
    return web.Response(
        status=status,
        body=json.dumps(body).encode() + b"\n",
        content_type="application/problem+json",
        headers={**_HEADERS.get(status, {}), **(headers or {})},
    )


def slug(name: str) -> str:
    """`BadRequest` → `bad-request`."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "-", name).lower()


def _refusal(
    request: web.Request,
    status: int,
    title: str,
    words: str,
    kind: str,
    headers: Mapping[str, str] | None = None,
) -> web.Response:
    error_id = _error_id()
    path = _shown(request.path)
    words = redactor(request)(words)
    log.info("%s %s refused with %d, error id %s: %s", request.method, path, status, error_id, words)
    return problem(status, title, words, kind, error_id, headers)


def _of_aiohttp(request: web.Request, err: web.HTTPException) -> web.StreamResponse:
    if err.status < 400:
        return err
    name = HTTPStatus(err.status).phrase
    words = _WORDS.get(err.status, "{path}: {reason}").format(
        method=request.method,
        path=_shown(request.path),
        allowed=err.headers.get("Allow", ""),
        reason=err.reason,
    )
    kept = {key: err.headers[key] for key in ("Allow",) if key in err.headers}
    return _refusal(request, err.status, name, words, slug(name.replace(" ", "")), kept)


def _error_id() -> str:
    return f"err_{secrets.token_hex(4)}"


def _shown(words: str) -> str:
    return "".join(one if one.isprintable() else "�" for one in words[:120])
