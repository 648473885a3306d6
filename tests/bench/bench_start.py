"""How soon does it stand? Help, port, idle memory; and the long one: a bare clone to the demo's end, caches empty."""

from __future__ import annotations

import asyncio
import os
import resource
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.bench.report import Options, Result, Row, at_most
from tests.bench.served import ROOT, environment, place, running

HELPS = 7
IDLE_SECONDS = 5.0


def run(options: Options) -> Result:
    """The clone is left out of the short form: it loads every package anew."""
    result = Result("start", "Start", "python -m tests.bench --only start")
    result.rows += [_help(), *_serve(), _story()]
    if not options.short:
        result.rows.append(_bare_clone())
    return result


def _spent(command: list[str], folder: Path, environ: dict[str, str]) -> tuple[float, float]:
    """CPU and wall seconds of a command that must succeed."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(command, cwd=folder, env=environ, check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return cpu, time.perf_counter() - began


def _help() -> Row:
    with place("sqlite") as (folder, _):
        environ = environment(folder, None, 0)
        runs = [
            _spent([sys.executable, str(ROOT / "app.py"), "--help"], folder, environ) for _ in range(HELPS)
        ]
    cpu = statistics.median(one[0] for one in runs)
    wall = statistics.median(one[1] for one in runs)
    return at_most("`--help`", 0.3, cpu, "s CPU", f"wall {wall:.2f} s, median of {HELPS}")


def _serve() -> list[Row]:
    with place("sqlite") as (folder, _):
        began = time.perf_counter()
        with running(folder) as server:
            while not _open(server.port) and server.process.poll() is None:
                time.sleep(0.01)
            cpu, wall = server.cpu, time.perf_counter() - began
            asyncio.run(server.ready())
            ready = server.cpu
            time.sleep(IDLE_SECONDS)
            idle, used = server.resident / 2**20, server.cpu - ready
    return [
        at_most(
            "port open", 2.0, cpu, "s CPU", f"empty folder; wall {wall:.2f} s, ready after {ready:.2f} s CPU"
        ),
        at_most("idle memory", 160.0, idle, "MB", f"RSS {IDLE_SECONDS:.0f} s after ready", 0),
        Row("CPU while idle", f"{100 * used / IDLE_SECONDS:.1f} % of one core"),
    ]


def _open(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _story() -> Row:
    with place("sqlite") as (folder, _):
        cpu, wall = _spent(
            [sys.executable, str(ROOT / "app.py"), "demo"], folder, environment(folder, None, 0)
        )
    return at_most("the story, `demo`", 60.0, wall, "s", f"{cpu:.1f} s CPU", 1)


def _bare_clone() -> Row:
    with tempfile.TemporaryDirectory(prefix="copilot-clone-") as name:
        folder = Path(name)
        for cache in ("uv", "pip", "home"):
            (folder / cache).mkdir()
        environ = {
            **{
                key: value
                for key, value in os.environ.items()
                if not key.startswith(("COPILOT_", "VIRTUAL_ENV"))
            },
            "UV_CACHE_DIR": str(folder / "uv"),
            "PIP_CACHE_DIR": str(folder / "pip"),
        }
        began = time.perf_counter()
        cloned, _ = _spent(["git", "clone", "--quiet", str(ROOT), str(folder / "bare")], folder, environ)
        cpu, _ = _spent(["make", "--silent", "demo", "PYTHON=python3"], folder / "bare", environ)
        wall = time.perf_counter() - began
    return at_most("bare clone to the end of `make demo`", 150.0, wall, "s", f"{cloned + cpu:.0f} s CPU", 0)
