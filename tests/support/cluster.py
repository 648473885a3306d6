"""A PostgreSQL server of one's own, in a temporary folder and on a free port, to stop and start at will."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from tests.bench.served import free_port


class NoServer(Exception):
    """The programs of PostgreSQL are not here; says where they were looked for."""


@dataclass(frozen=True)
class Cluster:
    """`url` is its database, which no password guards and only this machine reaches."""

    programs: Path
    folder: Path
    port: int

    @property
    def url(self) -> str:
        return f"postgresql+psycopg://postgres@127.0.0.1:{self.port}/postgres"

    def start(self) -> None:
        """Until it takes connections. Raises CalledProcessError."""
        options = f"-p {self.port} -k {self.folder} -c listen_addresses=127.0.0.1"
        self._control("start", "-w", "-l", str(self.folder / "log"), "-o", options)

    def stop(self, how: Literal["fast", "immediate"] = "fast") -> None:
        """`immediate` is as if it had crashed: it recovers at its next start."""
        self._control("stop", "-w", "-m", how)

    def _control(self, *words: str) -> None:
        _run(self.programs / "pg_ctl", "-D", str(self.folder / "data"), *words)


@contextlib.contextmanager
def cluster() -> Iterator[Cluster]:
    """One that runs; gone afterwards. Raises NoServer."""
    programs = _programs()
    with tempfile.TemporaryDirectory(prefix="copilot-pg-") as name:
        folder = Path(name)
        if os.geteuid() == 0:
            shutil.chown(folder, "postgres", "postgres")
        _run(programs / "initdb", "-D", str(folder / "data"), "-U", "postgres", "-A", "trust", "--no-sync")
        one = Cluster(programs, folder, free_port())
        one.start()
        try:
            yield one
        finally:
            with contextlib.suppress(subprocess.CalledProcessError):
                one.stop("immediate")


def _programs() -> Path:
    told = os.environ.get("TEST_POSTGRES_BIN")
    places = [Path(told)] if told else sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    found = shutil.which("initdb")
    for place in [*places, *([Path(found).parent] if found else [])]:
        if (place / "initdb").exists() and (place / "pg_ctl").exists():
            return place
    raise NoServer("initdb and pg_ctl were found neither in TEST_POSTGRES_BIN nor in /usr/lib/postgresql.")


def _run(*words: str | Path) -> None:
    """PostgreSQL refuses to run as root: then it runs as its own user."""
    other = ("setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups") if os.geteuid() == 0 else ()
    subprocess.run(
        [*other, *words], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/",
        stdin=subprocess.DEVNULL,
    )  # fmt: skip
