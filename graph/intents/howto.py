"""How-to and concept questions, and what people say of answers."""

from __future__ import annotations

from collections.abc import Sequence

from graph.answers import feedback, howto
from graph.intents.model import Intent

_HOWTO = (
    "would a rollback delete anything",
    "who is allowed to approve",
    "what is the difference between rollback and failover",
    "how do approvals work",
    "when should i roll back",
    "what are the risks of a rollback",
    "how long do rollbacks usually take",
    "what will a rollback change",
    "what would a rollback do",
    "tell me how to undo a deployment",
    "should we roll back or restart",
    "is a rollback safe",
    "how do i deploy a service",
    "how do i roll back a service",
    "how does the approval flow work",
    "what is an error budget",
    "where is the documentation for runbooks",
    "how do i connect datadog",
    "explain the difference between canary and blue green",
    "how can i create a runbook",
    "show me the docs about slos",
    "how do i configure slack notifications",
    "what does p95 mean",
    "how does a rollback work",
    "what is ttft",
    "how do i approve something",
    "how to restart a service",
    "what happens when i deny a request",
    "how would i undo a release",
    "what does saturation mean",
    "how do i run a runbook",
    "explain what throughput is",
    "why should i roll back",
    "why do rollbacks need an approval",
    "how do i write a runbook",
    "is it possible to roll back automatically",
    "what is the difference between latency and ttft",
    "can a rollback be undone",
    "who can approve a rollback",
    "what happens after approval",
    "how do i silence an alert",
    "how do i open an incident",
    "how do i escalate an incident",
    "how do i add a person",
    "how do i give somebody the approver role",
    "what does burn rate mean",
    "what is mttr",
    "what is a canary",
    "what is blast radius",
    "what is a dry run",
    "how do i test a runbook",
    "how do i write tests for a runbook",
    "what is a standing approval",
    "how does break glass work",
    "what does break glass mean",
    "where can i read about approvals",
    "is there documentation about the rest api",
    "how do i call the rest api",
    "how do i get a token",
    "what do sev1 and sev2 mean",
    "how do change freezes work",
    "how do i stop everything",
    "what happens if nobody approves",
    "how long is an approval valid",
    "can i approve my own change",
)


def howto_intents(rated: Sequence[Intent]) -> tuple[Intent, ...]:
    """`rated` are the intents whose answers people are asked about."""
    names = frozenset(one.name for one in rated if one.rated)
    return (
        Intent(
            name="docs.howto",
            summary="read how something is done or what a word means, from our own pages",
            role="viewer",
            examples=_HOWTO,
            phrase="how do approvals work",
            slots=howto.HowtoSlots,
            facts=howto.facts,
            answer=howto.answer,
        ),
        Intent(
            name="feedback.give",
            summary="say whether an answer was right",
            role="viewer",
            phrase="that was right",
            slots=feedback.WordSlots,
            act=feedback.make_give(names),
        ),
        Intent(
            name="feedback.list",
            summary="see what people said of answers",
            role="admin",
            phrase="feedback",
            facts=feedback.facts,
            answer=feedback.answer,
        ),
    )
