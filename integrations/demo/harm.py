"""What each breakage does at full strength. Known in this folder alone."""

from __future__ import annotations

from dataclasses import dataclass

#: (code, share of the failed requests)
Codes = tuple[tuple[str, float], ...]

#: what a service writes whose trouble is more than one call away
FAR_LINES = ("502 {path}: call to {via} failed: 502 Bad Gateway", "call to {via} took {slow} ms")


@dataclass(frozen=True, slots=True)
class Moves:
    """What a trouble does to metrics at full strength.

    `errors` is a ratio of requests added, `score` is taken off the eval score; `memory`, `cpu` and `saturation` are
    ratios added; all others are shares added to the usual value (1.0 doubles it, -0.2 takes a fifth).
    """

    latency: float = 0.0
    ttft: float = 0.0
    errors: float = 0.0
    score: float = 0.0
    throughput: float = 0.0
    tokens: float = 0.0
    cost: float = 0.0
    gpu: float = 0.0
    memory: float = 0.0
    cpu: float = 0.0
    queue: float = 0.0
    saturation: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class Harm:
    """One breakage: what it does to the service it strikes, and to those that call it (`passed` None: nothing).

    `warnings` are lines of requests that went well in spite of it: a part `loud` of all at full strength. Each harm is
    one object, equal to itself alone: effects that hold it are cheap to hash.
    """

    own: Moves
    passed: Moves | None
    codes: Codes = ()
    lines: tuple[str, ...] = ()
    passed_codes: Codes = (("502", 0.7), ("504", 0.3))
    passed_lines: tuple[str, ...] = FAR_LINES
    warnings: tuple[str, ...] = ()
    loud: float = 0.0


def _failing(latency: float, ttft: float, errors: float, score: float) -> Moves:
    """A service that fails and is slow loses requests and queues up."""
    return Moves(
        latency=latency,
        ttft=ttft,
        errors=errors,
        score=score,
        throughput=-0.18,
        tokens=-0.25,
        cost=-0.1,
        gpu=-0.1,
        memory=0.05,
        cpu=0.08,
        queue=3.0,
        saturation=0.22,
    )


_BAD_RELEASE = _failing(latency=1.7, ttft=0.5, errors=0.12, score=0.2)
BAD_RELEASE = Harm(
    own=_BAD_RELEASE,
    passed=_BAD_RELEASE,
    codes=(("500", 0.85), ("504", 0.15)),
    lines=(
        "500 {path}: KeyError: 'citations' in answer_builder.assemble (version {label})",
        "500 {path}: TypeError: 'NoneType' object is not subscriptable in ranker.merge (version {label})",
        "slow request: {path} took {slow} ms, 94% in answer_builder.assemble (version {label})",
    ),
    passed_lines=(
        "502 {path}: call to {via} failed: 500 Internal Server Error",
        "call to {via} took {slow} ms",
    ),
)

_OUTAGE = _failing(latency=1.9, ttft=3.2, errors=0.3, score=0.02)
OUTAGE = Harm(
    own=_OUTAGE,
    passed=_OUTAGE,
    codes=(("502", 0.45), ("503", 0.35), ("429", 0.2)),
    lines=(
        "upstream {label} answered 503 Service Unavailable, attempt 3 of 3",
        "upstream {label} answered 429 Too Many Requests, retry after 20 s",
        "502 {path}: upstream {label}: connection reset before headers",
        "first token from {label} after {slow} ms",
    ),
    passed_codes=(("502", 0.65), ("503", 0.35)),
    passed_lines=(
        "502 {path}: call to {via} failed: 503 upstream unavailable",
        "call to {via} took {slow} ms",
    ),
)

GPU_OOM = Harm(
    own=Moves(
        latency=1.1, ttft=1.8, errors=0.16, throughput=-0.3, tokens=-0.3, gpu=-0.25, memory=0.5, cpu=0.05, queue=3.0,
        saturation=0.2,
    ),
    passed=Moves(latency=1.1, ttft=0.8, errors=0.16, throughput=-0.1, tokens=-0.1, queue=1.0, saturation=0.05),
    codes=(("500", 0.6), ("503", 0.4)),
    lines=(
        "500 {path}: torch.OutOfMemoryError: CUDA out of memory. Tried to allocate {few}.{many} GiB. "
        "GPU 0 has {many} MiB free",
        "engine worker {few} died: torch.OutOfMemoryError: CUDA out of memory, restarting it",
        "503 {path}: the engine restarts, no worker is ready",
    ),
    passed_codes=(("502", 0.8), ("503", 0.2)),
    passed_lines=(
        "502 {path}: call to {via} failed: 503 the engine restarts",
        "call to {via} took {slow} ms",
    ),
    warnings=(
        "KV cache is full: sequence {many} preempted, it will be computed again",
        "a prompt of {many}00 tokens needs more KV cache blocks than are free",
    ),
    loud=0.2,
)  # fmt: skip

#: more requests than usual, at the service that they come in by
SURGE = Harm(
    own=Moves(throughput=1.5, tokens=1.5, cost=0.9, gpu=0.3, cpu=0.15, queue=0.6, saturation=0.12),
    passed=None,
)

#: more requests than the replicas of a service can bear
OVERLOADED = Harm(
    own=Moves(latency=1.9, ttft=1.6, errors=0.09, gpu=0.5, cpu=0.4, memory=0.06, queue=9.0, saturation=0.85),
    passed=Moves(latency=1.5, ttft=0.8, errors=0.09, queue=1.0, saturation=0.04),
    codes=(("503", 0.5), ("429", 0.3), ("504", 0.2)),
    lines=(
        "503 {path}: the queue is full ({many} wait), request rejected",
        "429 {path}: all {few}0 workers are busy, try again later",
        "504 {path}: waited {slow} ms in the queue, given up",
    ),
    passed_lines=(
        "502 {path}: call to {via} failed: 503 the queue is full",
        "call to {via} took {slow} ms",
    ),
    warnings=("{many} requests wait for a worker, usually fewer than 10",),
    loud=0.15,
)

INDEX_WORN = Harm(
    own=Moves(latency=2.2, ttft=0.3, errors=0.05, throughput=-0.06, cpu=0.4, memory=0.1, queue=9.0, saturation=0.85),
    passed=Moves(latency=1.6, ttft=0.6, errors=0.05, queue=1.0, saturation=0.04),
    codes=(("504", 0.6), ("503", 0.4)),
    lines=(
        "504 {path}: query gave up after {slow} ms, {many} index segments scanned",
        "503 {path}: the queue is full ({many} wait), query rejected",
    ),
    passed_lines=(
        "502 {path}: call to {via} failed: 504 Gateway Timeout",
        "call to {via} took {slow} ms",
    ),
    warnings=(
        "slow query: {slow} ms over {many} index segments, 61% of their rows are deleted",
        "index merge is behind: {many} segments wait",
    ),
    loud=0.25,
)  # fmt: skip

COST_SPIKE = Harm(
    own=Moves(latency=0.05, tokens=3.2, cost=3.2, gpu=0.1),
    passed=None,
    warnings=(
        "the answer was cut off at the token limit, asked again (attempt {few} of 9)",
        "prompt of {many}00 tokens: the whole conversation was sent again",
    ),
    loud=0.25,
)

PROMPT = Harm(
    own=Moves(errors=0.03, score=0.24, tokens=0.1, cost=0.08),
    passed=None,
    codes=(("422", 1.0),),
    lines=(
        "422 {path}: the answer is not the JSON that was asked for: expecting ',' delimiter (prompt {label})",
        "422 {path}: the model refused: 'I cannot help with that request' (prompt {label})",
    ),
    warnings=("the answer had to be repaired: field 'category' was missing (prompt {label})",),
    loud=0.12,
)

CERTIFICATE = Harm(
    own=Moves(errors=0.38, throughput=-0.6, cpu=-0.05),
    passed=Moves(latency=0.2, errors=0.5, throughput=-0.1, queue=0.5),
    codes=(("525", 1.0),),
    lines=("TLS handshake error from 10.4.{few}.{many}: remote error: tls: expired certificate",),
    passed_codes=(("502", 0.8), ("503", 0.2)),
    passed_lines=(
        "502 {path}: call to {via} failed: tls: failed to verify certificate: x509: certificate has expired or is not "
        "yet valid: current time is after {label}",
    ),
)

NEIGHBOUR = Harm(
    own=Moves(
        latency=1.7, ttft=1.2, errors=0.006, throughput=-0.03, gpu=0.7, cpu=0.3, memory=0.04, queue=2.5, saturation=0.12
    ),
    passed=Moves(latency=1.4, ttft=0.6, errors=0.004, queue=0.6, saturation=0.02),
    codes=(("504", 1.0),),
    lines=("504 {path}: deadline of 10 s exceeded, 9 s of it waiting for the processor",),
    passed_codes=(("504", 1.0),),
    passed_lines=("504 {path}: call to {via} took more than 10 s", "call to {via} took {slow} ms"),
    warnings=(
        "waited {slow} ms for a time slice, usually less than 20 ms",
        "throttled: {many} ms of the last second",
    ),
    loud=0.15,
)  # fmt: skip

_SLOW = Moves(latency=2.2, ttft=0.8, errors=0.004, throughput=-0.03, queue=1.2, saturation=0.05)
_SLOW_PASSED = Moves(latency=1.7, ttft=0.6, errors=0.004, throughput=-0.02, queue=0.8, saturation=0.03)
SLOW_POOL = Harm(
    own=_SLOW,
    passed=_SLOW_PASSED,
    codes=(("504", 1.0),),
    lines=("504 {path}: deadline of 10 s exceeded waiting for a connection of the pool",),
    passed_codes=(("504", 1.0),),
    passed_lines=("504 {path}: call to {via} took more than 10 s", "call to {via} took {slow} ms"),
    warnings=(
        "waited {slow} ms for a connection: all {few}0 are held by sessions that are idle in transaction",
        "lock wait of {slow} ms on session {many}",
    ),
    loud=0.2,
)
SLOW_CACHE = Harm(
    own=_SLOW,
    passed=_SLOW_PASSED,
    codes=(("504", 1.0),),
    lines=("504 {path}: deadline of 10 s exceeded reading past the cache",),
    passed_codes=(("504", 1.0),),
    passed_lines=("504 {path}: call to {via} took more than 10 s", "call to {via} took {slow} ms"),
    warnings=(
        "cache miss for {many} of 1000 keys, read in {slow} ms",
        "cache entry is older than its source, read again in {slow} ms",
    ),
    loud=0.2,
)

#: every harm that a trouble of troubles.py names
#: a service that hosts its models, until they are warm again; and answers that are too random
COLD = Harm(own=Moves(latency=0.15, ttft=0.6, gpu=-0.05), passed=None)
TOO_WARM = Harm(
    own=Moves(errors=0.008, score=0.12, tokens=0.15, cost=0.1),
    passed=None,
    codes=(("422", 1.0),),
    lines=("422 {path}: the answer is not the JSON that was asked for: expecting value (model {label})",),
)

HARMS: dict[str, Harm] = {
    "gpu-oom": GPU_OOM,
    "surge": SURGE,
    "overloaded": OVERLOADED,
    "index-worn": INDEX_WORN,
    "cost-spike": COST_SPIKE,
    "prompt": PROMPT,
    "certificate": CERTIFICATE,
    "neighbour": NEIGHBOUR,
    "slow-pool": SLOW_POOL,
    "slow-cache": SLOW_CACHE,
}
