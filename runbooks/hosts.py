"""Which processes of this host live: a pid is given out again, so its start time tells it from its successor."""

from __future__ import annotations

import os
import socket
import subprocess
from datetime import datetime
from pathlib import Path

_SLACK = 2.0


def host_name() -> str:
    return socket.gethostname()


def pid_started(pid: int) -> float | None:
    """When the process began, Unix seconds; None: there is no such process, or it is a zombie."""
    stat = Path(f"/proc/{pid}/stat")
    if Path("/proc/self/stat").exists():
        try:
            fields = stat.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        except OSError:
            return None
        if fields[0] in ("Z", "X"):
            return None
        return _boot() + int(fields[19]) / os.sysconf("SC_CLK_TCK")
    return _from_ps(pid)


def alive(pid: int, started: float) -> bool:
    """Whether the process that began at `started` still runs."""
    now = pid_started(pid)
    return now is not None and abs(now - started) <= _SLACK


def _boot() -> float:
    """When the host began to count; steady over the life of the host."""
    for line in Path("/proc/stat").read_text(encoding="ascii").splitlines():
        if line.startswith("btime "):
            return float(line.split()[1])
    return 0.0


def _from_ps(pid: int) -> float | None:
    """The same where there is no /proc (macOS)."""
    asked = subprocess.run(  # noqa: S603  a fixed program and a number
        ["/bin/ps", "-o", "lstart=", "-p", str(pid)],
        capture_output=True,
        text=True,
        check=False,
        env={"LC_ALL": "C"},
    )
    words = asked.stdout.strip()
    if asked.returncode != 0 or not words:
        return None
    return datetime.strptime(words, "%a %b %d %H:%M:%S %Y").astimezone().timestamp()
