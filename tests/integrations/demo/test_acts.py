"""The contract of every write: shown before, done once per key, found afterwards, told in the changes, put back."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

from integrations.demo.acts import found
from integrations.demo.sources import all_actions
from tests.integrations.demo.shop import Shop, shop
from tests.support.fleet import TUESDAY

RAG = {"service": "rag-api"}
NODE = {"node": "gpu-production-1"}


@dataclass(frozen=True)
class Write:
    """`undo` is the action that puts it back, with `back` as its inputs and `again` from what was before (input → key).

    `noted`: whether `changes` tells it.
    """

    name: str
    inputs: dict[str, Any]
    undo: str | None = None
    back: dict[str, Any] = field(default_factory=dict)
    again: dict[str, str] = field(default_factory=dict)
    noted: bool = True


WRITES = (
    Write("services.scale", {**RAG, "replicas": 5}, "services.scale", {**RAG, "replicas": 3}),
    Write(
        "limits.set", {**RAG, "name": "max_tokens", "value": 256}, "limits.set",
        {**RAG, "name": "max_tokens"}, {"value": "max_tokens"},
    ),
    Write("cache.flush", RAG),
    Write("index.rebuild", {"service": "vector-db"}),
    Write("warmup.run", {"service": "vllm-pool"}),
    Write(
        "models.deploy", {**RAG, "model": "gpt-4", "params": "temperature=0.2"}, "models.deploy",
        {**RAG, "model": "gpt-4o", "params": {"temperature": 0.7}},
    ),
    Write(
        "prompts.set", {"prompt": "support-triage", "version": "v3"}, "prompts.set",
        {"prompt": "support-triage"}, {"version": "version"},
    ),
    Write("nodes.drain", NODE, "nodes.uncordon", NODE),
    Write("certificates.renew", RAG),
    Write("alerts.mute", {**RAG, "duration": 7200.0}, noted=False),
    Write("services.restart", RAG, noted=False),
    Write("routing.failover", {"service": "llm-gateway", "to": "anthropic"}, "routing.failover",
          {"service": "llm-gateway", "to": "openai"}),
)  # fmt: skip
#: tried in test_actions.py and test_shifting.py: they need a version that is known only there
ELSEWHERE = {"deployments.release", "deployments.rollback", "traffic.shift"}


@pytest.fixture
def bench() -> Shop:
    return shop(all_actions)


def test_every_write_is_tried(bench: Shop) -> None:
    writes = {name for name, action in bench.actions.items() if action.effect != "read" and action.plan}
    tried = {one.name for one in WRITES} | {one.undo for one in WRITES if one.undo}
    assert writes == tried | ELSEWHERE


@pytest.mark.parametrize("one", WRITES, ids=lambda one: one.name)
async def test_a_write_is_shown_done_once_found_told_and_put_back(bench: Shop, one: Write) -> None:
    change = await bench.plan(one.name, **one.inputs)
    assert change.before != change.after and set(change.before) == set(change.after)
    assert change.targets and change.summary and bench.events.log == []
    assert await bench.happened(one.name, change.before, **one.inputs) == "no"

    first = await bench.run(one.name, **one.inputs)
    assert await bench.happened(one.name, change.before, **one.inputs) == "yes"
    assert await bench.run(one.name, **one.inputs) == first
    assert [event.kind for event in bench.events.log].count("repeated") == 1

    bench.clock.advance(60)
    told = await bench.alerts.changes(TUESDAY, TUESDAY + 60, "production")
    assert bool(told) is one.noted
    assert all(each.by == "maria" and each.service in change.targets for each in told)
    assert len({each.id for each in told}) == len(told)
    if one.undo is None:
        return
    back = {**one.back, **{key: change.before[name] for key, name in one.again.items()}}
    undone = await bench.plan(one.undo, **back)
    assert undone.after == change.before and undone.before == change.after
    await bench.run(one.undo, key="undo", **back)
    bench.clock.advance(60)
    assert await bench.happened(one.name, change.before, **one.inputs) == "no"


def test_what_was_found_is_told_from_what_holds_now() -> None:
    assert found({"n": 2}, {"n": 1}, {"n": 2}) == "yes"
    assert found({"n": 1}, {"n": 1}, {"n": 2}) == "no"
    assert found({"n": 3}, {"n": 1}, {"n": 2}) == "cannot tell"
