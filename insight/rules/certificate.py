"""A certificate expired."""

from __future__ import annotations

from insight.errors import code_share
from insight.evidence import Cause, Remedy
from insight.rules.weighing import Weighing, minutes
from insight.signs import BAD_CERTIFICATE
from insight.symptoms import Picture, Telling

#: how far from the instant of expiry the first symptom may lie, seconds
_AT_ONCE = 240.0
_LINES = 3
#: codes of proxies for a TLS handshake that failed
_TLS = ("495", "496", "525", "526")


def certificate_rule(picture: Picture) -> tuple[Cause, ...]:
    """A service whose certificate is past its end, or that its callers say so of, and that fails since then."""
    causes = []
    for service in picture.calls:
        if not picture.sick_with(service):
            continue
        weighed = _weigh(picture, service)
        if weighed is not None:
            causes.append(
                weighed.cause(
                    "certificate",
                    service,
                    f"the certificate of {service} has expired",
                    Remedy(
                        "certificate-renewal",
                        {"service": service, "environment": picture.evidence.environment},
                    ),
                    picture.sick_with(service),
                )
            )
    return tuple(causes)


def _weigh(picture: Picture, service: str) -> Weighing | None:
    ends = [one.expires_at for one in picture.evidence.certificates if one.service == service]
    expired = max(ends, default=picture.at + 1.0) <= picture.at
    own = picture.telling(service, BAD_CERTIFICATE) if service in picture.symptoms else None
    if own is not None and _of_what_it_calls(picture, service, own):
        own = None
    told = [
        said
        for caller in picture.sick_above(service)
        if (said := picture.telling(caller, BAD_CERTIFICATE, naming=service)) is not None
    ]
    if not expired and own is None and not told:
        return None
    weighed = Weighing()
    if expired:
        weighed.add(0.5, f"it ended {minutes(picture.at - max(ends))} ago")
        _weigh_instant(picture, service, max(ends), weighed)
    elif ends:
        weighed.add(
            -0.4, f"the certificate of {service} that is known is good for {_days(min(ends) - picture.at)}"
        )
    if share := code_share(picture.evidence.errors, service, *_TLS):
        weighed.add(0.15, f"{share:.0%} of its failed requests failed in the TLS handshake")
    if own is not None:
        told.append(own)
    if lines := sum(one.count for one in told):
        weighed.add(0.55 if lines >= _LINES else 0.3, f"{lines} lines such as: {told[0].words}")
    return weighed


def _of_what_it_calls(picture: Picture, service: str, own: Telling) -> bool:
    """Whether its lines are about the certificate of another service."""
    return any(
        picture.telling(service, BAD_CERTIFICATE, naming=other) is not None
        for other in picture.evidence.dependencies.get(service, ())
    )


def _weigh_instant(picture: Picture, service: str, ended: float, weighed: Weighing) -> None:
    began = [at for name in picture.sick_with(service) if (at := picture.since(name)) is not None]
    if not began:
        return
    nearest = min(abs(at - ended) for at in began)
    if nearest <= _AT_ONCE:
        weighed.add(0.3, f"the trouble began within {minutes(nearest)} of that")
    else:
        weighed.add(-0.3, f"the trouble began {minutes(nearest)} from that")


def _days(seconds: float) -> str:
    return f"{seconds / 86_400:.0f} days more"
