"""What a scene is, how its shards are played and kept, and how its section of the page is made."""

from __future__ import annotations

import asyncio
import json
import logging
import subprocess
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from tests.bench.report import Result, Row
from tests.bench.served import ROOT

log = logging.getLogger(__name__)
NAMES = {"sqlite": "SQLite", "postgresql": "PostgreSQL", "": ""}


@dataclass
class Tally:
    """What one shard did and found. `at` is when it ended (UTC), `commit` of what."""

    seed: int
    database: str
    kills: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    at: str = ""
    commit: str = ""

    @property
    def rounds(self) -> int:
        """Kills, or whatever else a scene does again and again."""
        return self.kills


Play = Callable[[str, int, int], Awaitable[Tally]]
Rows = Callable[[Counter[str]], Sequence[Row]]


@dataclass(frozen=True)
class Scene:
    """One promise. `play(database, seed, rounds)` tries it on a fresh database; `rounds` in the long form, `part` of
    them in a shard (at most 20 minutes), `short` for a look. `headline(counts)` says in a line what was done; its
    number of findings stands beside it. `rows` are further figures."""

    name: str
    title: str
    play: Play
    rounds: int
    part: int
    short: int
    headline: Callable[[Counter[str]], str]
    rows: Rows
    notes: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()

    def section(self, kind: str) -> str:
        return f"{self.name}-{kind}" if kind else self.name

    def result(self, kind: str, tallies: Sequence[Tally], command: str) -> Result:
        counts: Counter[str] = sum((tally.counts for tally in tallies), Counter())
        counts["rounds"] = sum(tally.rounds for tally in tallies)
        wrong = [words for tally in tallies for words in tally.wrong]
        title = f"{self.title} on {NAMES[kind]}" if kind else self.title
        rows = [Row(self.headline(counts), f"{len(wrong)} findings", not wrong), *self.rows(counts)]
        return Result(self.section(kind), title, command, rows, [_when(tallies), *self.notes, *wrong[:20]])


def _when(tallies: Sequence[Tally]) -> str:
    seeds, days = ", ".join(str(tally.seed) for tally in tallies), sorted({tally.at for tally in tallies})
    commits = ", ".join(sorted({tally.commit for tally in tallies}))
    when = days[0] if len(days) == 1 else f"{days[0]} to {days[-1]}"
    return f"Seeds {seeds}; ended {when}; commit {commits}."


async def played(
    scene: Scene, kind: str, seed: int, rounds: int, part: int, state: Path | None
) -> list[Tally]:
    """All shards, each of `part` rounds with a seed of its own; those in the state file are taken from there."""
    tallies, name = [], scene.section(kind)
    while rounds > 0:
        some = min(rounds, part)
        tally = kept(state, name, seed, some)
        if tally is None:
            tally = await _tried(scene, kind, seed, some)
            tally.database, tally.at, tally.commit = name, f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC", commit()
            keep(state if tally.rounds else None, tally)
            print(f"  {name}, seed {seed}: {tally.rounds} rounds, {len(tally.wrong)} findings", flush=True)
            for words in tally.wrong:
                print(f"    {words}", flush=True)
        tallies.append(tally)
        rounds, seed = rounds - some, seed + 1
    return tallies


async def _tried(scene: Scene, kind: str, seed: int, rounds: int) -> Tally:
    """A shard that does not come to its end is a finding, and is played again the next time."""
    try:
        return await scene.play(kind, seed, rounds)
    except (TimeoutError, AssertionError) as err:
        log.exception("a shard of %s broke off", scene.name)
        return Tally(seed, kind, wrong=[f"the shard of seed {seed} broke off: {err!r}"])


def kept(state: Path | None, name: str, seed: int, rounds: int) -> Tally | None:
    if state is None or not state.exists():
        return None
    for line in state.read_text(encoding="utf-8").splitlines():
        found = json.loads(line)
        if (found["database"], found["seed"], found["kills"]) == (name, seed, rounds):
            return Tally(**{**found, "counts": Counter(found["counts"])})
    return None


def keep(state: Path | None, tally: Tally) -> None:
    if state is not None:
        state.parent.mkdir(parents=True, exist_ok=True)
        with state.open("a", encoding="utf-8") as file:
            file.write(json.dumps(vars(tally)) + "\n")


def commit() -> str:
    """Of what is run here, short; with a + where files were changed since."""

    def git(*words: str) -> str:
        return subprocess.run(
            ("git", *words), cwd=ROOT, capture_output=True, text=True, check=False
        ).stdout.strip()

    changed = git("status", "--porcelain", "--untracked-files=no")
    return git("rev-parse", "--short", "HEAD") + ("+" if changed else "")


def play(scene: Scene, kind: str, seed: int, rounds: int, part: int, state: Path | None) -> list[Tally]:
    return asyncio.run(played(scene, kind, seed, rounds, part, state))
