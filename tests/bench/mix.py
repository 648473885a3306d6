"""The fixed mix that loads are made of: texts that no intent has among its examples, each with what is meant by it."""

from __future__ import annotations

from random import Random

READS: tuple[tuple[str, str], ...] = (
    ("metrics.query", "give me the p99 of checkout for the past two hours"),
    ("metrics.query", "embeddings throughput since this morning please"),
    ("metrics.query", "plot how many tokens summarizer burned over the last 3 hours"),
    ("metrics.query", "gpu utilisation on the vllm pool right now?"),
    ("metrics.query", "median latency, moderation, staging, last 30 minutes"),
    ("metrics.query", "what's our error percentage on billing at the moment"),
    ("metrics.query", "chart rag error rate in prod for the previous hour"),
    ("metrics.query", "time to first token of llm-gateway during the last 45 minutes"),
    ("metrics.query", "is the queue depth of inference-router growing?"),
    ("metrics.query", "how much did chat-frontend cost us per hour today"),
    ("metrics.query", "pull up p50 latency on search-gateway"),
    ("metrics.query", "requests per second hitting payments-api over the last quarter of an hour"),
    ("metrics.query", "draw p95 of the vector database since noon"),
    ("metrics.query", "let me see saturation of vllm-pool for the last 20 minutes"),
    ("metrics.query", "eval score of rag-api over the past day"),
    ("metrics.query", "failure rate for the summarizer, staging, one hour"),
    ("metrics.query", "whats the p95 latnecy of chekout"),
    ("metrics.query", "number of requests llm gateway served in the last 10 minutes"),
    ("metrics.query", "tokens per second of the router lately"),
    ("metrics.query", "could I get embeddings p99 for the last 6 hours"),
    ("metrics.query", "moderation's error ratio vs an hour ago"),
    ("metrics.query", "curve of billing latency, past 90 minutes, production"),
    ("diagnose.explain", "how come rag-api got so sluggish all of a sudden?"),
    ("diagnose.explain", "users complain that chat-frontend hangs, any idea?"),
    ("diagnose.explain", "what is going wrong with checkout"),
    ("diagnose.explain", "figure out what broke the llm gateway"),
    ("diagnose.explain", "why do we see so many failures on summarizer today"),
    ("diagnose.explain", "root cause for the latency of search-gateway?"),
    ("diagnose.explain", "payments-api looks unhealthy, investigate"),
    ("diagnose.explain", "explain the errors embeddings is throwing in staging"),
    ("diagnose.explain", "what's behind the slow answers of moderation"),
    ("diagnose.explain", "is something the matter with vector-db"),
    ("deploy.status", "which build of rag-api is live in production"),
    ("deploy.status", "what was shipped to checkout most recently"),
    ("deploy.status", "has the embeddings roll-out finished in staging?"),
    ("deploy.status", "tell me the version billing runs on stg"),
    ("deploy.status", "when did llm-gateway get its last release"),
    ("deploy.status", "list what went out to moderation lately"),
    ("deploy.status", "current release of summarizer on prod?"),
    ("deploy.status", "who deployed chat-frontend last"),
    ("help", "help"),
    ("help", "so what are you able to do for me"),
    ("help", "show me which questions you understand"),
    ("smalltalk", "morning, hope you slept well"),
    ("smalltalk", "cheers, that was quick"),
    ("smalltalk", "how are you doing today"),
    ("smalltalk", "nice one, thank you so much"),
    ("oos", "what is the capital of Portugal"),
    ("oos", "write a haiku about autumn leaves"),
    ("oos", "recommend a good pasta recipe"),
    ("oos", "who won the football match yesterday"),
    ("oos", "translate good evening into Italian"),
    ("approval.list", "approvals"),
    ("approval.list", "is anything waiting for somebody's sign-off?"),
    ("approval.list", "which approvals are open right now"),
    ("runbook.list", "runbooks"),
    ("run.status", "status"),
    ("unsure", "rag-api"),
    ("unsure", "checkuot staging ??"),
    ("unsure", "asdf qwer zxcv"),
    ("unsure", "the thing is broken again"),
    ("metrics.query", "latency of the warp-drive service"),
)  # fmt: skip

CHANGES: tuple[tuple[str, str], ...] = (
    ("deploy.rollback", "take rag-api in production back to the release before this one"),
    ("deploy.rollback", "revert embeddings on staging"),
    ("deploy.rollback", "billing in prod should go one version back"),
)

MIX: tuple[tuple[str, str], ...] = READS + CHANGES


def shuffled(seed: int, among: tuple[tuple[str, str], ...] = MIX) -> list[tuple[str, str]]:
    """The mix in an order that follows from the seed."""
    order = list(among)
    Random(seed).shuffle(order)
    return order
