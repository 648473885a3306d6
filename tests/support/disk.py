"""A small disk that can be filled up: a tmpfs, for which one must be allowed to mount."""

from __future__ import annotations

import contextlib
import os
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path


class MayNotMount(Exception):
    """This process has not the right to mount a file system."""


@dataclass(frozen=True)
class Disk:
    folder: Path

    def fill(self, but: int = 0) -> None:
        """Leave `but` bytes free."""
        seen = os.statvfs(self.folder)
        room = seen.f_bavail * seen.f_frsize - but
        if room > 0:
            with contextlib.suppress(OSError), self._ballast.open("ab") as file:
                os.posix_fallocate(file.fileno(), file.tell(), room)

    def free(self) -> None:
        self._ballast.unlink(missing_ok=True)

    @property
    def _ballast(self) -> Path:
        return self.folder / "ballast"


@contextlib.contextmanager
def small_disk(megabytes: int) -> Iterator[Disk]:
    """Gone afterwards. Raises MayNotMount."""
    with tempfile.TemporaryDirectory(prefix="copilot-") as name:
        mounted = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", name],
            capture_output=True,
            text=True,
            check=False,
        )
        if mounted.returncode != 0:
            raise MayNotMount(mounted.stderr.strip())
        try:
            yield Disk(Path(name))
        finally:
            subprocess.run(["umount", "-l", name], check=True)
