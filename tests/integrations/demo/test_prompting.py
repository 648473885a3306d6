"""Prompts: their versions with scores, and going back to one."""

from __future__ import annotations

import pytest

from integrations.demo.faults import start_fault
from integrations.demo.prompting import prompting_actions
from integrations.errors import Absent, Refused
from tests.integrations.demo.shop import Shop, shop
from tests.support.fleet import TUESDAY


@pytest.fixture
def bench() -> Shop:
    return shop(prompting_actions)


async def test_prompts_are_told_with_the_score_of_each_version(bench: Shop) -> None:
    states = await bench.run("prompts.status")
    assert [one.prompt for one in states.prompts] == list(bench.company.catalogue.prompts)
    (one,) = (await bench.run("prompts.status", service="rag-api")).prompts
    assert (one.prompt, one.services[0]) == ("support-triage", "rag-api") or "rag-api" in one.services
    assert one.current == one.versions[0].version and one.score == one.versions[0].score
    assert one.previous == one.versions[1].version
    with pytest.raises(Absent, match=r"no prompt 'poems'. There are: support-triage"):
        await bench.run("prompts.status", prompt="poems")
    with pytest.raises(Refused, match=r"no version v99 of support-triage. The newest: v"):
        await bench.plan("prompts.set", prompt="support-triage", version="v99")


async def test_a_prompt_that_answers_worse_is_seen_by_its_score_and_put_back(bench: Shop) -> None:
    (good,) = (await bench.run("prompts.status", service="rag-api")).prompts
    await start_fault(bench.company, "prompt-regression", TUESDAY)
    (bad,) = (await bench.run("prompts.status", service="rag-api")).prompts
    assert bad.current != good.current and bad.previous == good.current
    assert bad.score < bad.previous_score - 0.1
    world = await bench.company.world()
    assert "prompt-regression" in world.running_faults(TUESDAY)
    bench.clock.advance(120)
    await bench.run("prompts.set", prompt=bad.prompt, version=bad.previous)
    assert "prompt-regression" not in world.running_faults(bench.clock.now() + 60)
