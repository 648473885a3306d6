"""Every other scene in its short form, the command line, and that what is wrong is said."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from tests.chaos.__main__ import SCENES
from tests.chaos.page import MARKS, PROMISES, promised
from tests.chaos.scenes import Scene, Tally, commit, keep, kept, played
from tests.support.cluster import NoServer
from tests.support.disk import MayNotMount

#: where each is played here; kill, acked, clicks and firings have tests of their own
WHERE = {
    "stale": "sqlite",
    "binding": "sqlite",
    "posts": "postgresql",
    "switch": "postgresql",
    "stopped": "postgresql",
    "database": "postgresql",
    "disk": "sqlite",
    "waits": "sqlite",
    "world": "postgresql",
    "standing": "sqlite",
    "machine": "sqlite",
}


@pytest.mark.parametrize("name", WHERE)
async def test_a_scene_in_its_short_form_has_no_findings(name: str, request: pytest.FixtureRequest) -> None:
    scene, kind = SCENES[name], WHERE[name]
    if kind == "postgresql" and name != "database":
        request.getfixturevalue("postgres_server")
    print(f"{name} on {kind}, seed 501")
    try:
        tally = await scene.play(kind, 501, scene.short)
    except (NoServer, MayNotMount) as err:
        pytest.skip(str(err))
    assert tally.wrong == []
    assert tally.rounds == scene.short
    found = scene.result(kind, [tally], "python -m tests.chaos")
    assert found.ok


def test_every_scene_is_tried_in_the_ordinary_tests_and_promised_on_the_page() -> None:
    assert set(SCENES) == {*WHERE, "kill", "acked", "clicks", "firings"}
    assert set(SCENES) == {scene for one in PROMISES for scene in one.scenes}


async def said(kind: str, seed: int, rounds: int) -> Tally:
    return Tally(seed, kind, rounds, Counter(tried=rounds), ["it broke"] if seed == 3 else [])


SCENE = Scene(
    name="one", title="One", play=said, rounds=5, part=2, short=1, headline=lambda counts: f"{counts['tried']} tries",
    rows=lambda counts: [], kinds=("sqlite",),
)  # fmt: skip


async def test_shards_that_ended_are_not_played_again(tmp_path: Path) -> None:
    state = tmp_path / "new" / "state"
    first = await played(SCENE, "sqlite", 1, 5, 2, state)
    assert [(one.seed, one.rounds) for one in first] == [(1, 2), (2, 2), (3, 1)]
    assert {one.commit for one in first} == {commit()}
    again = await played(SCENE, "sqlite", 1, 5, 2, state)
    assert again == first
    assert kept(state, "one-sqlite", 9, 2) is None
    keep(None, first[0])


async def test_a_shard_that_breaks_off_is_a_finding_and_is_played_again(tmp_path: Path) -> None:
    async def stuck(kind: str, seed: int, rounds: int) -> Tally:
        raise TimeoutError("it stood still")

    state, scene = tmp_path / "state", replace(SCENE, play=stuck)
    found = await played(scene, "sqlite", 1, 2, 2, state)
    assert "seed 1 broke off: TimeoutError('it stood still')" in found[0].wrong[0]
    assert not state.exists()
    assert (await played(SCENE, "sqlite", 1, 2, 2, state))[0].wrong == []


async def test_a_finding_breaks_the_promise_on_the_page(tmp_path: Path) -> None:
    tallies = await played(SCENE, "sqlite", 1, 5, 2, None)
    found = SCENE.result("sqlite", tallies, "python -m tests.chaos --only one")
    assert not found.ok
    assert "it broke" in found.notes
    assert found.rows[0].promise == "5 tries"
    assert SCENE.result("sqlite", tallies[:2], "x").ok


def test_the_table_of_promises_is_made_of_the_sections() -> None:
    section = "## x\n\n`cmd` on y\n\n| 9 kills | 0 findings | yes |\n"
    page = promised(f"# Reliability\n\n<!-- begin: kill-sqlite -->\n{section}<!-- end: kill-sqlite -->\n")
    line = next(one for one in page.splitlines() if "no step runs twice" in one)
    assert line.startswith("| no step runs twice unnoticed (SQLite) |")
    assert line.endswith("| 9 kills: 0 findings | yes | `cmd` |")
    assert "| one decision | exactly 1 execution; all told the same | not yet | | |" in page
    broken = promised(page.replace("0 findings | yes", "1 findings | NO"))
    assert broken.count(MARKS[0]) == 1
    assert "1 findings | NO | `cmd` |" in broken
