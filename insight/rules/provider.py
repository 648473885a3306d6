"""A model provider fails."""

from __future__ import annotations

from insight.evidence import Cause, Remedy
from insight.facts import ProviderStatus
from insight.rules.weighing import LATER, MOSTLY, Weighing, minutes
from insight.symptoms import Picture


def provider_rule(picture: Picture) -> tuple[Cause, ...]:
    """A model provider that fails: by its own word, or by the errors of the service that uses it."""
    causes = []
    for status in picture.evidence.providers:
        for service in status.used_by:
            if service not in picture.symptoms:
                continue
            weighed = _weigh(picture, status, service)
            if weighed is not None:
                causes.append(_provider(picture, status, service, weighed))
    return tuple(causes)


def _weigh(picture: Picture, status: ProviderStatus, service: str) -> Weighing | None:
    weighed = Weighing()
    share, since = picture.upstream_share(service), picture.since(service)
    named = picture.lines_naming(service, status.provider)
    if status.state != "operational":
        weighed.add(0.6, f"{status.provider} reports: {status.summary}")
        if since is not None and abs(since - status.since) <= LATER:
            weighed.add(0.2, f"{service} fell sick within {minutes(abs(since - status.since))} of it")
    elif share is not None and share >= MOSTLY and named >= 3 and not picture.sick_below(service):
        weighed.add(0.4, f"{service} fails on its calls of {status.provider}")
        weighed.add(-0.05, f"the status page of {status.provider} says: {status.summary}")
    else:
        return None
    if share is not None and share >= MOSTLY:
        weighed.add(0.1, f"{share:.0%} of the failed requests of {service} came from something it calls")
    elif share is not None and 1 - share >= MOSTLY:
        weighed.add(-0.2, f"{1 - share:.0%} of the failed requests failed in {service} itself")
    if named:
        weighed.add(0.1, f"{named} error lines of {service} name {status.provider}")
    return weighed


def _provider(picture: Picture, status: ProviderStatus, service: str, weighed: Weighing) -> Cause:
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
        explains=picture.sick_with(service),
    )
