"""Worker processes (tests/support/worker.py) over one world in a file, and a rig that sees what they do."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from config.clock import SystemClock
from store.engine import Database
from tests.runbooks.world import Rig
from tests.support import worker

SCRIPT = Path(worker.__file__)


@contextmanager
def process(
    url: str, owner: str, log: Path, *, lease: float = 30.0, slow: float = 0.02
) -> Iterator[subprocess.Popen[str]]:
    """A worker process that has begun to take runs; what it says of trouble is in a file beside `log`."""
    command = [sys.executable, str(SCRIPT), url, owner, str(log), str(lease), str(slow)]
    with (
        log.with_name(f"{owner}.stderr").open("ab") as said,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=said, text=True) as child,
    ):
        try:
            assert child.stdout is not None
            assert child.stdout.readline() == "ready\n"
            yield child
        finally:
            child.send_signal(signal.SIGCONT)
            child.kill()


def rigged(database: Database, log: Path) -> Rig:
    return Rig(database, SystemClock(), world=worker.Shared(log=log), books=(worker.STEPS,))  # type: ignore[arg-type]


def lines(log: Path, what: str) -> list[tuple[str, str]]:
    """(owner, key) of each call that began, or was done, in order."""
    if not log.exists():
        return []
    said = (line.split() for line in log.read_text(encoding="utf-8").splitlines())
    return [(owner, key) for kind, owner, key in said if kind == what]


def counted(log: Path, what: str) -> Counter[str]:
    return Counter(key for _, key in lines(log, what))
