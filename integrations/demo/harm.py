"""What each breakage does at full strength. Known in this folder alone."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Harm:
    """What one fault does at full strength to the service it strikes.

    `latency` and `ttft` are shares added to the usual value (1.0 doubles it), `errors` a ratio of requests added,
    `score` is taken off the eval score. `codes` are (code, share); `passed_*` is what callers of the service see.
    """

    latency: float
    ttft: float
    errors: float
    score: float
    codes: tuple[tuple[str, float], ...]
    lines: tuple[str, ...]
    passed_codes: tuple[tuple[str, float], ...]
    passed_lines: tuple[str, ...]


BAD_RELEASE = Harm(
    latency=1.7,
    ttft=0.5,
    errors=0.12,
    score=0.2,
    codes=(("500", 0.85), ("504", 0.15)),
    lines=(
        "500 {path}: KeyError: 'citations' in answer_builder.assemble (version {version})",
        "500 {path}: TypeError: 'NoneType' object is not subscriptable in ranker.merge (version {version})",
        "slow request: {path} took {slow} ms, 94% in answer_builder.assemble (version {version})",
    ),
    passed_codes=(("502", 0.7), ("504", 0.3)),
    passed_lines=(
        "502 {path}: call to {origin} failed: 500 Internal Server Error",
        "call to {origin} took {slow} ms",
    ),
)

OUTAGE = Harm(
    latency=1.9,
    ttft=3.2,
    errors=0.3,
    score=0.02,
    codes=(("502", 0.45), ("503", 0.35), ("429", 0.2)),
    lines=(
        "upstream {provider} answered 503 Service Unavailable, attempt 3 of 3",
        "upstream {provider} answered 429 Too Many Requests, retry after 20 s",
        "502 {path}: upstream {provider}: connection reset before headers",
        "first token from {provider} after {slow} ms",
    ),
    passed_codes=(("502", 0.65), ("503", 0.35)),
    passed_lines=(
        "502 {path}: call to {origin} failed: 503 upstream unavailable",
        "call to {origin} took {slow} ms",
    ),
)
