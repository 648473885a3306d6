"""docs/reliability.md: what was promised and what was found, above the sections of the scenes."""

from __future__ import annotations

import re
from dataclasses import dataclass

from tests.bench.served import ROOT

PAGE = ROOT / "docs" / "reliability.md"
HEAD = """# Reliability

What is done to it, and what a checker finds afterwards in the ledger, its audit, the target's own log and the posts
([tests/chaos/history.py](../tests/chaos/history.py)). `make chaos` plays all of it and can be stopped and called again;
`python -m tests.chaos --list` names the scenes; each has a short form in the ordinary tests. `--write` writes the
section of a scene, with what it was measured on.

Incidents are told over REST against `serve` with an accelerated company: break a service, ask, request the runbook that
mends it in three writes, have it approved by somebody else, follow the run to its end, say what happened where nobody
can know, ask again. What was not acknowledged is sent again with the same `Idempotency-Key`. For the kills, a worker is
killed with SIGKILL at random moments and started again at once: 10 % while it starts, 20 % shortly after it claimed a
run, 25 % shortly after it began a write, so that dangerous moments are hit often; the rest anywhere. Workers are forked
from a process that has imported everything already; settings, database, recovery, graph and port each opens anew.
"""


@dataclass(frozen=True)
class Promise:
    """`scenes` are where it was measured, each on one database or on both."""

    words: str
    must: str
    scenes: tuple[str, ...]


PROMISES = (
    Promise("no step runs twice unnoticed", "0 twice, 0 lost; unknowns said; every run ends", ("kill",)),
    Promise("one decision", "exactly 1 execution; all told the same", ("clicks",)),
    Promise("standing approvals", "healed; 0 accepted", ("standing",)),
    Promise("a stale button does nothing", "0 effects", ("stale",)),
    Promise("an acknowledged approval survives", "0 lost", ("acked",)),
    Promise("waits survive", "all answerable or asked anew, 0 silent ends", ("waits",)),
    Promise(
        "two workers, one run",
        "0 rows written by the stale one, 0 calls beyond the one already marked, which is said to be unknown",
        ("stopped",),
    ),
    Promise("database restarts", "checker clean", ("database",)),
    Promise("disk full", "0 effects without a ledger row; clear message", ("disk",)),
    Promise("one message per fact", "≤ 1 visible each, 0 lost", ("posts",)),
    Promise("kill switch", "no next step after 1 s", ("switch",)),
    Promise("plan binding", "0 accepted; stopped and asked anew", ("binding", "world")),
    Promise(
        "each firing of a schedule once",
        "200 firings, 200 digests, none twice, late ones by rule",
        ("firings",),
    ),
    Promise("any order of anything", "checker clean", ("machine",)),
)
DATABASES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
MARKS = ("<!-- begin: promises -->\n", "<!-- end: promises -->\n")


def promised(page: str) -> str:
    """The page with the table of promises made from its own sections, after the head."""
    found = dict(re.findall(r"<!-- begin: ([\w-]+) -->\n(.*?)<!-- end: \1 -->", page, re.S))
    lines = [
        "## What is promised",
        "",
        "| promise | must show | measured | kept | command |",
        "|---|---|---|---|---|",
    ]
    for one in PROMISES:
        there = [(scene, kind) for scene in one.scenes for kind in DATABASES if f"{scene}-{kind}" in found]
        lines += [_line(one, kind, found[f"{scene}-{kind}"]) for scene, kind in there]
        lines += [] if there else [f"| {one.words} | {one.must} | not yet | | |"]
    safety = "[benchmarks](benchmarks.md)"
    lines.append(
        "| cost of safety | ≤ 50 ms CPU a five-step run on SQLite; click → first step ≤ 100 ms p95 "
        f"| {safety} | | `python -m tests.bench --only safety` |"
    )
    table = MARKS[0] + "\n".join([*lines, ""]) + MARKS[1]
    if MARKS[0] in page:
        before, _, rest = page.partition(MARKS[0])
        return before + table + rest.partition(MARKS[1])[2]
    head, mark, rest = page.partition("<!-- begin: ")
    return head + table + "\n" + mark + rest


def _line(one: Promise, kind: str, section: str) -> str:
    kept = re.findall(r"^\| (.*?) \| (.*?) \| (yes|NO) \|$", section, re.M)
    command = re.search(r"^`(.*?)` on ", section, re.M)
    words = "; ".join(f"{promise}: {measured}" for promise, measured, _ in kept)
    verdict = "yes" if kept and all(mark == "yes" for _, _, mark in kept) else "NO"
    shown = f"`{command[1]}`" if command else ""
    return f"| {one.words} ({DATABASES[kind]}) | {one.must} | {words} | {verdict} | {shown} |"
