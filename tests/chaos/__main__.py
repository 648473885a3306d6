"""python -m tests.chaos [--kills 300] [--databases sqlite,postgresql] [--seed N] [--shard 50] [--state FILE] [--write]
python -m tests.chaos --only clicks [--seed N] [--short] [--write]
python -m tests.chaos --only acked --kills 250 [the rest as above]

Kills the worker with SIGKILL at random moments of the story, in shards of so many kills, each on a fresh database. With
`--state`, shards that ended are kept in FILE and not done again. `--write` writes docs/reliability.md.
`--only clicks` has many people click at once instead (tests/chaos/clicks.py); `--only acked` kills the worker 0 to
500 ms after it acknowledged two approvals (tests/chaos/acked.py).
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Sequence
from pathlib import Path

from tests.bench.report import Result, Row, machine, table, write
from tests.chaos import acked, clicks, firings
from tests.chaos.killing import FACTOR, SERVICES, Tally, ended, shard
from tests.chaos.scenes import played

PAGE = Path(__file__).parents[2] / "docs" / "reliability.md"
HEAD = """# Reliability

Made by `make chaos ARGS=--write`. For the kills, a worker (`serve`, its company's clock accelerated) is killed with
SIGKILL at random moments and started again at once, while clients drive incidents over REST: break a service, ask,
request the runbook that mends it in three writes, have it approved by somebody else, follow the run to its end, say
what happened where nobody can know, ask again. What was not acknowledged is sent again with the same `Idempotency-Key`.
Then a checker reads the database. 10 % of kills fall while a worker starts, 20 % shortly after it claimed a run, 25 %
shortly after it began a write, so that dangerous moments are hit often; the rest anywhere. Workers are forked from a
process that has imported everything already; settings, database, recovery, graph and port each opens anew.
"""
OneShard = Callable[[str, int, int], Awaitable[Tally]]
NAMES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}


def result(kind: str, tallies: Sequence[Tally], command: str) -> Result:
    """The rows of one database."""
    counts: Counter[str] = sum((tally.counts for tally in tallies), Counter())
    wrong = [words for tally in tallies for words in tally.wrong]
    kills = sum(tally.kills for tally in tallies)
    ends = ended(counts)
    inside, begun = counts["kills inside a run"], counts["kills inside a step"]
    answers = ", ".join(f"{counts[key]} {key[9:]}" for key in sorted(counts) if key.startswith("unknown: "))
    unknown = f"{counts['unknown outcomes']}, each said and answered by a person ({answers or 'none'})"
    rows = [
        Row("kills", f"{kills}, each kill -9"),
        Row("· inside a run", f"{inside} (a step begun in {begun}, a write in {counts['kills inside a write']})"),
        Row("· outside a run, counted apart", str(kills - inside)),
        Row("· while a message was handled", str(counts["kills while a message was handled"])),
        Row("stories told", f"{counts['stories']}; {counts['messages acknowledged']} messages acknowledged"),
        Row("requests sent again, same key", f"{counts['sent again']}, and {counts['repeats']} after their answer"),
        Row("runs, each of three writes", f"{ends}; {counts['runs claimed again']} claimed again after a kill"),
        Row("· in which at least two writes were done", str(counts["runs with several writes"])),
        Row("outcomes that nobody could know", unknown),
        Row("real effects", f"{counts['acts']}, asked for twice: {counts['acts asked for twice']}"),
        Row("audit rows, chain verified", str(counts["audit rows"])),
        Row("nothing lost, twice, stuck or broken", f"{len(wrong)} findings", not wrong),
    ]  # fmt: skip
    seeds = ", ".join(str(tally.seed) for tally in tallies)
    notes = [
        f"Seeds {seeds}; {len(SERVICES)} clients at once; the company's clock runs {FACTOR:g} times as fast."
    ]
    told = [f"{key}: {number}" for key, number in counts.items() if key.startswith("answered")]
    return Result(f"kill-{kind}", f"kill -9 on {NAMES[kind]}", command, rows, notes + told + wrong)


async def killed(kind: str, asked: argparse.Namespace, one: OneShard = shard, name: str = "") -> list[Tally]:
    """All shards of one database; those in the state file are taken from there. `name` is what its tallies are of."""
    tallies, left, seed = [], asked.kills, asked.seed
    while left > 0:
        part = min(left, asked.shard)
        tally = _kept(asked.state, name or kind, seed, part)
        if tally is None:
            tally = await one(kind, seed, part)
            _keep(asked.state, tally)
            inside = tally.counts["kills inside a run"]
            words = f"{tally.kills} kills, {inside} inside a run, {len(tally.wrong)} findings"
            print(f"  {name or kind}, seed {seed}: {words}", flush=True)
            for words in tally.wrong:
                print(f"    {words}", flush=True)
        tallies.append(tally)
        left, seed = left - part, seed + 1
    return tallies


def _kept(state: Path | None, kind: str, seed: int, kills: int) -> Tally | None:
    if state is None or not state.exists():
        return None
    for line in state.read_text(encoding="utf-8").splitlines():
        kept = json.loads(line)
        if (kept["database"], kept["seed"], kept["kills"]) == (kind, seed, kills):
            return Tally(**{**kept, "counts": Counter(kept["counts"])})
    return None


def _keep(state: Path | None, tally: Tally) -> None:
    if state is not None:
        with state.open("a", encoding="utf-8") as file:
            file.write(json.dumps(vars(tally)) + "\n")


def kill(asked: argparse.Namespace) -> Iterator[Result]:
    """Each database."""
    for kind in asked.databases.split(","):
        tallies = asyncio.run(killed(kind, asked))
        command = f"python -m tests.chaos --kills {asked.kills} --databases {kind} --seed {asked.seed}"
        yield result(kind, tallies, command)


def click(asked: argparse.Namespace) -> Iterator[Result]:
    """On PostgreSQL."""
    amounts = clicks.SHORT if asked.short else clicks.Amounts()
    command = f"python -m tests.chaos --only clicks --seed {asked.seed}" + (" --short" if asked.short else "")
    yield clicks.result(asked.seed, amounts, command)


def acknowledged(asked: argparse.Namespace) -> Iterator[Result]:
    """Each database."""
    for kind in asked.databases.split(","):
        tallies = asyncio.run(killed(kind, asked, acked.shard, f"acked-{kind}"))
        command = (
            f"python -m tests.chaos --only acked --kills {asked.kills} --databases {kind} --seed {asked.seed}"
        )
        yield acked.result(kind, tallies, command)


def fire(asked: argparse.Namespace) -> Iterator[Result]:
    """On PostgreSQL."""
    scene = firings.SCENE
    rounds = scene.short if asked.short else scene.rounds
    tallies = asyncio.run(played(scene, "postgresql", asked.seed, rounds, scene.part, asked.state))
    command = f"python -m tests.chaos --only firings --seed {asked.seed}" + (" --short" if asked.short else "")
    yield scene.result("postgresql", tallies, command)


SCENES: dict[str, Callable[[argparse.Namespace], Iterator[Result]]] = {
    "kill": kill,
    "clicks": click,
    "acked": acknowledged,
    "firings": fire,
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description="Kill it and look.")
    parser.add_argument("--kills", type=int, default=300, help="for each database")
    parser.add_argument("--databases", default="sqlite,postgresql")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--shard", type=int, default=50, help="kills on one database before it is looked at")
    parser.add_argument("--state", type=Path, help="keep shards that ended here, and go on from them")
    parser.add_argument("--short", action="store_true", help="a quick look: 6 kills each, fewer clicks")
    parser.add_argument("--write", action="store_true", help=f"put the sections into {PAGE.name}")
    parser.add_argument("--only", nargs="+", choices=list(SCENES), default=["kill"], help="kill unless said")
    asked = parser.parse_args()
    if asked.short:
        asked.kills = 6
    on, ok = machine(), True
    print(on)
    for scene in asked.only:
        for found in SCENES[scene](asked):
            print(table(found), flush=True)
            ok = ok and found.ok
            if asked.write:
                write(PAGE, HEAD, [found], on)
    return 0 if ok else 1


if __name__ == "__main__":
    sys.exit(main())
