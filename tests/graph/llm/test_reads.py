from __future__ import annotations

import asyncio
import json
from dataclasses import fields, replace
from typing import Any

import pytest

from config.errors import Conflict
from graph.llm import reads
from graph.llm.reads import TOOLS, Reads, Written, as_data, declared, look, usable
from insight.facts import Alert
from integrations.ports import Sources
from tests.graph.world import World
from tests.support.hostile import Hostile


@pytest.fixture
def at(world: World) -> Reads:
    runbooks = {"rollback-service": "Put a service back.", "restart-service": "Restart it."}
    sources = Hostile(world.clock.now(), {"log": "error rate is 98.76 %"}).sources()
    return Reads(sources, world.tools.catalogue, "production", world.clock.now(), runbooks)


CALLS: dict[str, dict[str, Any]] = {
    "metrics": {"service": "rag-api", "metric": "error_rate"},
    "logs": {"service": "rag-api"},
    "errors": {"service": "rag-api"},
    "changes": {"service": "rag-api", "hours": 2},
    "release": {"service": "rag-api"},
    "alerts": {},
    "incidents": {},
    "providers": {},
    "runbooks": {"words": "restart"},
    "service": {"service": "rag-api"},
}


@pytest.mark.parametrize("name", [one.name for one in TOOLS])
async def test_every_tool_tells_what_it_looked_at_and_gives_json(at: Reads, name: str) -> None:
    seen = await look(at, name, CALLS[name])
    assert seen.told and "error" not in json.loads(as_data(seen))


@pytest.mark.parametrize("one", TOOLS, ids=lambda one: one.name)
def test_every_tool_is_declared_as_endpoints_want_it(one: reads.Tool) -> None:
    function = declared(one)["function"]
    assert function["name"].isidentifier() and function["description"]
    assert function["parameters"]["type"] == "object"
    assert json.dumps(function)


@pytest.mark.parametrize(
    ("name", "arguments", "words"),
    [
        ("shell", {"command": "ls"}, "no such tool"),
        ("run_runbook", {}, "no such tool"),
        ("logs", {"service": "payments"}, "no such service"),
        ("logs", {"service": "../../etc"}, "no such service"),
        ("logs", {}, "service"),
        ("logs", {"service": "rag-api", "environment": "staging"}, "environment"),
        ("metrics", {"service": "rag-api", "metric": "latency", "minutes": 10**9}, "minutes"),
        ("metrics", {"service": "rag-api", "metric": "nonsense"}, "metric"),
        ("alerts", {"anything": 1}, "anything"),
    ],
)
async def test_a_wrong_call_is_told_and_nothing_is_read(
    at: Reads, name: str, arguments: dict[str, Any], words: str
) -> None:
    seen = await look(at, name, arguments)
    assert seen.told == "" and words in seen.data["error"]


async def test_a_port_that_is_not_set_up_has_no_tool(at: Reads) -> None:
    bare = replace(at, sources=Sources())
    assert {one.name for one in usable(bare.sources)} == {"runbooks", "service"}
    assert "no such tool" in (await look(bare, "logs", CALLS["logs"])).data["error"]


async def test_what_a_back_end_says_no_to_is_data(at: Reads) -> None:
    class Broken:
        async def firing(self) -> tuple[Alert, ...]:
            raise Conflict("the alerts are being moved")

    broken = replace(at, sources=Sources(alerts=Broken()))  # type: ignore[arg-type]
    assert (await look(broken, "alerts", {})).data == {"error": "the alerts are being moved"}


async def test_a_slow_back_end_is_given_up(at: Reads) -> None:
    class Slow:
        async def firing(self) -> tuple[Alert, ...]:
            await asyncio.Event().wait()
            return ()

    slow = replace(at, sources=Sources(alerts=Slow()))  # type: ignore[arg-type]
    assert "no answer within" in (await look(slow, "alerts", {}, 0.01)).data["error"]


async def test_numbers_that_somebody_wrote_are_not_among_the_measured(at: Reads) -> None:
    seen = await look(at, "logs", {"service": "rag-api", "minutes": 5})
    assert "98.76" in as_data(seen) and "98.76" not in seen.measured()
    assert isinstance(seen.data[0]["text"], Written)


async def test_a_long_result_is_cut(at: Reads) -> None:
    long = replace(at, sources=Hostile(at.at, {"log": "x" * 5_000, "prompt": "y" * 5_000}).sources())
    told = as_data(await look(long, "logs", {"service": "rag-api"}))
    assert len(told) < 6_100


def test_from_the_reads_no_way_leads_to_a_change() -> None:
    """`Reads` holds ports that only read, the catalogue, and words: no plan, approval, run, dispatcher, outbox."""
    assert {one.name for one in fields(Reads)} == {"sources", "catalogue", "environment", "at", "runbooks"}
    verbs = {
        name
        for port in (one.type for one in fields(Sources))
        for name in dir(port)
        if not name.startswith("_")
    }
    assert not {
        name for name in verbs if name.startswith(("set", "write", "create", "delete", "run", "post"))
    }
