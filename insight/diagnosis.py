"""Why is it slow, why does it fail: from evidence to ranked causes. Pure: no I/O, no clock, no names of services."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from insight.evidence import Cause, Diagnosis, Evidence, Verdict
from insight.logs import Cluster, clusters, new_clusters
from insight.rules import RULES, Rule
from insight.rules.weighing import minutes
from insight.symptoms import Picture, picture

#: the score from which a cause is said to be one
ENOUGH = 0.5
#: … and to be one beside another that would explain its symptoms
STILL = 0.6
#: causes below this are not worth a sentence
_NOTHING = 0.15
#: the most new patterns of log lines that are told
_NEW = 5
#: no cause is certain, whatever speaks for it
_SUREST = 0.99


def diagnose(evidence: Evidence, at: float, rules: Sequence[Rule] = RULES) -> Diagnosis:
    """`at` is the instant of the question, Unix seconds.

    "healthy": nothing is worse than usual. "cause": the first of `causes` explains it. "unknown": something is
    wrong that no rule explains, or nothing could be seen of what was asked for.
    """
    seen = picture(evidence, at)
    symptoms = [one for name in _nearest_first(seen) for one in seen.symptoms[name]]
    causes = sorted(
        (cause for rule in rules for cause in rule(seen) if cause.score >= _NOTHING),
        key=lambda cause: -cause.score,
    )
    causes = [replace(cause, score=min(cause.score, _SUREST)) for cause in causes]
    verdict = _verdict(seen, causes)
    together = _together(causes) if verdict == "cause" else ()
    return Diagnosis(
        verdict,
        tuple(symptoms),
        tuple(causes),
        _looked_at(evidence),
        evidence.missing,
        together,
        _new_lines(seen),
    )


def _new_lines(seen: Picture) -> tuple[Cluster, ...]:
    """Where lines of before were had: of a service without any, nothing can be said to be new."""
    lines = seen.evidence.logs_before
    known = {one.service for one in lines}
    before = clusters(one for one in lines if one.level in ("error", "warning"))
    now = [one for name in seen.symptoms if name in known for one in seen.said.get(name, ())]
    return tuple(sorted(new_clusters(now, before), key=lambda one: -one.count))[:_NEW]


def _together(causes: Sequence[Cause]) -> tuple[Cause, ...]:
    """The first cause, and those after it that are likely too and begin where no earlier one does.

    One that begins where an earlier one already makes a service suffer needs more that speaks for it.
    """
    chosen: list[Cause] = []
    for cause in causes:
        if cause.service in {one.service for one in chosen}:
            continue
        explained = {name for one in chosen for name in one.explains}
        if cause.score >= (STILL if cause.service in explained else ENOUGH):
            chosen.append(cause)
    return tuple(chosen)


def _verdict(seen: Picture, causes: Sequence[Cause]) -> Verdict:
    if seen.symptoms:
        return "cause" if causes and causes[0].score >= ENOUGH else "unknown"
    asked = seen.evidence.focus or tuple(seen.calls)
    return "unknown" if not asked or all(seen.unseen(service) for service in asked) else "healthy"


def _nearest_first(seen: Picture) -> list[str]:
    order = [*seen.evidence.focus, *(name for name in seen.calls if name not in seen.evidence.focus)]
    return [name for name in dict.fromkeys(order) if name in seen.symptoms]


def _looked_at(evidence: Evidence) -> tuple[str, ...]:
    """What was looked at, in words."""
    said = []
    if evidence.series:
        services = tuple(dict.fromkeys(one.service for one in evidence.series))
        metrics = tuple(dict.fromkeys(one.metric for one in evidence.series))
        length = max((one.step * len(one.points) for one in evidence.series), default=0.0)
        said.append(f"{', '.join(metrics)} of {', '.join(services)} over {minutes(length)}")
    if evidence.baseline:
        said.append("the same metrics at a comparable time before")
    if evidence.errors:
        said.append(f"{sum(one.count for one in evidence.errors):.0f} failed requests by code")
    if evidence.changes:
        said.append(_changes(evidence))
    if evidence.alerts:
        said.append(f"{len(evidence.alerts)} firing alerts")
    if evidence.providers:
        said.append(f"the status of {', '.join(one.provider for one in evidence.providers)}")
    if evidence.nodes:
        said.append(f"what runs on {len(evidence.nodes)} nodes")
    if evidence.certificates:
        said.append(f"{len(evidence.certificates)} certificates")
    if evidence.logs:
        said.append(f"{len(evidence.logs)} log lines")
    return tuple(said)


def _changes(evidence: Evidence) -> str:
    kinds = [one.kind for one in evidence.changes]
    words = f"{kinds.count('deployment')} deployments and {kinds.count('config')} configuration changes"
    prompts = kinds.count("prompt")
    return words + (f" and {prompts} changes of prompts" if prompts else "")
