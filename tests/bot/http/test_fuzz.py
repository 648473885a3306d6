"""A bounded set of malformed requests to every route: always a problem in words, never a 500."""

from __future__ import annotations

import asyncio
import io
import json
import random
import re
from typing import Any

import jwt
import pytest

from bot.http.rest import ROUTES
from bot.http.route import Route
from bot.http.shapes import Problem
from tests.bot.http.conftest import KEY, Stage

ODD: tuple[Any, ...] = (
    None,
    True,
    False,
    0,
    -1,
    2**63,
    10**40,
    1.5,
    1e308,
    -0.0,
    "",
    " ",
    "\x00",
    "\ud800",
    "\u202e",
    "💩" * 50,
    "a" * 5000,
    "${{ inputs.x }}",
    "'; DROP TABLE runs; --",
    "../../etc/passwd",
    "<script>",
    "%00",
    "%s%n",
    [],
    [[]],
    {},
    {"": ""},
    {"$ref": "#"},
    ["approve"],
    {"a": {"b": {"c": [1, 2, {"d": None}]}}},
    "approve",
    "NaN",
    "rag-api",
    "production",
)
RAW = (
    b"",
    b"{",
    b"}",
    b"null",
    b"true",
    b"[]",
    b"[{}]",
    b'"x"',
    b"0",
    b"{}{}",
    b"{}\x00",
    b"\xff\xfe{\x00}\x00",
    b"\xef\xbb\xbf{}",
    b'{"a":NaN}',
    b'{"text":1e999}',
    b'{"text":"\\ud800","session_id":"\\ud800"}',
    b'{"text":"a","text":"b"}',
    b'{"inputs":' + b'{"a":' * 3000 + b"1" + b"}" * 3000 + b"}",
    b'{"runbook":"look","inputs":{"service":' + b"[" * 300 + b"]" * 300 + b"}}",
    b"[" * 60_000,
    b'{"a":' + b"9" * 9000 + b"}",
    b'{"__proto__":{}}',
    b"{'a':1}",
    b"<x/>",
    b"a=b",
    b"{" + b",".join(b'"%d":0' % n for n in range(2000)) + b"}",
)
KINDS = (
    "application/json",
    "application/json;charset=utf-16",
    "text/plain",
    "application/json, text/html",
    "x",
    "\t",
    "a/b;=",
)
GOOD = {
    "iss": "llm-copilot",
    "aud": "llm-copilot",
    "sub": "maria",
    "roles": ["viewer"],
    "iat": 0,
    "exp": 10**11,
}


async def sent(stage: Stage, method: str, path: str, headers: dict[str, str], data: bytes | None) -> int:
    """The status; whatever is refused is refused as a problem."""
    async with stage.client.request(method, path, data=io.BytesIO(data or b""), headers=headers) as answer:
        body = await answer.read()
        if answer.status >= 400:
            assert answer.content_type == "application/problem+json", (method, path, body)
            problem = Problem.model_validate_json(body)
            assert "Traceback" not in problem.detail
        assert answer.status < 500, (method, path, headers, data, body)
        return answer.status


def filled(route: Route, session: str, run: dict[str, Any]) -> str:
    ids = {
        "session_id": session,
        "approval_id": run["approval"]["id"],
        "run_id": run["id"],
        "runbook_id": "look",
        "standing_id": "std_none",
        "review_id": "rev_none",
        "schedule_id": "sch_none",
    }
    return re.sub(r"{(\w+)}", lambda found: ids[found.group(1)], route.full)


async def started(stage: Stage) -> tuple[str, dict[str, Any], dict[str, str]]:
    wanted = {"runbook": "roll-back", "inputs": {"service": "rag-api"}}
    _, run = await stage.call("POST", "/workflows", "maria", wanted)
    return await stage.session("amara"), run, {**stage.headers("amara"), "Content-Type": "application/json"}


async def test_raw_bytes_of_every_kind_are_answered_in_words(stage: Stage) -> None:
    session, run, headers = await started(stage)
    for route in ROUTES:
        path = filled(route, session, run)
        for data in RAW if route.method == "POST" else RAW[:3]:
            await sent(stage, route.method if route.method != "DELETE" else "GET", path, headers, data)


async def test_values_of_wrong_types_in_every_key_are_answered_in_words(stage: Stage) -> None:
    session, run, headers = await started(stage)
    dice = random.Random(7)
    for route in ROUTES:
        if route.body is None:
            continue
        path, keys = filled(route, session, run), [*route.body.model_fields, "actor"]
        for _ in range(60):
            body = {key: dice.choice(ODD) for key in dice.sample(keys, dice.randint(0, len(keys)))}
            if "session_id" in keys and dice.random() < 0.5:
                body |= {
                    "session_id": session,
                    "text": "hello",
                    "runbook": dice.choice(("look", "roll-back")),
                }
            if "inputs" in keys and dice.random() < 0.7:
                body |= {"runbook": "look", "inputs": {dice.choice(("service", "x")): dice.choice(ODD)}}
                body.pop("text", None)
                body.pop("actor", None)
            await sent(stage, "POST", path, headers, json.dumps(body).encode())
    assert stage.world.rollbacks == []


async def test_odd_paths_queries_and_headers_are_answered_in_words(stage: Stage) -> None:
    session, run, headers = await started(stage)
    dice = random.Random(7)
    odd = ("%00", "%ff%fe", "%F0%9F%92%A9", "a" * 3000, "..%2f..", "%25", "run_0", "'", "%0d%0aX:y", "~", "*")
    values = ("", "0", "-1", "1e9", "%00", "%ed%a0%80", "9" * 400, "nan", "pending", "a&limit=2", "[]", "1;2")
    for route in ROUTES:
        for one in odd:
            await sent(stage, "GET", re.sub(r"{\w+}", one, route.full), headers, None)
        if route.query is None:
            continue
        for value in values:
            name = dice.choice([*route.query.model_fields, "x"])
            await sent(stage, "GET", f"{filled(route, session, run)}?{name}={value}", headers, None)
    for kind in KINDS:
        await sent(stage, "POST", "/api/v1/sessions", {**headers, "Content-Type": kind}, b"{}")
    for method in ("PUT", "PATCH", "HEAD", "OPTIONS", "TRACE", "BREW"):
        async with stage.client.request(method, "/api/v1/sessions", headers=headers) as answer:
            assert answer.status in (400, 405)


async def test_bad_tokens_of_every_kind_are_refused(stage: Stage) -> None:
    good = jwt.encode(GOOD, KEY, algorithm="HS256")
    head, body, signature = good.split(".")
    none = "eyJhbGciOiJub25lIn0"
    tokens = [
        "",
        "x",
        "..",
        "....",
        "a.b.c",
        f"{none}.{body}.",
        f"{none}.{body}.{signature}",
        f"{head}.{body}",
        good[:-3],
        good + "A.",
        f"{head}.{body}.AAAA",
        jwt.encode(GOOD, b"w" * 32, algorithm="HS256"),
        jwt.encode(GOOD, b"t" * 64, algorithm="HS512"),
        jwt.encode({**GOOD, "exp": 1}, KEY),
        jwt.encode({**GOOD, "iat": 10**11}, KEY),
        jwt.encode({**GOOD, "aud": "x"}, KEY),
        jwt.encode({**GOOD, "roles": {}}, KEY),
        jwt.encode({**GOOD, "exp": 1e400}, KEY),
        jwt.encode({"sub": "maria"}, KEY),
        "é",
        "\u00ff" * 500,
        "A" * 7000,
        good + " " + good,
        "null",
        "{}",
    ]
    for token in tokens:
        headers = {"Authorization": f"Bearer {token}"}
        assert await sent(stage, "GET", "/api/v1/runbooks", headers, None) == 401, token
    assert await sent(stage, "GET", "/api/v1/runbooks", {"Authorization": f"Bearer {good}"}, None) == 200


async def test_a_body_above_the_limit_is_refused_however_it_is_sent(stage: Stage) -> None:
    session, _, headers = await started(stage)
    big = json.dumps({"session_id": session, "text": "x" * 1_048_576}).encode()
    assert await sent(stage, "POST", "/api/v1/messages", headers, big) == 413

    async def pieces() -> Any:
        for start in range(0, len(big), 65_536):
            yield big[start : start + 65_536]

    async with stage.client.post("/api/v1/messages", data=pieces(), headers=headers) as answer:
        assert answer.status == 413
    assert stage.parrot.heard == []


@pytest.mark.parametrize(
    "raw",
    [
        b"GET / HTTP/9.9\r\n\r\n",
        b"\x00\x01\x02\r\n\r\n",
        b"POST /api/v1/messages HTTP/1.1\r\nHost: x\r\nContent-Length: abc\r\n\r\n",
        b"POST /api/v1/messages HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"GET /health HTTP/1.1\r\nHost: x\r\nX: " + b"y" * 20_000 + b"\r\n\r\n",
    ],
    ids=["version", "binary", "length", "smuggling", "long header"],
)
async def test_what_is_not_http_is_refused_without_a_500(stage: Stage, raw: bytes) -> None:
    reader, writer = await asyncio.open_connection(stage.client.host, stage.client.port)
    writer.write(raw)
    await writer.drain()
    first = await asyncio.wait_for(reader.readline(), 5)
    writer.close()
    assert re.match(rb"HTTP/1\.[01] (4\d\d|505)", first), first
