"""Questions as people type them, by persona, each answered end to end and checked against the demo world's facts."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import pytest

from graph.message import Reply
from insight.incidents import patterns
from store import audit
from tests.graph.world import World

DAY = 86_400.0
WHO = {"sre": "lena", "devops": "diego", "ml": "priya", "qa": "maria", "manager": "sam", "security": "jonas"}
#: what an operator's question is asked by, where the persona's own person is none
OPERATORS = {"manager": "amara", "security": "noor"}

Check = Callable[[World, Reply], Awaitable[None]]


@dataclass(frozen=True)
class Question:
    """`before` is said first, by the same person, in the same conversation."""

    persona: str
    text: str
    intent: str
    check: Check
    before: tuple[str, ...] = ()
    acts: bool = False

    @property
    def person(self) -> str:
        return OPERATORS.get(self.persona, WHO[self.persona]) if self.acts else WHO[self.persona]


def table(reply: Reply, column: str) -> list[str]:
    """That column of the answer's first table that has it."""
    for block in reply.blocks:
        if block["type"] == "table" and column in block["columns"]:
            place = block["columns"].index(column)
            return [row[place] for row in block["rows"]]
    raise AssertionError(f"no table with {column}: {reply.text}")


def code(reply: Reply) -> str:
    return "\n".join(block["text"] for block in reply.blocks if block["type"] == "code")


def known(reply: Reply) -> bool:
    """Whether the answer says how its figures can be had again."""
    return any(
        name == "How I know"
        for block in reply.blocks
        if block["type"] == "facts"
        for name, _ in block["facts"]
    )


async def firing(world: World) -> list[Any]:
    assert world.tools.sources.alerts is not None
    return list(await world.tools.sources.alerts.firing())


async def opened(world: World) -> list[Any]:
    assert world.tools.sources.incidents is not None
    return list(await world.tools.sources.incidents.open_incidents())


async def past(world: World, back: float) -> list[Any]:
    assert world.tools.sources.incidents is not None
    now = world.clock.now()
    return list(await world.tools.sources.incidents.past_incidents(now - back, now + 1))


async def on_call(world: World, team: str, ahead: float = 0.0, level: int = 1) -> str:
    assert world.tools.sources.on_call is not None
    at = world.clock.now() + ahead
    found = await world.tools.sources.on_call.shifts(at, at + 1, team)
    return next(world.tools.people.by_id[one.person].name for one in found if one.level == level)


async def log_lines(
    world: World, query: str, back: float, level: str | None = None, service: str = "rag-api"
) -> int:
    assert world.tools.sources.logs is not None
    now = world.clock.now()
    found = await world.tools.sources.logs.search(service, "production", now - back, now + 1, query, 5000)
    return sum(1 for one in found if level in (None, one.level))


# alerts


async def all_that_fires(world: World, reply: Reply) -> None:
    alerts = await firing(world)
    assert alerts
    assert f"{len(alerts)} alerts fire now" in reply.text
    assert sorted(table(reply, "alert")) == sorted(one.name for one in alerts)
    assert known(reply)


async def what_fires_on_rag(world: World, reply: Reply) -> None:
    mine = [one for one in await firing(world) if one.service == "rag-api"]
    assert table(reply, "service") == ["rag-api"] * len(mine)
    assert f"{len(mine)} alerts for rag-api" in reply.text


async def what_fires_for_search(world: World, reply: Reply) -> None:
    owned = {name for name, one in world.tools.catalogue.services.items() if one.owner == "search"}
    mine = [one for one in await firing(world) if one.service in owned]
    assert mine
    assert len(table(reply, "service")) == len(mine)


async def critical_only(world: World, reply: Reply) -> None:
    grave = [one for one in await firing(world) if one.severity == "critical"]
    assert table(reply, "grade") == ["critical"] * len(grave)


async def alerts_of_a_month(world: World, reply: Reply) -> None:
    assert world.tools.sources.alerts is not None
    now = world.clock.now()
    count = len(await world.tools.sources.alerts.past(now - 30 * DAY, now + 1))
    assert f"{count} alerts fired over the last 30 days" in reply.text


async def rules_of_billing(world: World, reply: Reply) -> None:
    assert world.tools.sources.alerts is not None
    rules = [one for one in await world.tools.sources.alerts.monitors() if one.service == "billing"]
    assert f"{len(rules)} alert rules for billing" in reply.text
    assert set(table(reply, "id")) <= {one.id for one in rules}
    assert len(table(reply, "id")) == min(12, len(rules))


async def half_an_hour_of_silence(world: World, reply: Reply) -> None:
    assert world.tools.sources.alerts is not None
    (one,) = await world.tools.sources.alerts.silences()
    assert (one.service, one.environment, one.end - one.start) == ("rag-api", "production", 1800.0)
    assert [row.what for row in await world.database.read(audit.rows)] == ["record.asked", "record.done"]


async def a_rule_at_three_percent(world: World, reply: Reply) -> None:
    assert world.tools.sources.alerts is not None
    made = [one for one in await world.tools.sources.alerts.monitors() if one.service == "checkout"][-1]
    assert (made.metric, made.threshold, made.above) == ("error_rate", 0.03, True)
    assert made.id in reply.text


# logs


async def lines_with_502(world: World, reply: Reply) -> None:
    count = await log_lines(world, "NoneType", 3600.0)
    assert count
    assert f'{count} log lines with "NoneType" of rag-api in production over the last hour' in reply.text


async def errors_of_rag(world: World, reply: Reply) -> None:
    count = await log_lines(world, "", 1800.0, "error")
    assert f"{count} error log lines of rag-api" in reply.text
    assert " ERROR " in code(reply)


async def five_newest_errors(world: World, reply: Reply) -> None:
    assert len(code(reply).splitlines()) == 5
    assert "The newest 5 are shown" in reply.text


async def nowhere_in_the_logs(world: World, reply: Reply) -> None:
    assert 'No log lines with "kernel panic" of all 13 services' in reply.text


async def one_trace(world: World, reply: Reply) -> None:
    assert reply.text.startswith("No log lines of trace 99af31")
    assert "over the last 24 hours" in reply.text


# incidents


async def opened_for_rag(world: World, reply: Reply) -> None:
    (one,) = await opened(world)
    assert (one.service, one.severity, one.status) == ("rag-api", "sev1", "open")
    assert one.title == "users see 502s"
    assert one.alert_id in {alert.id for alert in await firing(world)}
    assert f"Opened {one.id} sev1 for rag-api in production" in reply.text
    assert await on_call(world, "search") in reply.text


async def opened_from_the_alert(world: World, reply: Reply) -> None:
    (one,) = await opened(world)
    worst = next(alert for alert in await firing(world) if alert.service == "chat-frontend")
    assert one.alert_id == worst.id
    assert one.title in reply.text


async def not_opened_twice(world: World, reply: Reply) -> None:
    assert len(await opened(world)) == 1
    assert "open already" in reply.text


async def taken(world: World, reply: Reply) -> None:
    (one,) = await opened(world)
    assert (one.status, one.assignee) == ("acknowledged", reply.conversation)
    assert f"Acknowledged {one.id}" in reply.text


async def over_with_its_cause(world: World, reply: Reply) -> None:
    assert await opened(world) == []
    one = (await past(world, 3600.0))[-1]
    assert (one.status, one.cause) == ("resolved", "the rollback helped")
    assert f"Resolved {one.id}" in reply.text
    assert "still fires" in reply.text


async def noted(world: World, reply: Reply) -> None:
    (one,) = await opened(world)
    assert one.notes == ("traffic was drained",)


async def graver(world: World, reply: Reply) -> None:
    (one,) = await opened(world)
    assert one.severity == "sev1"


async def handed_to_lena(world: World, reply: Reply) -> None:
    (one,) = await opened(world)
    assert one.assignee == "lena"


async def handed_to_platform(world: World, reply: Reply) -> None:
    (one,) = await opened(world)
    assert world.tools.people.by_id[one.assignee].name == await on_call(world, "platform")
    assert await on_call(world, "platform") in reply.text


async def handed_to_priya(world: World, reply: Reply) -> None:
    (one,) = await opened(world)
    assert one.assignee == "priya"


async def one_open(world: World, reply: Reply) -> None:
    (one,) = await opened(world)
    assert "1 incident open" in reply.text
    assert table(reply, "id") == [one.id]


async def none_open(world: World, reply: Reply) -> None:
    assert await opened(world) == []
    assert "No open incidents" in reply.text


async def how_many_in_90_days(world: World, reply: Reply) -> None:
    assert f"{len(await past(world, 90 * DAY))} incidents over the last 90 days" in reply.text


async def one_of_the_past(world: World, reply: Reply) -> None:
    one = await incident(world, "INC-100")
    assert one.title in reply.text
    assert one.cause in reply.text
    assert world.tools.people.by_id[one.assignee].name in reply.text


async def incident(world: World, name: str) -> Any:
    assert world.tools.sources.incidents is not None
    return await world.tools.sources.incidents.incident(name)


async def what_is_common(world: World, reply: Reply) -> None:
    found = patterns(sorted(await past(world, 90 * DAY), key=lambda one: one.opened_at)[-5:])
    assert "The last 5 incidents" in reply.text
    assert f"{found.by_service[0][0]} ({found.by_service[0][1]})" in reply.text
    assert known(reply)


async def mean_time_to_restore(world: World, reply: Reply) -> None:
    found = patterns(await past(world, 90 * DAY))
    assert found.mttr is not None
    assert f"Mean time to restore {found.mttr / 60:.0f} min" in reply.text


async def a_draft_of_facts(world: World, reply: Reply) -> None:
    one = await incident(world, "INC-100")
    draft = code(reply)
    assert draft.startswith(f"# {one.id}: {one.title}")
    assert one.cause in draft
    assert "None are written down" in draft
    assert world.tools.sources.incidents is not None
    for event in await world.tools.sources.incidents.timeline("INC-100"):
        assert event.kind in draft


async def its_timeline(world: World, reply: Reply) -> None:
    assert {"opened", "acknowledged", "resolved"} <= set(table(reply, "what"))


# on call


async def everybody_on_call(world: World, reply: Reply) -> None:
    for team in world.tools.people.rota:
        assert await on_call(world, team) in reply.text


async def the_owner_of_rag(world: World, reply: Reply) -> None:
    assert "rag-api belongs to search" in reply.text
    assert await on_call(world, "search") in reply.text


async def next_week_of_ml(world: World, reply: Reply) -> None:
    assert set(table(reply, "team")) == {"ml-platform"}
    assert await on_call(world, "ml-platform", 7 * DAY) in reply.text


async def the_secondary(world: World, reply: Reply) -> None:
    assert await on_call(world, "platform", level=2) in reply.text


async def whether_i_am(world: World, reply: Reply) -> None:
    assert reply.text.startswith("You are")


# the audit


async def who_asked(world: World, reply: Reply) -> None:
    assert "maria asked for rollback-service for rag-api" in reply.text
    assert "row " in " ".join(table(reply, "where"))


async def failed_logins(world: World, reply: Reply) -> None:
    assert world.tools.sources.access is not None
    now = world.clock.now()
    found = await world.tools.sources.access.accesses(now - 7 * DAY, now + 1)
    count = sum(1 for one in found if one.kind == "login" and not one.allowed)
    assert f"{count} refused entries about login over the last 7 days" in reply.text


async def secret_reads(world: World, reply: Reply) -> None:
    assert world.tools.sources.access is not None
    now = world.clock.now()
    found = await world.tools.sources.access.accesses(now - 30 * DAY, now + 1)
    count = sum(1 for one in found if one.kind == "secret" and "checkout" in one.target.split("/"))
    assert f"{count} entries about secret on checkout" in reply.text


async def only_ones_own(world: World, reply: Reply) -> None:
    assert "You see your own deeds" in reply.text
    assert "Jonas Lind" in reply.text
    assert not [block for block in reply.blocks if block["type"] == "table"]


# how to


async def from_the_page(world: World, reply: Reply) -> None:
    assert "From docs/howto.md, 'How approvals work'" in reply.text


async def the_word(world: World, reply: Reply) -> None:
    assert "From docs/glossary.md, 'Error budget'" in reply.text


async def no_page(world: World, reply: Reply) -> None:
    assert "None of my pages answers that" in reply.text


OPEN = ("open a sev2 for rag-api: users see 502s",)
QUESTIONS = (
    Question("sre", "what alerts are firing", "alert.list", all_that_fires),
    Question("manager", "is anything red right now?", "alert.list", all_that_fires),
    Question("devops", "alerts on rag-api", "alert.list", what_fires_on_rag),
    Question("manager", "show me the alerts for team search", "alert.list", what_fires_for_search),
    Question("sre", "any critical alarms in prod", "alert.list", critical_only),
    Question("qa", "how many alerts fired in the last 30 days", "alert.list", alerts_of_a_month),
    Question("security", "which alert rules does billing have", "alert.list", rules_of_billing),
    Question("sre", "mute rag-api in prod for 30 min", "alert.manage", half_an_hour_of_silence, acts=True),
    Question("ml", "silence rag-api for half an hour pls", "alert.manage", half_an_hour_of_silence, acts=True),
    Question("devops", "page us when error rate of checkout passes 3%", "alert.manage", a_rule_at_three_percent,
             acts=True),
    Question("sre", 'search the rag-api logs for "NoneType" in the last hour', "logs.search", lines_with_502),
    Question("ml", "grep NoneType in rag-api last hour", "logs.search", lines_with_502),
    Question("devops", "show me error logs of rag-api", "logs.search", errors_of_rag),
    Question("qa", "last 5 error lines from rag-api", "logs.search", five_newest_errors),
    Question("sre", "search all logs for kernel panic", "logs.search", nowhere_in_the_logs),
    Question("qa", "trace 99af31 please", "logs.search", one_trace),
    Question("sre", "open a sev1 for rag-api, users see 502s", "incident.declare", opened_for_rag, acts=True),
    Question("ml", "declare a sev1 on rag-api: users see 502s", "incident.declare", opened_for_rag, acts=True),
    Question("manager", "please open an incident for chat-frontend", "incident.declare", opened_from_the_alert,
             acts=True),
    Question("sre", "open an incident for rag-api", "incident.declare", not_opened_twice, OPEN, acts=True),
    Question("sre", "I'm on it", "incident.ack", taken, OPEN, acts=True),
    Question("devops", "ack 101", "incident.ack", taken, OPEN, acts=True),
    Question("ml", "i'll take this incident", "incident.ack", taken, OPEN, acts=True),
    Question("sre", "resolve it because the rollback helped", "incident.resolve", over_with_its_cause, OPEN, acts=True),
    Question("devops", "INC-101 is fixed, close it because the rollback helped", "incident.resolve",
             over_with_its_cause, OPEN, acts=True),
    Question("sre", "add a note to INC-101 that traffic was drained", "incident.update", noted, OPEN, acts=True),
    Question("qa", "note on it: traffic was drained", "incident.update", noted, OPEN, acts=True),
    Question("manager", "set the severity of INC-101 to sev1", "incident.update", graver, OPEN, acts=True),
    Question("devops", "assign INC-101 to lena", "incident.update", handed_to_lena, OPEN, acts=True),
    Question("sre", "escalate it to platform", "incident.escalate", handed_to_platform, OPEN, acts=True),
    Question("manager", "page priya", "incident.escalate", handed_to_priya, OPEN, acts=True),
    Question("sre", "open incidents?", "incident.status", one_open, OPEN),
    Question("manager", "are there any ongoing incidents", "incident.status", none_open),
    Question("manager", "how many incidents did we have in the last 90 days", "incident.status", how_many_in_90_days),
    Question("qa", "what was INC-100 about", "incident.status", one_of_the_past),
    Question("sre", "show INC-100", "incident.status", one_of_the_past),
    Question("manager", "analyze the last 5 incidents for common patterns", "incident.review", what_is_common),
    Question("sre", "what do the last 5 incidents have in common?", "incident.review", what_is_common),
    Question("manager", "how long do our incidents take to get resolved", "incident.review", mean_time_to_restore),
    Question("qa", "write up INC-100 as a postmortem", "incident.review", a_draft_of_facts),
    Question("sre", "draft the postmortem of INC-100", "incident.review", a_draft_of_facts),
    Question("security", "timeline of INC-100 please", "incident.review", its_timeline),
    Question("manager", "whos on call", "oncall.query", everybody_on_call),
    Question("sre", "who do i call about rag-api", "oncall.query", the_owner_of_rag),
    Question("ml", "show the on-call schedule of ml-platform for next week", "oncall.query", next_week_of_ml),
    Question("devops", "who is secondary for platform", "oncall.query", the_secondary),
    Question("ml", "am i on call this weekend", "oncall.query", whether_i_am),
    Question("security", "who asked for the rollback of rag-api", "security.audit", who_asked),
    Question("security", "list failed logins of the last 7 days", "security.audit", failed_logins),
    Question("security", "who read the secrets of checkout in the last 30 days", "security.audit", secret_reads),
    Question("qa", "what did priya do today", "security.audit", only_ones_own),
    Question("devops", "how do approvals work", "docs.howto", from_the_page),
    Question("manager", "what is an error budget?", "docs.howto", the_word),
    Question("qa", "how do i connect the office printer", "docs.howto", no_page),
)  # fmt: skip


@pytest.mark.parametrize("asked", QUESTIONS, ids=lambda one: f"{one.persona}: {one.text}")
async def test_the_answer_holds_the_facts_of_the_world(world: World, asked: Question) -> None:
    await world.founded()
    await world.break_something("bad-release")
    if asked.check is who_asked:
        await world.say("roll back rag-api in production", as_="maria", conversation="other")
    for text in asked.before:
        await world.say(text, as_=asked.person, conversation=asked.person)
    reply = (await world.say(asked.text, as_=asked.person, conversation=asked.person)).reply
    assert reply.reading.intent == asked.intent, reply.reading
    await asked.check(world, reply)


def test_every_persona_and_every_intent_has_two_questions_or_more() -> None:
    personas = [one.persona for one in QUESTIONS]
    intents = [one.intent for one in QUESTIONS]
    assert set(personas) == set(WHO)
    assert min(personas.count(one) for one in WHO) >= 4
    assert min(intents.count(one) for one in set(intents)) >= 2
