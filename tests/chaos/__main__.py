"""python -m tests.chaos [--only NAME …] [--list] [--rounds N] [--databases sqlite,postgresql] [--seed N] [--short]
                          [--shard N] [--state FILE] [--write]

Without --only, the long form of every scene, in shards of at most 20 minutes, each on a fresh database with a seed of
its own. Shards that ended are kept in the state file and not played again: stop it when you like and call it again.
`--write` writes docs/reliability.md.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from tests.bench.report import machine, table, write
from tests.bench.served import ROOT
from tests.chaos import (
    acked,
    binding,
    clicks,
    database,
    disk,
    firings,
    kill,
    posts,
    stale,
    standing,
    stopped,
    switch,
    waits,
    world,
)
from tests.chaos import machine as lives
from tests.chaos.page import HEAD, PAGE, promised
from tests.chaos.scenes import Scene, play

SCENES: dict[str, Scene] = {
    one.SCENE.name: one.SCENE
    for one in (
        kill, clicks, standing, stale, acked, waits, stopped, database, disk, posts, switch, binding, world, firings,
        lives,
    )
}  # fmt: skip
STATE = ROOT / "build" / "chaos.jsonl"


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description="Break it and look.")
    parser.add_argument("--only", nargs="+", choices=list(SCENES), help="these scenes; all unless said")
    parser.add_argument("--list", action="store_true", help="the scenes, and how long their long form is")
    parser.add_argument("--rounds", "--kills", type=int, help="how often, for each database")
    parser.add_argument("--databases", help="sqlite, postgresql or both, where a scene has the choice")
    parser.add_argument("--seed", type=int, default=1, help="of the first shard; the next has the next")
    parser.add_argument("--shard", type=int, help="rounds on one database before it is looked at")
    parser.add_argument(
        "--state", type=Path, default=STATE, help="keep shards that ended here, and go on from them"
    )
    parser.add_argument("--short", action="store_true", help="a quick look, never kept")
    parser.add_argument("--write", action="store_true", help=f"put what was found into {PAGE.name}")
    return parser.parse_args()


def main() -> int:
    asked = arguments()
    if asked.list:
        for scene in SCENES.values():
            where = f" on {' and '.join(scene.kinds)}" if scene.kinds != ("",) else ""
            print(f"{scene.name:10} {scene.title}: {scene.rounds} rounds{where}")
        return 0
    on, ok = machine(), True
    print(on)
    for name in asked.only or SCENES:
        scene = SCENES[name]
        for kind in scene.kinds:
            if asked.databases is None or kind in asked.databases.split(","):
                ok = _one(scene, kind, asked, on) and ok
    return 0 if ok else 1


def _one(scene: Scene, kind: str, asked: argparse.Namespace, on: str) -> bool:
    rounds = asked.rounds or (scene.short if asked.short else scene.rounds)
    state = None if asked.short else asked.state
    tallies = play(scene, kind, asked.seed, rounds, asked.shard or scene.part, state)
    command = f"python -m tests.chaos --only {scene.name} --rounds {rounds} --seed {asked.seed}"
    if len(scene.kinds) > 1:
        command += f" --databases {kind}"
    if asked.shard and asked.shard != scene.part:
        command += f" --shard {asked.shard}"
    found = scene.result(kind, tallies, command)
    print(table(found), flush=True)
    if asked.write:
        write(PAGE, HEAD, [found], on)
        PAGE.write_text(promised(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    return found.ok


if __name__ == "__main__":
    sys.exit(main())
