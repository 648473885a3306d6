from __future__ import annotations

from graph.answers.postmortem import draft, gather, reached, sources_of, story
from tests.graph.world import World, catalogue


def test_what_a_service_calls_is_near_it() -> None:
    assert reached(catalogue(), "chat-frontend") >= {"chat-frontend", "rag-api", "llm-gateway", "vllm-pool"}
    assert reached(catalogue(), "vector-db") == {"vector-db"}


async def test_the_whole_story_is_in_order_and_every_line_is_somebodys_fact(world: World) -> None:
    await world.founded()
    port = world.tools.sources.incidents
    assert port is not None
    one = await port.incident("INC-100")
    case = await gather(world.tools, one)
    assert case.missing == ()
    told = story(case)
    assert [each.at for each in told] == sorted(each.at for each in told)
    assert {"opened", "acknowledged", "resolved", "deployment", "alert"} <= {each.kind for each in told}
    page = draft(world.tools, case, "UTC")
    assert page.count("\n## ") == 6
    assert f"{sum(each.count for each in case.errors):,.0f} requests of {one.service} failed" in page
    assert "entries of the timeline" in sources_of(case)


async def test_a_run_on_the_service_while_it_lasted_belongs_to_it(world: World) -> None:
    await world.say("open an incident for rag-api: it fails")
    await world.say("roll back rag-api in production")
    port = world.tools.sources.incidents
    assert port is not None
    case = await gather(world.tools, await port.incident("INC-101"))
    assert [run.runbook for run in case.runs] == ["rollback-service"]
    assert "rollback-service asked for" in draft(world.tools, case, "UTC")
