"""Reading what a client sent, strictly: every refusal says which value, and what is wanted."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, TypeVar

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from rapidfuzz import process

from bot.http.refusals import TooLarge, WrongType
from config.errors import BadRequest, NotFound

MOST_BYTES = 1_048_576
MOST_KEY = 200
MOST_KEYS = 500
MOST_DEPTH = 20
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:\-]{0,119}")
Id = Annotated[str, Field(pattern=rf"^{_ID.pattern}$")]
_KEY = re.compile(rf"[\x21-\x7e]{{1,{MOST_KEY}}}")
M = TypeVar("M", bound=BaseModel)


class Body(BaseModel):
    """Base of request bodies: unknown keys and wrong types are refused, nothing is converted."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Nothing(Body):
    """Nothing is wanted."""


class Query(BaseModel):
    """Base of query strings: text is converted, unknown names are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Page(Query):
    """A page of a list: at most `limit` items, those after `cursor` (taken from the last page's Link header)."""

    limit: int = Field(50, ge=1, le=200)
    cursor: Id | None = None


def part(views: Sequence[dict[str, Any]], query: Page) -> tuple[list[dict[str, Any]], str | None]:
    """The wanted page of a short list that is read whole, and the cursor of the next page."""
    ids = [view["id"] for view in views]
    start = ids.index(query.cursor) + 1 if query.cursor in ids else 0 if query.cursor is None else len(ids)
    shown = list(views[start : start + query.limit])
    return shown, shown[-1]["id"] if len(shown) == query.limit else None


async def read_body(request: web.Request, model: type[M]) -> M:
    """The JSON object of the body as `model`. An absent body counts as `{}`.

    Raises WrongType (415), TooLarge (413), BadRequest (400).
    """
    if (request.content_length or 0) > MOST_BYTES:
        raise TooLarge("The body is larger than 1 MB. Send less.")
    raw = await request.read()
    if raw and request.content_type != "application/json":
        raise WrongType(f"The body is {request.content_type[:80]!r}. Send `Content-Type: application/json`.")
    return checked(model, parse_object(raw) if raw else {}, "body")


def parse_object(raw: bytes) -> dict[str, Any]:
    """A strict JSON object: UTF-8, no NaN, no infinity, no key twice. Raises BadRequest."""
    try:
        value = _DECODER.decode(raw.decode("utf-8"))
    except UnicodeDecodeError as err:
        raise BadRequest(f"The body is not UTF-8 (byte {err.start}). Send JSON in UTF-8.") from err
    except json.JSONDecodeError as err:
        raise BadRequest(f"The body is not JSON: {err}. Send one JSON object.") from err
    except RecursionError as err:
        raise BadRequest("The body is nested too deeply. Send a flat JSON object.") from err
    except ValueError as err:
        raise BadRequest(f"The body holds what JSON cannot mean: {err}. Send plain values.") from err
    if not isinstance(value, dict):
        raise BadRequest("The body is JSON, but not an object. Send one JSON object: {…}.")
    if raw.count(b"[") + raw.count(b"{") > MOST_DEPTH and _deeper(value, MOST_DEPTH):
        raise BadRequest(f"The body is nested deeper than {MOST_DEPTH} levels. Send a flat JSON object.")
    return value


def checked(model: type[M], value: Mapping[str, Any], where: str) -> M:
    """`value` as `model`. Raises BadRequest with every wrong key, at most three."""
    try:
        return model.model_validate(value)
    except ValidationError as err:
        wrong = err.errors(include_url=False, include_input=False, include_context=False)
        words = "; ".join(_wrong(model, one["loc"], one["type"], one["msg"]) for one in wrong[:3])
        raise BadRequest(f"In the {where}: {words}. {_wanted(model)}") from err


def path_ids(request: web.Request) -> Mapping[str, str]:
    """The ids in the path. Raises NotFound for what can be nobody's id."""
    found = request.match_info
    for name, value in found.items():
        if not _ID.fullmatch(value):
            raise NotFound(f"{value[:80]!r} is not an id that anything here has (in place of {{{name}}}).")
    return found


def idempotency_key(request: web.Request) -> str | None:
    """The Idempotency-Key header. Raises BadRequest for one that is no key."""
    key = request.headers.get("Idempotency-Key")
    if key is not None and not _KEY.fullmatch(key):
        raise BadRequest(f"Idempotency-Key wants 1 to {MOST_KEY} printable ASCII characters without spaces.")
    return key


def _wrong(model: type[BaseModel], loc: tuple[int | str, ...], kind: str, words: str) -> str:
    name = ".".join(str(part)[:80] for part in loc) or "it"
    if kind == "missing":
        return f"{name!r} is missing"
    if kind != "extra_forbidden":
        return f"{name!r}: {words[:1].lower()}{words[1:]}"
    near = process.extractOne(name, list(model.model_fields), score_cutoff=70)
    return f"{name!r} is not known" + (f" (did you mean {near[0]!r}?)" if near else "")


def _wanted(model: type[BaseModel]) -> str:
    names = [
        name if one.is_required() else f"{name} (may be left out)" for name, one in model.model_fields.items()
    ]
    return f"Known are: {', '.join(names)}." if names else "Nothing is wanted there: send {}."


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(pairs) > MOST_KEYS:
        raise ValueError(f"an object with more than {MOST_KEYS} keys")
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise ValueError(f"the key {name[:80]!r} is there twice")
        found[name] = value
    return found


def _deeper(value: object, most: int) -> bool:
    ring: list[object] = [value]
    for _ in range(most):
        nested = [
            one.values() if isinstance(one, dict) else one for one in ring if isinstance(one, dict | list)
        ]
        ring = [inner for values in nested for inner in values]
    return any(isinstance(one, dict | list) for one in ring)


def _number(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f"the number {text[:40]} is too large")
    return value


def _constant(text: str) -> float:
    raise ValueError(f"{text} is not a JSON number")


_DECODER = json.JSONDecoder(object_pairs_hook=_once, parse_float=_number, parse_constant=_constant)
