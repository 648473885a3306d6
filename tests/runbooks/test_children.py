from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from runbooks.children import ChildError, inlined
from runbooks.loader import LoadError, load
from runbooks.planner import Planner
from runbooks.service import Runbooks
from store.engine import Database
from tests.runbooks.world import CATALOGUE, PEOPLE, POLICY, PRIYA, ROLLBACK, Rig, World
from tests.support.clock import ManualClock

PARENT = """
version: 1
name: both
description: Put two services back.
owner: platform
inputs:
  service: {type: service, required: true}
  environment: {type: environment, default: staging}
steps:
  - {id: look, uses: version.get, with: {service: "${{ inputs.service }}"}}
  - id: one
    uses: runbook.run
    with: {runbook: rollback, inputs: {service: "${{ inputs.service }}", environment: "${{ inputs.environment }}"}}
  - id: two
    uses: runbook.run
    if: "steps.look.output.current != 'v0'"
    with: {runbook: rollback, inputs: {service: embeddings, environment: "${{ inputs.environment }}", limit: 0.25}}
  - id: last
    uses: note.add
    with: {text: "${{ steps.one__back.output.version }} ${{ steps.two__back.output.version }}"}
"""


def rigged(database: Database, clock: ManualClock, folder: Path, world: World | None = None) -> Rig:
    (folder / "both.yaml").write_text(PARENT, encoding="utf-8")
    (folder / "rollback.yaml").write_text(ROLLBACK, encoding="utf-8")
    rig = Rig(database, clock, world=world or World())
    rig.library = load([folder], rig.actions)
    planner = Planner(rig.library, rig.actions, CATALOGUE, clock)
    rig.runbooks = Runbooks(database, planner, POLICY, rig.approvals, PEOPLE, clock, "act")
    return rig


async def test_one_plan_and_one_approval_are_for_the_writes_of_all_children(
    database: Database, clock: ManualClock, tmp_path: Path
) -> None:
    rig = rigged(database, clock, tmp_path)
    proposal = await rig.propose("both", environment="production")
    plan = proposal.plan
    assert [step.id for step in plan.writes] == ["one__back", "two__back"]
    assert plan.targets == ("embeddings", "rag-api")
    assert proposal.run is not None
    await rig.approve(proposal.approval, PRIYA)
    await rig.submit(proposal.run.id)
    await rig.work()
    assert (await rig.run(proposal.run.id)).status == "succeeded"
    assert [(service, to) for _, service, to in rig.world.acts] == [("rag-api", "v1"), ("embeddings", "e1")]
    assert rig.world.notes[f"{proposal.run.id}:last"] == "v1 e1"
    assert rig.world.notes[f"{proposal.run.id}:two__tell"] == "embeddings: succeeded"


async def test_a_child_that_is_not_well_is_undone_and_so_is_the_one_before(
    sqlite_database: Database, clock: ManualClock, tmp_path: Path
) -> None:
    rig = rigged(sqlite_database, clock, tmp_path)
    rig.world.errors = lambda: 0.3  # one is well below 0.5, two is not below 0.25
    run_id = await rig.queued("both")
    await rig.work()
    assert (await rig.run(run_id)).status == "rolled_back"
    assert [(service, to) for _, service, to in rig.world.acts] == [
        ("rag-api", "v1"),
        ("embeddings", "e1"),
        ("embeddings", "e2"),
        ("rag-api", "v2"),
    ]


async def test_a_change_of_the_child_is_another_digest_of_the_parent(
    sqlite_database: Database, clock: ManualClock, tmp_path: Path
) -> None:
    rig = rigged(sqlite_database, clock, tmp_path)
    (tmp_path / "rollback.yaml").write_text(ROLLBACK.replace("within: 1m", "within: 2m"), encoding="utf-8")
    assert load([tmp_path], rig.actions).get("both").digest != rig.library.get("both").digest


def child(**more: Any) -> dict[str, Any]:
    step = {"id": "a", "uses": "note.add", "with": {"text": "inputs.x ${{ inputs.x + 'inputs.x' }}"}}
    return {"name": "child", "inputs": {"x": {"type": "string", "required": True}}, "steps": [step], **more}


def parent(**with_: Any) -> dict[str, Any]:
    wanted = {"runbook": "child", "inputs": {"x": "${{ inputs.y }}"}, **with_}
    return {"name": "parent", "steps": [{"id": "p", "uses": "runbook.run", "with": wanted}]}


def flat(up: Mapping[str, Any], *children: Mapping[str, Any]) -> Mapping[str, Any]:
    by_name = {str(one["name"]): one for one in children}
    return inlined(up, by_name.get)[0]


def test_words_in_quotes_and_outside_expressions_stay() -> None:
    (step,) = flat(parent(), child())["steps"]
    assert step["with"]["text"] == "inputs.x ${{ (inputs.y) + 'inputs.x' }}"


def test_what_the_child_is_stricter_in_holds_for_the_parent() -> None:
    approval = {"count": 2, "when": "inputs.x == 'prod'"}
    made = flat(parent(), child(risk="critical", approval=approval))
    assert made["risk"] == "critical"
    assert made["approval"] == {"count": 2, "when": "(inputs.y) == 'prod'"}
    with pytest.raises(ChildError, match="has another approval"):
        flat({**parent(), "approval": {"count": 1}}, child(approval=approval))


@pytest.mark.parametrize(
    ("with_", "words"),
    [
        ({"runbook": "chlid"}, "there is no runbook 'chlid'"),
        ({"inputs": {}}, "needs its input 'x'"),
        ({"inputs": {"x": 1, "z": 2}}, "has no input 'z'; it has x"),
        ({"inputs": {"x": "a ${{ inputs.y }}"}}, "a plain value or one whole"),
        ({"more": 1}, "takes `runbook`"),
    ],
)
def test_what_is_wrong_with_a_call_is_said(with_: dict[str, Any], words: str) -> None:
    with pytest.raises(ChildError, match=words):
        flat(parent(**with_), child())


def test_a_timeout_belongs_into_the_child() -> None:
    up = parent()
    up["steps"][0]["timeout"] = "5m"
    with pytest.raises(ChildError, match="takes no 'timeout'"):
        flat(up, child())


def test_runbooks_that_run_each_other_or_too_deeply_are_refused(tmp_path: Path) -> None:
    for here, there in (("one", "two"), ("two", "one")):
        text = PARENT.replace("name: both", f"name: {here}").replace("runbook: rollback", f"runbook: {there}")
        (tmp_path / f"{here}.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(LoadError, match=r"one.yaml:\d+: runbooks run each other too deeply: one → two → one"):
        load([tmp_path], World().actions())
    deep = [
        {"name": f"c{n}", "steps": [{"id": "s", "uses": "runbook.run", "with": {"runbook": f"c{n + 1}"}}]}
        for n in range(4)
    ]
    with pytest.raises(ChildError, match="at most 3"):
        flat(deep[0], *deep, {"name": "c4", "steps": [{"id": "s", "uses": "note.add"}]})


def test_a_problem_in_a_childs_step_is_at_the_step_that_runs_it(tmp_path: Path) -> None:
    (tmp_path / "both.yaml").write_text(PARENT, encoding="utf-8")
    (tmp_path / "rollback.yaml").write_text(ROLLBACK.replace("note.add", "note.ad"), encoding="utf-8")
    with pytest.raises(LoadError) as caught:
        load([tmp_path], World().actions())
    assert any("both.yaml:1" in line and "note.ad" in line for line in caught.value.problems)
