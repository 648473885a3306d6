"""A real `serve` process to measure or to kill, on its own folder, database and port."""

from __future__ import annotations

import asyncio
import contextlib
import os
import platform
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import psutil
from sqlalchemy import create_engine, make_url, text

from bot.http.auth import issue
from config.people import load_people
from tests.bench.wire import Lost, Wire

ROOT = Path(__file__).parents[2]
SERVER = os.environ.get("TEST_POSTGRES_URL", "postgresql://postgres@127.0.0.1:5432/postgres")
SECRET = "only-for-measuring-on-this-machine-0123456789"
SERVE = (sys.executable, str(ROOT / "app.py"), "serve")


class NotServing(Exception):
    """The process ended, or did not get ready in time; says what it printed last."""


class Process(Protocol):
    """What of subprocess.Popen is needed here."""

    pid: int
    returncode: Any

    def poll(self) -> int | None: ...
    def wait(self, timeout: float | None = None) -> int: ...
    def send_signal(self, number: int, /) -> None: ...
    def kill(self) -> None: ...


@dataclass
class Served:
    """One process. `said` is the file that its output goes to."""

    process: Process
    port: int
    folder: Path
    said: Path

    @property
    def cpu(self) -> float:
        """CPU seconds used so far by all its threads."""
        return cpu_of(self.process.pid)

    @property
    def resident(self) -> int:
        """Resident bytes now."""
        return int(psutil.Process(self.process.pid).memory_info().rss)

    def words(self) -> str:
        return self.said.read_text(encoding="utf-8", errors="replace")[-2000:]

    async def ready(self, within: float = 120.0) -> None:
        """Wait until /ready says so. Raises NotServing."""
        until = time.monotonic() + within
        wire = Wire(self.port)
        try:
            while time.monotonic() < until:
                if self.process.poll() is not None:
                    raise NotServing(f"serve ended with {self.process.returncode}:\n{self.words()}")
                with contextlib.suppress(Lost):
                    if (await wire.request("GET", "/ready"))[0] == 200:
                        return
                await asyncio.sleep(0.02)
        finally:
            wire.close()
        raise NotServing(f"serve was not ready within {within:.0f} s:\n{self.words()}")

    def kill(self) -> None:
        """SIGKILL: no word of farewell."""
        self.process.kill()
        self.process.wait()

    def stop(self, patience: float = 20.0) -> int:
        """SIGTERM; returns the exit code, that of SIGKILL when it does not end by itself."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(patience)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait()


def start(
    folder: Path,
    url: str | None,
    port: int | None = None,
    command: Sequence[str] = SERVE,
    more: Mapping[str, str] | None = None,
) -> Served:
    """Start `command` with our settings and no others; `more` are further variables."""
    port = port or free_port()
    said = folder / "said.txt"
    with said.open("ab") as out:
        process = subprocess.Popen(
            command, cwd=folder, env=environment(folder, url, port, more), stdout=out, stderr=out
        )
    return Served(process, port, folder, said)


@contextlib.contextmanager
def running(
    folder: Path,
    url: str | None = None,
    command: Sequence[str] = SERVE,
    more: Mapping[str, str] | None = None,
) -> Iterator[Served]:
    """`start`, and a clean stop at the end."""
    one = start(folder, url, command=command, more=more)
    try:
        yield one
    finally:
        one.stop()


def environment(
    folder: Path, url: str | None, port: int, more: Mapping[str, str] | None = None
) -> dict[str, str]:
    ours = {
        "COPILOT_DATA_DIR": str(folder / "data"),
        "COPILOT_HTTP__PORT": str(port),
        "COPILOT_AUTH__SECRET": SECRET,
        "PYTHONPATH": str(ROOT),
        **({"COPILOT_DATABASE_URL": url} if url else {}),
    }
    others = {name: value for name, value in os.environ.items() if not name.startswith("COPILOT_")}
    return {**others, **ours, **(more or {})}


def cpu_of(pid: int) -> float:
    """CPU seconds that a process has used, all threads; to the nanosecond on Linux, where ticks are only sampled."""
    if platform.system() == "Linux":
        return time.clock_gettime((~pid << 3) | 2)
    times = psutil.Process(pid).cpu_times()
    return times.user + times.system


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def token(person: str) -> str:
    """A token that holds for a day, with all the roles of this person of the demo company."""
    people = load_people(ROOT / "config" / "people.yaml")
    return issue(SECRET.encode(), person, people.by_id[person].roles, 86_400.0, now=time.time())


@contextlib.contextmanager
def place(kind: str) -> Iterator[tuple[Path, str]]:
    """A folder and the URL of an empty database of this `kind` (sqlite, postgresql); both are gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="copilot-") as name:
        folder = Path(name)
        (folder / "data").mkdir()
        if kind == "sqlite":
            yield folder, f"sqlite:///{folder / 'data' / 'copilot.db'}"
            return
        admin = make_url(SERVER).set(drivername="postgresql+psycopg")
        database = f"cp_test_{folder.name.replace('-', '_').lower()}"
        engine = create_engine(admin, isolation_level="AUTOCOMMIT", connect_args={"connect_timeout": 3})
        with engine.connect() as conn:
            conn.execute(text(f"CREATE DATABASE {database}"))
        try:
            yield folder, admin.set(database=database).render_as_string(hide_password=False)
        finally:
            with engine.connect() as conn:
                conn.execute(text(f"DROP DATABASE {database} WITH (FORCE)"))
            engine.dispose()
