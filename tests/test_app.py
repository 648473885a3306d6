"""The composition root: started in order, unwound in reverse, fast to say what it can do."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from app import VERBS, App
from config.errors import SettingsError
from config.settings import Demo, Settings
from store import workers

ROOT = Path(__file__).parent.parent


def settings(folder: Path) -> Settings:
    return Settings(mode="demo", data_dir=folder, demo=Demo(incident=False))


def called(*arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
    clean = {key: value for key, value in os.environ.items() if not key.startswith("COPILOT_")}
    return subprocess.run(
        [sys.executable, str(ROOT / "app.py"), *arguments],
        env=clean | env,
        capture_output=True,
        text=True,
        cwd=ROOT,
    )


def test_help_lists_every_verb_without_loading_the_rooms() -> None:
    loaded = (
        "import sys, app; from click.testing import CliRunner; out = CliRunner().invoke(app.cli, ['--help']).output; "
        "print(out); print('HEAVY', [m for m in ('sqlalchemy', 'langgraph', 'aiohttp', 'pydantic', 'numpy') "
        "if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", loaded], capture_output=True, text=True, cwd=ROOT, check=True
    )
    assert all(verb in done.stdout for verb in VERBS)
    assert "HEAVY []" in done.stdout


def test_wrong_use_ends_with_2_and_a_failure_with_1(tmp_path: Path) -> None:
    assert called("nonsense").returncode == 2
    assert called("approvals", "approve", "apr_none", COPILOT_DATA_DIR=str(tmp_path)).returncode == 1
    wrong = called("doctor", COPILOT_HTTP__PROT="1", COPILOT_DATA_DIR=str(tmp_path))
    assert wrong.returncode == 2
    assert "Did you mean COPILOT_HTTP__PORT?" in wrong.stderr
    assert "Traceback" not in wrong.stderr


async def test_a_reader_starts_no_worker_and_a_worker_signs_off(tmp_path: Path) -> None:
    app, now = App(), time.time()
    async with app.open(work=False, settings=settings(tmp_path)) as services:
        assert await services.database.read(lambda conn: workers.live(conn, now)) == []
    async with app.open(work=True, chat=False, settings=settings(tmp_path)) as services:
        assert len(await services.database.read(lambda conn: workers.live(conn, now))) == 1
    async with app.open(work=False, settings=settings(tmp_path)) as services:
        assert await services.database.read(lambda conn: workers.live(conn, now)) == []


async def test_it_is_ready_when_the_graph_is_loaded_and_says_so_until_then(tmp_path: Path) -> None:
    async with App().open(work=True, settings=settings(tmp_path)) as services:
        assert services.not_ready() == ["The graph and the intent classifier are still loading."]
        async with asyncio.timeout(60):
            while services.not_ready():
                await asyncio.sleep(0.02)


async def test_a_data_folder_that_cannot_be_made_stops_the_start_with_words(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SettingsError, match="COPILOT_DATA_DIR"):
        async with App().open(work=False, settings=settings(tmp_path / "file" / "data")):
            raise AssertionError("opened")
