"""Starts workers that have everything imported already: a process that forks a `serve` for each order it reads.

Starting Python and importing take two seconds of CPU in which nothing of ours can go wrong; all that comes after that
(settings, database, recovery, graph, port) every worker does anew, as always.

python -m tests.chaos.warm: orders are lines of JSON on stdin, the pid of the new process is a line on stdout. Its
workers end with it.
"""

from __future__ import annotations

import asyncio
import atexit
import ctypes
import functools
import gc
import importlib
import json
import os
import random
import select
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from tests.bench.served import ROOT, Served, environment

#: what `serve` imports on its way, and only when it is called
IMPORTS = (
    "tests.chaos.quick", "bot.terminal.serve", "bot.terminal.jobs.serve", "bot.desk", "bot.handling", "bot.identity",
    "bot.outbox", "config.settings", "graph.build", "graph.intents", "graph.understanding.classifier",
    "integrations.registry", "integrations.demo", "integrations.chat", "runbooks.service", "runbooks.dispatcher",
    "runbooks.loader", "runbooks.reminders", "store.engine", "store.migrate", "store.checkpointer",
    "store.checkpointer_postgres", "psycopg_pool",
)  # fmt: skip
#: of prctl(2): the signal that a process gets when its parent ends
PR_SET_PDEATHSIG = 1


class Forked:
    """A process that is not our child: told by its pidfd, so that no other is ever meant."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self._fd = os.pidfd_open(pid)
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """How it ended is not known: -1, or minus the signal that `kill` sent; None while it lives."""
        if self.returncode is None and select.select([self._fd], [], [], 0)[0]:
            self._ended(-1)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Raises subprocess.TimeoutExpired."""
        if self.returncode is None:
            if not select.select([self._fd], [], [], timeout)[0]:
                raise subprocess.TimeoutExpired("worker", timeout or 0.0)
            self._ended(-1)
        assert self.returncode is not None
        return self.returncode

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            signal.pidfd_send_signal(self._fd, number)

    def kill(self) -> None:
        if self.poll() is None:
            self.send_signal(signal.SIGKILL)
            select.select([self._fd], [], [])
            self._ended(-signal.SIGKILL)

    def _ended(self, code: int) -> None:
        self.returncode = code
        os.close(self._fd)


class Warm:
    """The forking process, from the side of those who want workers."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process

    def start(self, folder: Path, url: str, port: int, more: Mapping[str, str]) -> Served:
        """`serve` on the fast clock (tests/chaos/quick.py). Raises EOFError when the forking process is gone."""
        said = folder / "said.txt"
        order = {"cwd": str(folder), "env": environment(folder, url, port, more), "out": str(said)}
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(order).encode() + b"\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise EOFError("the forking process ended")
        return Served(Forked(int(line)), port, folder, said)


@functools.cache
def warm() -> Warm:
    """The forking process of this process, started at the first call; it ends with us."""
    process = subprocess.Popen(
        (sys.executable, "-m", "tests.chaos.warm"), cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    atexit.register(process.communicate)
    return Warm(process)


def _fork(cwd: str, env: Mapping[str, str], out: str) -> int:
    pid = os.fork()
    if pid:
        return pid
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(env)
    said = os.open(out, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    for number, where in ((os.open(os.devnull, os.O_RDONLY), 0), (said, 1), (said, 2)):
        os.dup2(number, where)
    random.seed()
    quick = importlib.import_module("tests.chaos.quick")
    code = 1
    try:
        quick.main([])
        code = 0
    except SystemExit as err:
        code = err.code if isinstance(err.code, int) else 1
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def main() -> None:
    for name in IMPORTS:
        importlib.import_module(name)
    asyncio.new_event_loop().close()
    gc.collect()
    gc.freeze()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for line in sys.stdin:
        order = json.loads(line)
        print(_fork(order["cwd"], order["env"], order["out"]), flush=True)


if __name__ == "__main__":
    main()
