"""The whole application with a language model behind it, as people start it."""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from app import App
from bot.desk import Incoming
from bot.http.web import make_web
from bot.terminal.jobs.doctor import Finding, examine
from config.errors import SettingsError
from config.settings import Llm, Settings, load_settings
from tests.support.llm_server import LlmServer, Says, serving

ROOT = Path(__file__).parents[1]
QUESTION = "why is rag-api slow in production?"


@pytest.fixture
async def endpoint() -> AsyncIterator[LlmServer]:
    async with serving() as server:
        yield server


def settings(folder: Path, url: str, **llm: object) -> Settings:
    chosen = Llm(base_url=url, model="scripted", price_in=2.0, price_out=8.0, **llm)
    return Settings(data_dir=folder, llm=chosen)


async def chat(folder: Path, url: str, **env: str) -> str:
    """What one message prints in a process of its own."""
    clean = {key: value for key, value in os.environ.items() if not key.startswith("COPILOT_")}
    ours = {"COPILOT_DATA_DIR": str(folder), "COPILOT_LLM__BASE_URL": url, "COPILOT_LLM__MODEL": "scripted"}
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(ROOT / "app.py"), "chat", QUESTION, cwd=ROOT, env=clean | ours | env,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    said, _ = await process.communicate()
    return said.decode()


async def test_an_answer_is_streamed_kept_counted_and_shown_in_metrics(
    tmp_path: Path, endpoint: LlmServer
) -> None:
    endpoint.says(Says(["The release of rag-api ", "is likely."], usage=(1000, 100)))
    async with App().open(work=True, settings=settings(tmp_path, endpoint.url)) as services:
        got = await services.desk.submit(Incoming("terminal", "e1", QUESTION, "maria", "rest:c", "c"))
        pieces = [chunk.words async for chunk in services.stream(got.id)]
        body = await services.desk.answer(got)
        assert "".join(pieces) == "The release of rag-api is likely."
        assert "The language model adds: The release of rag-api is likely." in body["text"]
        async with TestClient(TestServer(make_web(services))) as client, client.get("/metrics") as page:
            shown = await page.text()
        assert 'copilot_model_calls{outcome="ok",purpose="investigate"} 1.0' in shown
        assert 'copilot_model_tokens{purpose="investigate"} 1100.0' in shown
        assert 'copilot_model_usd{purpose="investigate"} 0.0028' in shown


async def test_starting_asks_nothing(tmp_path: Path, endpoint: LlmServer) -> None:
    async with App().open(work=True, settings=settings(tmp_path, endpoint.url, phrase=True)) as services:
        async with asyncio.timeout(60):
            while services.not_ready():
                await asyncio.sleep(0.02)
        assert endpoint.asked == []
        endpoint.says(Says(["About the same as the day before."]))
        said = Incoming("terminal", "e1", "p95 latency of rag-api in staging", "maria", "rest:c", "c")
        assert (await services.desk.ask(said))["text"].startswith("About the same as the day before.")


async def test_an_endpoint_that_is_not_there_hinders_nothing(tmp_path: Path) -> None:
    nowhere = settings(tmp_path, "http://127.0.0.1:9/v1", timeout=1.0)
    async with App().open(work=True, settings=nowhere) as services:
        said = Incoming("terminal", "e1", QUESTION, "maria", "rest:c", "c")
        body = await services.desk.ask(said)
        assert services.not_ready() == []
        async with TestClient(TestServer(make_web(services))) as client, client.get("/ready") as page:
            assert page.status == 200
    assert "rag-api" in body["text"] and "these are my own words" in body["text"]


async def test_doctor_says_how_the_endpoint_is(tmp_path: Path, endpoint: LlmServer) -> None:
    class Opened(App):
        def __init__(self, url: str) -> None:
            self._settings = settings(tmp_path, url)

    async def found(url: str) -> Finding:
        (one,) = [one async for one in examine(Opened(url)) if one.what == "language model"]
        return one

    well = await found(endpoint.url)
    assert well.ok and well.words == f"scripted at {endpoint.url}"
    ill = await found("http://127.0.0.1:9/v1")
    assert ill.ok is False and "cannot be reached" in ill.words
    assert endpoint.asked == []


async def test_the_terminal_shows_words_as_they_come_and_no_tracing_service_hears_of_it(
    tmp_path: Path, endpoint: LlmServer
) -> None:
    told: list[str] = []

    async def hear(request: web.Request) -> web.Response:
        told.append(request.path)
        return web.json_response({})

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", hear)
    endpoint.says(Says(["The release of rag-api is likely."]))
    async with TestServer(app) as spy:
        tracing = {
            "LANGSMITH_TRACING": "true",
            "LANGCHAIN_TRACING_V2": "true",
            "LANGSMITH_API_KEY": "lsv2_pt_x",
        }
        where = {"LANGSMITH_ENDPOINT": str(spy.make_url("")), "LANGCHAIN_ENDPOINT": str(spy.make_url(""))}
        said = await chat(tmp_path, endpoint.url, **tracing, **where)
    assert said.index("… The release of rag-api is likely.") < said.index("The language model adds")
    assert told == []


@pytest.mark.parametrize(
    ("env", "words"),
    [
        ({"MODEL": ""}, "belong together"),
        ({"BASE_URL": "ftp://x"}, "COPILOT_LLM__BASE_URL: "),
        ({"BASE_URL": "http://user:pass-word-1@host/v1"}, "COPILOT_LLM__BASE_URL: "),
        ({"MAX_USD": "-1"}, "COPILOT_LLM__MAX_USD is '-1'"),
    ],
)
def test_a_wrong_setting_is_named_and_shows_no_secret(
    monkeypatch: pytest.MonkeyPatch, env: dict[str, str], words: str
) -> None:
    usual = {"BASE_URL": "http://127.0.0.1:9/v1", "MODEL": "m", "API_KEY": "the-key-123456"}
    for name, value in (usual | env).items():
        monkeypatch.setenv(f"COPILOT_LLM__{name}", value)
    with pytest.raises(SettingsError, match=re.escape(words)) as caught:
        load_settings(Path("nowhere"))
    assert "the-key-123456" not in str(caught.value) and "pass-word-1" not in str(caught.value)


async def test_what_it_costs_to_have_none_is_nothing(tmp_path: Path) -> None:
    loaded = (
        "import asyncio, sys; from pathlib import Path; from app import App; from config.settings import Settings\n"
        "async def go():\n"
        "    async with App().open(work=True, settings=Settings(data_dir=Path(sys.argv[1]))) as services:\n"
        "        while services.not_ready(): await asyncio.sleep(0.01)\n"
        "        print([name for name in ('openai', 'langchain_openai', 'tiktoken') if name in sys.modules])\n"
        "asyncio.run(go())"
    )
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", loaded, str(tmp_path), cwd=ROOT, stdout=subprocess.PIPE
    )
    said, _ = await process.communicate()
    assert said.decode().strip() == "[]"
