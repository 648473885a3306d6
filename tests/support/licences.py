"""The table of third-party licences, from the installed packages' own metadata: python -m tests.support.licences."""

from __future__ import annotations

import re
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
HEAD = """# Third-party licences

Packages of `requirements.lock`, each under its own licence; none of their code is in this repository. Made by
`python -m tests.support.licences`; a test holds it complete.

| package | licence |
|---|---|
"""


def pinned() -> list[str]:
    """Names in the lock, sorted."""
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    return sorted(set(re.findall(r"^([a-z0-9._-]+)==", lock, re.M)))


def licence(name: str) -> str:
    """What the package says of itself: the SPDX expression, else the licence field, else its classifier."""
    try:
        meta: Any = distribution(name).metadata
    except PackageNotFoundError:
        return "see its page (not used on this platform)"
    expression = meta.get("License-Expression")
    short = (meta.get("License") or "").strip().splitlines()
    trove = [c.rsplit(" :: ", 1)[-1] for c in meta.get_all("Classifier") or [] if c.startswith("License ::")]
    found = expression or (short[0] if short and len(short[0]) < 60 else "") or ", ".join(trove)
    return found or "see its page"


if __name__ == "__main__":
    rows = "".join(f"| {name} | {licence(name)} |\n" for name in pinned())
    (ROOT / "THIRD_PARTY_LICENSES.md").write_text(HEAD + rows, encoding="utf-8")
