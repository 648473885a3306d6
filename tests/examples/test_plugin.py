"""The examples work as docs/testing-runbooks.md says, in a process of their own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_documented_example_passes_with_the_plugin() -> None:
    command = [sys.executable, "-m", "pytest", "-p", "examples.testing.plugin", "examples/testing"]
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("COPILOT_", "PYTEST_"))}
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, env=kept, timeout=300)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "2 passed" in ran.stdout
