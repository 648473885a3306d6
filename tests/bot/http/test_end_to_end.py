"""One incident over REST on the application as app.py builds it, and the curl script of docs/rest.md as it stands."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import re
import shutil
import socket
import sys
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import ClientSession
from aiohttp.test_utils import TestClient, TestServer

from app import App
from bot.http.shapes import Approval, AuditRow, Reply, Run, Turn
from bot.http.web import make_web
from bot.services import Services
from config.clock import ScaledClock
from config.settings import Settings
from store.canonical import canonical
from tests.bot.http.conftest import Api
from tests.chaos.quick import COMMAND, Quick

ROOT = Path(__file__).parents[3]


pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def whole(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Api]:
    """The whole application, once for this file."""
    settings = Settings(data_dir=tmp_path_factory.mktemp("whole"))
    async with AsyncExitStack() as stack:
        opened = App().open(work=True, settings=settings, clock=ScaledClock(20.0))
        services: Services = await stack.enter_async_context(opened)
        client = await stack.enter_async_context(TestClient(TestServer(make_web(services))))
        async with asyncio.timeout(60):
            while (await client.get("/ready")).status != 200:
                await asyncio.sleep(0.05)
        yield Api(client, services)


def check_chain(rows: list[dict[str, Any]]) -> None:
    link = "0" * 64
    for row in rows:
        AuditRow.model_validate(row)
        columns = {key: value for key, value in row.items() if key not in ("prev_hash", "hash")}
        link = hashlib.sha256((link + canonical(columns)).encode()).hexdigest()
        assert row["hash"] == link


async def test_an_incident_goes_from_question_to_verified_change(whole: Api) -> None:
    session = await whole.session()
    status, body = await whole.say(session, "why is rag-api slow in production?")
    assert (status, body["intent"]["id"]) == (200, "diagnose.explain")
    status, body = await whole.say(session, "roll back rag-api in production", Idempotency_Key="one")
    asked = Reply.model_validate(body)
    assert status == 200 and asked.approval is not None and asked.run is not None
    assert (asked.approval.status, asked.run.status) == ("pending", "waiting")
    assert (await whole.say(session, "roll back rag-api in production", Idempotency_Key="one"))[1] == body

    path = f"/approvals/{asked.approval.id}/decisions"
    word = {"decision": "approve", "plan_hash": asked.approval.plan_hash}
    status, problem = await whole.call("POST", path, "maria", word)
    assert status == 403 and "Priya Nair" in problem["detail"]
    status, body = await whole.call("POST", path, "priya", word)
    assert (status, Approval.model_validate(body).status) == (200, "approved")
    status, problem = await whole.call("POST", path, "sam", word)
    assert status == 409 and "priya" in problem["detail"].lower()

    run = await whole.until(f"/workflows/{asked.run.id}", lambda one: one["ended_at"] is not None)
    assert Run.model_validate(run).status == "succeeded"
    told = await whole.until(f"/messages/{session}/posts", lambda posts: any(p["run"] for p in posts))
    assert told[-1]["run"]["id"] == asked.run.id

    turns = [Turn.model_validate(one) for one in await whole.pages(f"/messages/{session}?limit=1")]
    assert [turn.text for turn in turns][1:] == ["roll back rag-api in production"]
    assert turns[1].reply is not None and turns[1].reply.run is not None
    assert turns[1].reply.run.status == "succeeded"
    rows = await whole.pages("/audit?limit=5", "jonas")
    check_chain(rows)
    assert {"approval.opened", "approval.approved"} <= {row["what"] for row in rows}


async def test_a_stranger_to_a_role_and_an_unknown_service_are_answered_in_words(whole: Api) -> None:
    jonas, maria = await whole.session("jonas"), await whole.session("maria")
    status, body = await whole.say(jonas, "roll back rag-api in production", "jonas")
    assert status == 200 and body["approval"] is None and "operator" in body["text"]
    for text in (
        "roll back rag-apj in production",
        "\x00\u202e\ud7ff",
        "p95 of nothing-at-all",
        "x" * 100_000,
    ):
        status, body = await whole.say(maria, text)
        assert status == 200
        assert Reply.model_validate(body).approval is None
        assert "err_" not in body["text"]


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
        return port


def script(port: int) -> str:
    blocks = re.findall(
        r"```sh\n(.*?)```", (ROOT / "docs" / "rest.md").read_text(encoding="utf-8"), re.DOTALL
    )
    story: str = next(one for one in blocks if "curl" in one)
    return "set -e\n" + story.replace(":8080", f":{port}")


@pytest.mark.skipif(shutil.which("curl") is None and os.environ.get("CI") != "true", reason="no curl here")
async def test_the_curl_script_of_the_docs_works_as_it_stands(tmp_path: Path) -> None:
    port, command = free_port(), tmp_path / "bin" / "llm-copilot"
    command.parent.mkdir()
    serve = f"cd {ROOT} && exec {' '.join(COMMAND)}"
    command.write_text(
        f'#!/bin/sh\nif [ "$1" = serve ]; then shift; {serve} "$@"; fi\nexec {sys.executable} {ROOT / "app.py"} "$@"\n'
    )
    command.chmod(0o755)
    environment = {
        **{key: value for key, value in os.environ.items() if not key.startswith("COPILOT_")},
        **Quick(time.time(), 20.0).variables(),
        "COPILOT_DATA_DIR": str(tmp_path / "data"),
        "PATH": f"{command.parent}:{Path(sys.executable).parent}:{os.environ['PATH']}",
    }
    server = await asyncio.create_subprocess_exec(
        str(command),
        "serve",
        "--port",
        str(port),
        env=environment,
        cwd=tmp_path,
        stdout=asyncio.subprocess.DEVNULL,
    )
    try:
        await ready(f"http://127.0.0.1:{port}/ready")
        shell = await asyncio.create_subprocess_exec(
            "sh", "-c", script(port), env=environment, cwd=tmp_path, stdout=asyncio.subprocess.PIPE
        )
        said, _ = await asyncio.wait_for(shell.communicate(), 60)
    finally:
        server.terminate()
        stopped = await asyncio.wait_for(server.wait(), 20)
    assert shell.returncode == 0 and stopped == 0
    answers = [json.loads(line) for line in said.decode().splitlines() if line.startswith(("{", "["))]
    refused, approved, run, audit = answers
    assert refused["status"] == 403 and "Priya Nair" in refused["detail"]
    assert approved["status"] == "approved"
    assert run["status"] == "succeeded"
    assert {row["run_id"] for row in audit} == {run["id"]}


async def ready(url: str) -> None:
    async with asyncio.timeout(60), ClientSession() as http:
        while True:
            try:
                async with http.get(url) as answer:
                    if answer.status == 200:
                        return
            except OSError:
                pass
            await asyncio.sleep(0.1)
