"""Tokens and money are spent on nothing more than before."""

from __future__ import annotations

from insight.evidence import Cause, Remedy
from insight.rules.weighing import FULL, MORE, Weighing, just_changed, requests, verb
from insight.signs import SPENT_AGAIN
from insight.symptoms import Picture

#: as many times the usual spending is worth a cause
_MUCH = 1.5


def cost_rule(picture: Picture) -> tuple[Cause, ...]:
    """A service that spends many more tokens, or dollars, on each request."""
    causes = []
    for service in picture.symptoms:
        spent = {
            metric: ratio
            for metric in ("cost", "tokens")
            if (ratio := picture.ratio(service, metric)) is not None and ratio >= _MUCH
        }
        if picture.has(service, "cost", "tokens"):
            weighed = _weigh(picture, service, spent)
            inputs = {"service": service, "environment": picture.evidence.environment}
            times = (
                f"{max(spent.values()):.1f} times its usual {' and '.join(spent)}" if spent else "too much"
            )
            causes.append(
                weighed.cause(
                    "cost",
                    service,
                    f"{service} spends {times} on its requests",
                    Remedy("token-cap", inputs),
                    (service,),
                )
            )
    return tuple(causes)


def _weigh(picture: Picture, service: str, spent: dict[str, float]) -> Weighing:
    weighed = Weighing()
    rose = " and ".join(f"{name} is {ratio:.1f} times the usual" for name, ratio in spent.items())
    weighed.add(0.4, rose or f"an alert says that {service} costs too much")
    own = picture.ratio(service, "throughput")
    if own is not None and own < MORE:
        weighed.add(0.2, f"requests are {own:.1f} times the usual")
    elif own is not None:
        weighed.add(-0.5, f"requests are {own:.1f} times the usual, and each of them costs")
    elif others := [
        name for name in picture.calls if name != service and (requests(picture, name) or 0.0) >= MORE
    ]:
        weighed.add(
            -0.4, f"{', '.join(others)} {verb(others)} busier than usual too, as if there were more requests"
        )
    if (picture.now(service, "saturation") or 0.0) >= FULL:
        weighed.add(-0.2, f"{service} is at the end of what it can bear, as if it got more requests")
    if len(spent) > 1:
        weighed.add(0.1, "tokens and cost rose together")
    if (lines := picture.telling(service, SPENT_AGAIN)) is not None:
        weighed.add(0.2, f"{lines.count} lines such as: {lines.words}")
    if picture.has(service, "error_rate") and not picture.sick_below(service):
        weighed.add(-0.15, f"{service} fails requests too")
    elif not picture.has(service, "error_rate") and picture.now(service, "error_rate") is not None:
        weighed.add(0.05, f"{service} fails no more requests than usual")
    if (change := just_changed(picture, service, "config", "prompt")) is not None:
        weighed.add(0.05, f"shortly before: {change.summary}")
    return weighed
