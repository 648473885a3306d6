"""The transcript of `make demo` in the README: `python -m tests.support.story` plays it and writes it there."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
MARKS = re.compile(r"(<!-- begin: story -->\n).*?(<!-- end: story -->)", re.S)


def played() -> str:
    """What the demo prints when nobody's terminal is attached. Raises CalledProcessError when it fails."""
    clean = {key: value for key, value in os.environ.items() if not key.startswith("COPILOT_")}
    done = subprocess.run(
        [sys.executable, str(ROOT / "app.py"), "demo"],
        env=clean | {"COLUMNS": "100", "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=True,
    )
    return "\n".join(line.rstrip() for line in done.stdout.strip().splitlines())


def skeleton(transcript: str) -> list[str]:
    """What must be the same each time: chapters, what people say, the card's labels and the run's steps; no figures."""
    kept = []
    for line in transcript.splitlines():
        line = re.sub(r"(apr|run)_\w+", r"\1_…", re.sub(r"[─═]+", "", line)).strip()
        if re.match(r"(\d · |maria> |priya> )", line):
            kept.append(line)
        elif found := re.match(
            r"│ (What will change|Undo|Asked by|Needs|May approve|Decision|State)\b", line
        ):
            kept.append(found.group(1))
    return kept


if __name__ == "__main__":
    text = README.read_text(encoding="utf-8")
    README.write_text(
        MARKS.sub(lambda found: f"{found[1]}```\n{played()}\n```\n{found[2]}", text), encoding="utf-8"
    )
