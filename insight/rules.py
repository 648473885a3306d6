"""Rules that turn a picture into possible causes. A rule knows one kind of cause and says what speaks against it too.

Scores are sums of weights set by hand and measured on seeded cases by tests/bench/bench_diagnosis.py.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from insight.evidence import Cause, Remedy
from insight.facts import Change, ProviderStatus
from insight.symptoms import Picture

Rule = Callable[[Picture], tuple[Cause, ...]]

#: how long after a release its first symptom may come, seconds: surely, and still possibly
_SOON = 300.0
_LATER = 900.0
#: how much earlier than the release a symptom may seem to begin: one step of the series
_EARLY = 60.0
#: a trouble of something a service calls explains its own when it began no later than this after it, seconds
_TOGETHER = 90.0
#: the part of failed requests from which they are held to come from others, or from the service itself
_MOSTLY = 0.6


@dataclass
class _Weighing:
    score: float
    pro: list[str] = field(default_factory=list)
    contra: list[str] = field(default_factory=list)

    def add(self, weight: float, words: str) -> None:
        self.score += weight
        (self.pro if weight > 0 else self.contra).append(words)

    @property
    def settled(self) -> float:
        return round(min(1.0, max(0.0, self.score)), 3)


def minutes(seconds: float) -> str:
    """A length of time in words."""
    if seconds < 90:
        return f"{max(0, round(seconds))} s"
    return f"{round(seconds / 60)} min"


def release_rule(picture: Picture) -> tuple[Cause, ...]:
    """A deployment of a sick service shortly before it fell sick, when nothing that it calls explains it better."""
    causes = []
    for change in picture.evidence.changes:
        if change.kind != "deployment" or not change.succeeded or change.service not in picture.calls:
            continue
        weighed = _weigh_release(picture, change)
        if weighed is not None:
            causes.append(_release(change, weighed))
    return tuple(causes)


def _weigh_release(picture: Picture, change: Change) -> _Weighing | None:
    service = change.service
    if service in picture.symptoms:
        since = picture.since(service)
    elif picture.unseen(service) and picture.sick_above(service):
        since = min(
            (at for one in picture.sick_above(service) if (at := picture.since(one)) is not None),
            default=None,
        )
    else:
        return None
    weighed = _Weighing(0.0)
    if since is None:
        weighed.add(
            0.35,
            f"{change.after} was released before the window that was looked at, and the trouble is older",
        )
    elif -_EARLY <= since - change.at <= _LATER:
        soon = since - change.at <= _SOON
        weighed.add(
            0.6 if soon else 0.4, f"the trouble began {minutes(since - change.at)} after {change.after}"
        )
    else:
        return None
    _weigh_place(picture, service, since, weighed)
    _weigh_codes(picture, service, weighed)
    if any(one.metric == "eval_score" for one in picture.symptoms.get(service, ())):
        weighed.add(0.1, f"the answers of {service} became worse, not only slower")
    if lines := picture.lines_naming(service, change.after):
        weighed.add(0.1, f"{lines} error lines of {service} name {change.after}")
    return weighed


def _weigh_place(picture: Picture, service: str, since: float | None, weighed: _Weighing) -> None:
    """Whether the trouble begins here or in something that the service calls."""
    earlier = [
        name
        for name in picture.sick_below(service)
        if (began := picture.since(name)) is None or since is None or began <= since + _TOGETHER
    ]
    if earlier:
        weighed.add(-0.4, f"{', '.join(earlier)}, which {service} calls, {_is(earlier)} in trouble too")
    elif service in picture.symptoms:
        weighed.add(0.1, f"nothing that {service} calls is in trouble")
    else:
        weighed.add(-0.1, f"no metric of {service} itself could be read")
    for status in picture.evidence.providers:
        if status.state != "operational" and service in status.used_by:
            weighed.add(-0.4, f"{status.provider}, which {service} uses, reports: {status.summary}")


def _weigh_codes(picture: Picture, service: str, weighed: _Weighing) -> None:
    share = picture.upstream_share(service)
    if share is None:
        return
    if share >= _MOSTLY:
        weighed.add(-0.15, f"{share:.0%} of the failed requests of {service} came from something it calls")
    elif 1 - share >= _MOSTLY:
        weighed.add(0.15, f"{1 - share:.0%} of the failed requests failed in {service} itself")


def _is(names: list[str]) -> str:
    return "is" if len(names) == 1 else "are"


def _release(change: Change, weighed: _Weighing) -> Cause:
    return Cause(
        kind="release",
        service=change.service,
        summary=f"the release of {change.after} to {change.service} (before: {change.before})",
        score=weighed.settled,
        evidence_for=tuple(weighed.pro),
        evidence_against=tuple(weighed.contra),
        remedy=Remedy("rollback-service", {"service": change.service, "environment": change.environment}),
        change=change,
    )


def provider_rule(picture: Picture) -> tuple[Cause, ...]:
    """A model provider that fails: by its own word, or by the errors of the service that uses it."""
    causes = []
    for status in picture.evidence.providers:
        for service in status.used_by:
            if service not in picture.symptoms:
                continue
            weighed = _weigh_provider(picture, status, service)
            if weighed is not None:
                causes.append(_provider(picture, status, service, weighed))
    return tuple(causes)


def _weigh_provider(picture: Picture, status: ProviderStatus, service: str) -> _Weighing | None:
    weighed = _Weighing(0.0)
    share, since = picture.upstream_share(service), picture.since(service)
    named = picture.lines_naming(service, status.provider)
    if status.state != "operational":
        weighed.add(0.6, f"{status.provider} reports: {status.summary}")
        if since is not None and abs(since - status.since) <= _LATER:
            weighed.add(0.2, f"{service} fell sick within {minutes(abs(since - status.since))} of it")
    elif share is not None and share >= _MOSTLY and named >= 3 and not picture.sick_below(service):
        weighed.add(0.4, f"{service} fails on its calls of {status.provider}")
        weighed.add(-0.05, f"the status page of {status.provider} says: {status.summary}")
    else:
        return None
    if share is not None and share >= _MOSTLY:
        weighed.add(0.1, f"{share:.0%} of the failed requests of {service} came from something it calls")
    elif share is not None and 1 - share >= _MOSTLY:
        weighed.add(-0.2, f"{1 - share:.0%} of the failed requests failed in {service} itself")
    if named:
        weighed.add(0.1, f"{named} error lines of {service} name {status.provider}")
    return weighed


def _provider(picture: Picture, status: ProviderStatus, service: str, weighed: _Weighing) -> Cause:
    others = [
        one.provider for one in picture.evidence.providers if one.state == "operational" and one != status
    ]
    inputs = {"service": service, "environment": picture.evidence.environment}
    remedy = Remedy("provider-failover", {**inputs, "to": others[0]}) if others else None
    if not others:
        weighed.contra.append("no other provider is known to be well, so there is nowhere to fail over to")
    return Cause(
        kind="provider",
        service=service,
        summary=f"{status.provider}, the model provider that {service} uses, fails",
        score=weighed.settled,
        evidence_for=tuple(weighed.pro),
        evidence_against=tuple(weighed.contra),
        remedy=remedy,
        provider=status.provider,
    )


#: every rule, by the kind of cause it knows
RULES: tuple[Rule, ...] = (release_rule, provider_rule)
