"""Questions on releases, scale, money, objectives, capacity, delivery and reports, each checked against the world."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from graph.message import Reply
from graph.understanding.times import resolve
from insight.cost import DAY, total
from insight.facts import Capacity, Change, Spend
from insight.forecast import replicas_for
from tests.graph.test_questions_one import OPERATORS, WHO, Check, Question, known, table
from tests.graph.world import World, people


def zone_of(persona: str, acts: bool = False) -> str:
    name = OPERATORS.get(persona, WHO[persona]) if acts else WHO[persona]
    person = people().get(name)
    assert person is not None
    return person.zone


async def spent(world: World, symbol: str, zone: str, **only: str) -> list[Spend]:
    window = resolve(symbol, world.clock.now(), zone)
    assert world.tools.sources.costs is not None
    found = await world.tools.sources.costs.spend(window.start, window.end, DAY)
    return [one for one in found if all(getattr(one, key) == value for key, value in only.items())]


async def shipped(world: World, symbol: str, zone: str) -> list[Change]:
    window = resolve(symbol, world.clock.now(), zone)
    assert world.tools.sources.deployments is not None
    found = await world.tools.sources.deployments.changes(window.start, window.end + 1.0, "production")
    return [one for one in found if one.kind == "deployment"]


async def running(world: World, service: str, environment: str) -> str:
    assert world.tools.sources.deployments is not None
    return (await world.tools.sources.deployments.release(service, environment)).current


async def capacity(world: World, service: str, environment: str = "production") -> Capacity:
    assert world.tools.sources.capacities is not None
    found = await world.tools.sources.capacities.capacity(environment)
    return next(one for one in found if one.service == service)


async def peak(world: World, service: str) -> float:
    assert world.tools.sources.metrics is not None
    now = world.clock.now()
    got = await world.tools.sources.metrics.series(
        service, "production", "throughput", "mean", now - 7 * DAY, now, 3600.0
    )
    return max(point.value for point in got.points)


def usd(text: str) -> float:
    words = text.replace("(", " ").split()
    return float(words[words.index("USD") - 1].replace(",", ""))


# what each answer must say


def costs(persona: str, symbol: str = "this_month", **only: str) -> Check:
    async def check(world: World, reply: Reply) -> None:
        truth = total(await spent(world, symbol, zone_of(persona), **only))
        assert usd(reply.text) == pytest.approx(truth, rel=0.002)
        assert known(reply)

    return check


def costs_by(column: str, attribute: str, persona: str, symbol: str = "this_month", **only: str) -> Check:
    async def check(world: World, reply: Reply) -> None:
        sums: Counter[str] = Counter()
        for one in await spent(world, symbol, zone_of(persona), **only):
            sums[getattr(one, attribute)] += total((one,))  # type: ignore[assignment]
        assert table(reply, column) == [name for name, _ in sums.most_common()][: len(table(reply, column))]

    return check


async def budgets(world: World, reply: Reply) -> None:
    assert world.tools.sources.costs is not None
    every = await world.tools.sources.costs.budgets()
    assert sorted(table(reply, "budget")) == sorted(f"{one.kind} {one.scope}" for one in every)


async def savings(world: World, reply: Reply) -> None:
    assert table(reply, "idea")
    assert known(reply)
    assert table(reply, "idea")[0] in reply.text


def objective(service: str) -> Check:
    async def check(world: World, reply: Reply) -> None:
        assert world.tools.sources.objectives is not None
        count = sum(1 for one in await world.tools.sources.objectives.objectives() if one.service == service)
        assert table(reply, "service") == [service] * count
        assert f"{service} in production" in reply.text
        assert known(reply)

    return check


async def objectives(world: World, reply: Reply) -> None:
    assert world.tools.sources.objectives is not None
    assert len(table(reply, "service")) == len(await world.tools.sources.objectives.objectives())


def headroom(service: str) -> Check:
    async def check(world: World, reply: Reply) -> None:
        one, most = await capacity(world, service), await peak(world, service)
        assert f"({most / (one.replicas * one.per_replica):.0%})" in reply.text
        assert known(reply)

    return check


def at_times(service: str, factor: float) -> Check:
    async def check(world: World, reply: Reply) -> None:
        one, most = await capacity(world, service), await peak(world, service)
        needed = replicas_for(factor * most, one.per_replica, 0.8)
        assert f"takes {needed} replicas" in reply.text

    return check


async def whole_fleet(world: World, reply: Reply) -> None:
    assert set(table(reply, "service")) == set(world.tools.catalogue.services)


def deployments(persona: str, symbol: str) -> Check:
    async def check(world: World, reply: Reply) -> None:
        assert reply.text.startswith(f"{len(await shipped(world, symbol, zone_of(persona)))} deployments")
        assert known(reply)

    return check


def deployments_by(column: str, persona: str, symbol: str) -> Check:
    async def check(world: World, reply: Reply) -> None:
        owners = world.tools.catalogue.services
        every = await shipped(world, symbol, zone_of(persona))
        truth = Counter(one.by if column == "person" else owners[one.service].owner for one in every)
        told = zip(table(reply, column), table(reply, "deployments"), strict=True)
        assert {name: int(count) for name, count in told} == dict(truth)

    return check


async def restored(world: World, reply: Reply) -> None:
    now = world.clock.now()
    assert world.tools.sources.incidents is not None
    every = await world.tools.sources.incidents.past_incidents(now - 30 * DAY, now)
    assert f"median of {len(every)} incident" in reply.text


def report(*words: str) -> Check:
    async def check(world: World, reply: Reply) -> None:
        for one in words:
            assert one in reply.text
        assert known(reply)

    return check


def book(runbook: str) -> Check:
    async def check(world: World, reply: Reply) -> None:
        assert runbook in (table(reply, "id") if "id" in str(reply.blocks) else reply.text)

    return check


def steps(runbook: str) -> Check:
    async def check(world: World, reply: Reply) -> None:
        assert table(reply, "step") == [step.id for step in world.tools.library.get(runbook).steps]

    return check


def asks(runbook: str, **inputs: Any) -> Check:
    """A plan of that runbook waits for people; nothing runs."""

    async def check(world: World, reply: Reply) -> None:
        assert reply.run is not None, reply.text
        assert reply.run["runbook"] == runbook
        assert {key: reply.run["inputs"].get(key) for key in inputs} == inputs
        assert reply.run["status"] == "waiting"
        assert reply.approval is not None

    return check


async def newest(world: World, reply: Reply) -> None:
    assert reply.run is not None, reply.text
    staged = await running(world, "rag-api", "staging")
    assert reply.run["inputs"]["version"] == staged


async def doubled(world: World, reply: Reply) -> None:
    assert reply.run is not None, reply.text
    assert reply.run["inputs"]["replicas"] == 2 * (await capacity(world, "vllm-pool", "staging")).replicas


async def bounds(world: World, reply: Reply) -> None:
    one = await capacity(world, "vllm-pool")
    assert f"{one.minimum} to {one.maximum}" in reply.text
    assert reply.run is None


QUESTIONS = (
    Question(
        "manager",
        "what did gpt-4o cost us in the last month",
        "cost.query",
        costs("manager", "last_month", item="gpt-4o"),
    ),
    Question(
        "manager",
        "break down our spend by team for this month",
        "cost.query",
        costs_by("team", "team", "manager"),
    ),
    Question(
        "ml", "which model eats the most money", "cost.query", costs_by("model or machine", "item", "ml")
    ),
    Question("manager", "do we stay within our budgets?", "cost.query", budgets),
    Question("devops", "any way to make staging and prod cheaper", "cost.query", savings),
    Question(
        "sre",
        "and for summarizer?",
        "cost.query",
        costs("sre", service="summarizer"),
        before=("how much does rag-api cost us",),
    ),
    Question(
        "manager",
        "same for last month",
        "cost.query",
        costs("manager", "last_month", team="platform"),
        before=("spend of team platform",),
    ),
    Question("sre", "how much error budget has checkout got left", "slo.query", objective("checkout")),
    Question("manager", "do we keep all our slos", "slo.query", objectives),
    Question("qa", "burn rate of chat-frontend pls", "slo.query", objective("chat-frontend")),
    Question(
        "sre",
        "what about search-gateway",
        "slo.query",
        objective("search-gateway"),
        before=("slo status of rag-api",),
    ),
    Question("sre", "how close to its limits is rag-api", "capacity.forecast", headroom("rag-api")),
    Question(
        "manager",
        "would llm-gateway survive 4x the traffic",
        "capacity.forecast",
        at_times("llm-gateway", 4.0),
    ),
    Question(
        "devops", "which services will need more replicas next quarter", "capacity.forecast", whole_fleet
    ),
    Question(
        "ml",
        "and embeddings?",
        "capacity.forecast",
        headroom("embeddings"),
        before=("how much headroom has vllm-pool got",),
    ),
    Question(
        "manager",
        "how many releases went to production last week",
        "delivery.stats",
        deployments("manager", "last_week"),
    ),
    Question(
        "qa",
        "deployments by person over the last 30 days",
        "delivery.stats",
        deployments_by("person", "qa", "-30d"),
    ),
    Question(
        "manager",
        "deployment frequency per team this month",
        "delivery.stats",
        deployments_by("team", "manager", "this_month"),
    ),
    Question("qa", "what's our mttr", "delivery.stats", restored),
    Question(
        "manager",
        "write me an executive summary of last month",
        "report.generate",
        report("Executive summary", "Objectives: ", "Budgets: ", "Incidents: "),
    ),
    Question(
        "manager",
        "cost report for team ml-platform",
        "report.generate",
        report("Cost report: team ml-platform", "Savings: "),
    ),
    Question(
        "security",
        "incident report for the last 30 days",
        "report.generate",
        report("Incident report", "incidents were opened"),
    ),
    Question(
        "sre",
        "weekly service report for rag-api",
        "report.generate",
        report("Weekly report: rag-api", "rag-api in production"),
    ),
    Question(
        "sre", "is there a runbook for gpus that run out of memory", "runbook.list", book("gpu-oom-recovery")
    ),
    Question("qa", "what are the steps in canary-release", "runbook.list", steps("canary-release")),
    Question("security", "which runbook renews certificates", "runbook.list", book("certificate-renewal")),
    Question("devops", "ship the latest rag-api to prod", "deploy.start", newest, acts=True),
    Question(
        "ml",
        "deploy gpt-4 with temperature 0.3 max_tokens 256 to staging",
        "deploy.start",
        asks("deploy-model", model="gpt-4", service="llm-gateway", params="max_tokens=256 temperature=0.3"),
        acts=True,
    ),
    Question(
        "devops",
        "canary rag-api in production at 20 percent",
        "deploy.promote",
        asks("canary-release", service="rag-api", percent=20),
        acts=True,
    ),
    Question("ml", "promote rag-api from staging to production", "deploy.promote", newest, acts=True),
    Question("sre", "vllm-pool staging: twice as many replicas please", "service.scale", doubled, acts=True),
    Question("devops", "scale vllm-pool to 1000 replicas in production", "service.scale", bounds, acts=True),
    Question(
        "manager",
        "scale checkout in staging to 8 pods",
        "service.scale",
        asks("scale-service", service="checkout", replicas=8),
        acts=True,
    ),
    Question(
        "sre",
        "bounce the moderation pods in staging",
        "service.restart",
        asks("restart-service", service="moderation", environment="staging"),
        acts=True,
    ),
    Question(
        "security",
        "it hangs, restart it in dev",
        "service.restart",
        asks("restart-service", service="vector-db", environment="dev"),
        before=("is vector-db in dev ok",),
        acts=True,
    ),
)


def test_there_are_thirty_questions_two_for_each_intent_by_six_personas() -> None:
    assert len(QUESTIONS) >= 30
    assert {one.persona for one in QUESTIONS} == set(WHO)
    assert min(Counter(one.intent for one in QUESTIONS).values()) >= 2


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda one: f"{one.persona}: {one.text}")
async def test_it_is_answered_with_what_is_so(world: World, question: Question) -> None:
    await world.founded()
    for text in question.before:
        await world.say(text, as_=question.person)
    reply = (await world.say(question.text, as_=question.person)).reply
    assert reply.reading.intent == question.intent, reply.text
    await question.check(world, reply)
