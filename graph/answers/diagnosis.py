"""Why is it slow: a verdict, the causes with what speaks for and against each, and the remedy on offer."""

from __future__ import annotations

import shlex
from dataclasses import dataclass

from graph import cards
from graph.answers.marks import sick_chart
from graph.answers.words import amount, listed, metric_words, moment
from graph.intents.model import Answer, Ask, Slots
from graph.ports import Tools
from insight.diagnosis import diagnose
from insight.evidence import Cause, Diagnosis, Evidence, Remedy, Symptom
from insight.logs import Cluster
from integrations.evidence import gather_evidence

_MOST_CAUSES = 3
_MOST_SYMPTOMS = 4


class DiagnoseSlots(Slots):
    service: str | None = None
    environment: str | None = None


@dataclass(frozen=True, slots=True)
class Diagnosed:
    diagnosis: Diagnosis
    environment: str
    evidence: Evidence


async def facts(tools: Tools, ask: Ask) -> Diagnosed:
    slots: DiagnoseSlots = ask.slots
    environment = slots.environment or next(iter(tools.catalogue.environments))
    at = tools.clock.now()
    evidence = await gather_evidence(tools.sources, tools.catalogue, slots.service, environment, at)
    return Diagnosed(diagnose(evidence, at), environment, evidence)


def answer(tools: Tools, ask: Ask, found: Diagnosed) -> Answer:
    diagnosis, slots = found.diagnosis, ask.slots
    subject = slots.service or listed(found.evidence.focus) or "the services"
    said = [_verdict(diagnosis, subject, found.environment)]
    said += [f"Could not see {one.what}: {one.why}" for one in diagnosis.missing[:3]]
    text = " ".join(said)
    blocks = [cards.text(text)]
    if diagnosis.symptoms:
        rows = [_symptom(one, ask.zone, tools.clock.now()) for one in diagnosis.symptoms[:_MOST_SYMPTOMS]]
        blocks.append(cards.table(["service", "what", "usual", "now", "since"], rows))
    picture = sick_chart(found.evidence, diagnosis, ask.zone, tools.clock.now())
    blocks += [] if picture is None else [picture]
    if diagnosis.verdict == "unknown" and diagnosis.new_lines:
        blocks.append(cards.facts(_new(diagnosis.new_lines), "New in the logs since a day ago:"))
    for cause in diagnosis.causes[:_MOST_CAUSES]:
        blocks.append(cards.facts(_weighed(cause), f"{cause.summary} ({cause.score:.0%} sure)"))
    blocks.append(
        cards.facts(
            {"How I know": "; ".join(diagnosis.looked_at).replace("_", " ") or "nothing could be looked at"}
        )
    )
    entities: dict[str, str] = {"environment": found.environment}
    if service := slots.service or _sick(diagnosis):
        entities["service"] = service
    offers = _offers(tools, diagnosis)
    if not offers:
        return Answer(text, tuple(blocks), entities=entities)
    blocks.append(
        cards.choices(
            [(say, say) for say in offers], "What I can do about it (nothing is done until you ask):"
        )
    )
    pending = {"missing": "choice", "options": offers}
    words = f"{text} I can: {' · '.join(offers)}."
    return Answer(words, tuple(blocks), pending, entities=entities)


def _sick(diagnosis: Diagnosis) -> str | None:
    if diagnosis.verdict == "cause":
        return diagnosis.causes[0].service
    return diagnosis.symptoms[0].service if diagnosis.symptoms else None


def _verdict(diagnosis: Diagnosis, subject: str, environment: str) -> str:
    if diagnosis.verdict == "healthy":
        return f"{subject} in {environment} looks healthy: nothing is worse than usual."
    if diagnosis.verdict == "cause":
        if len(diagnosis.together) > 1:
            at_once = "; ".join(one.summary for one in diagnosis.together)
            return (
                f"{_worse(diagnosis)} {len(diagnosis.together)} things seem to be wrong at once: {at_once}."
            )
        return f"{_worse(diagnosis)} Most likely cause: {diagnosis.causes[0].summary}."
    if not diagnosis.symptoms:
        return f"I cannot tell how {subject} in {environment} is: what I would look at could not be had."
    return f"{_worse(diagnosis)} I do not know why: nothing that I look at explains it."


def _worse(diagnosis: Diagnosis) -> str:
    first = _sign(diagnosis.symptoms[0])
    more = f" (and {len(diagnosis.symptoms) - 1} more signs)" if len(diagnosis.symptoms) > 1 else ""
    return f"{first[:1].upper()}{first[1:]}{more}."


def _sign(one: Symptom) -> str:
    if one.now is None or one.usual is None:
        return one.summary
    name = metric_words(one.metric, None)
    return f"{name} of {one.service} is {amount(one.now, one.unit)}, usually {amount(one.usual, one.unit)}"


def _symptom(one: Symptom, zone: str, now: float) -> list[str]:
    usual = "-" if one.usual is None else amount(one.usual, one.unit)
    level = "-" if one.now is None else amount(one.now, one.unit)
    return [
        one.service,
        metric_words(one.metric, None),
        usual,
        level,
        moment(one.since, zone, now) if one.since else "before",
    ]


def _new(lines: tuple[Cluster, ...]) -> dict[str, str]:
    return {f"{one.service}, {one.count} lines": one.pattern for one in lines[:_MOST_CAUSES]}


def _weighed(cause: Cause) -> dict[str, str]:
    weighed = {"For": "; ".join(cause.evidence_for) or "nothing"}
    if cause.evidence_against:
        weighed["Against"] = "; ".join(cause.evidence_against)
    return weighed


def _offers(tools: Tools, diagnosis: Diagnosis) -> list[str]:
    """Exact words for the remedies of causes that are likely enough, where their runbook is in the library."""
    if diagnosis.verdict != "cause":
        return []
    likely = [cause for cause in diagnosis.causes if cause.score >= 0.5]
    offers = [
        offer(cause.remedy)
        for cause in likely
        if cause.remedy is not None and cause.remedy.runbook in tools.library.by_id
    ]
    return list(dict.fromkeys(offers))[:_MOST_CAUSES]


def offer(remedy: Remedy) -> str:
    """`roll back rag-api in production`, or the exact command of another runbook."""
    inputs = dict(remedy.inputs)
    if remedy.runbook == "rollback-service" and set(inputs) <= {"service", "environment"}:
        return f"roll back {inputs['service']} in {inputs['environment']}"
    pairs = " ".join(f"{name}={shlex.quote(str(value))}" for name, value in inputs.items())
    return f"run {remedy.runbook} {pairs}"
