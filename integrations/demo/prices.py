"""What the demo company pays: models by the token, machines by the replica. All in USD; a month has 730 hours."""

from __future__ import annotations

from config.catalogue import Service
from integrations.demo.noise import key_of, unit

HOURS = 730.0
#: USD per million tokens, input and output blended, and of a model that is not listed
PRICES = {
    "gpt-4": 30.0,
    "gpt-4-turbo": 10.0,
    "gpt-4o": 4.0,
    "claude-3-opus": 24.0,
    "llama-3-8b": 0.1,
    "llama-3-70b": 0.6,
    "mistral-large": 3.0,
}
_UNLISTED = 2.0
#: USD a month of one replica
_ACCELERATORS = {"A100 80GB": 2190.0, "L40S 48GB": 949.0}
_CPU = 146.0


def replicas(service: str, environment: str) -> int:
    """How many replicas a service has before anybody scales it."""
    return 2 + key_of(service, environment) % 7


def accelerator(seed: int, service: str, one: Service) -> str | None:
    """The GPU each replica has; None without one."""
    if not one.gpu:
        return None
    return list(_ACCELERATORS)[key_of(seed, "accelerator", service) % len(_ACCELERATORS)]


def replica(seed: int, service: str, one: Service) -> float:
    """USD a month of one replica."""
    kind = accelerator(seed, service, one)
    return _ACCELERATORS[kind] if kind else _CPU


def price(model: str) -> float:
    """USD per million tokens."""
    return PRICES.get(model, _UNLISTED)


def billed(one: Service, model: str) -> float:
    """USD per token for the service: nothing for what runs on its own GPUs."""
    return 0.0 if one.gpu else price(model) / 1e6


def shares(seed: int, service: str, one: Service) -> dict[str, float]:
    """Which part of the service's tokens goes through each model, 0 to 1: the cheaper ones do more of the work."""
    models = one.models or ((one.provider,) if one.provider else ())
    weights = {m: (0.5 + unit(seed, "share", service, m)) / price(m) ** 0.5 for m in models}
    total = sum(weights.values())
    return {model: weight / total for model, weight in weights.items()}


def per_token(seed: int, service: str, one: Service) -> float:
    """USD of one token of the service, over its models."""
    return sum(share * billed(one, model) for model, share in shares(seed, service, one).items())
