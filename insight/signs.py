"""What log lines of services, runtimes and databases say when a certain thing is wrong.

Words that the programs themselves write (PyTorch, vLLM, Go and OpenSSL TLS, PostgreSQL, Kubernetes, HTTP proxies,
model clients), not those of one company.
"""

from __future__ import annotations

import re


def _any(*words: str) -> re.Pattern[str]:
    return re.compile("|".join(words), re.IGNORECASE)


#: an accelerator or a process ran out of memory
OUT_OF_MEMORY = _any(
    r"out of memory", r"outofmemory", r"oom.?killed", r"oom-kill", r"exit(?:ed with)?(?: code)? 137",
    r"kv cache (?:is )?full", r"cannot allocate memory", r"kv cache blocks",
)  # fmt: skip
#: … and it was an accelerator
ACCELERATOR = _any(r"\bcuda\b", r"\bgpu\b", r"kv cache", r"\bhbm\b", r"\bvram\b")
#: a peer's certificate is not accepted
BAD_CERTIFICATE = _any(
    r"certificate (?:has )?expired", r"expired certificate", r"x509:", r"certificate.verify.failed",
    r"tls:? (?:handshake|failed to verify)", r"ssl handshake failed", r"sslv3 alert certificate",
)  # fmt: skip
#: more work than workers
QUEUE_FULL = _any(
    r"queue (?:is )?full", r"workers? (?:are|is) busy", r"too many (?:concurrent|in.?flight|connections)",
    r"resource.?exhausted", r"overloaded", r"concurrency limit", r"wait(?:ed .{0,12})? (?:in the queue|for a worker)",
    r"backlog",
)  # fmt: skip
#: an index, its segments or its tables want maintenance
WORN_INDEX = _any(
    r"index segments?", r"segments? (?:wait|scanned|merge)", r"merge is behind", r"compaction", r"vacuum",
    r"dead tuples", r"rows are deleted", r"fragment(?:ed|ation)",
)  # fmt: skip
#: a service waits for something inside itself that a restart frees
STUCK = _any(
    r"idle in transaction", r"lock wait", r"lock timeout", r"deadlock", r"for a connection",
    r"connection pool (?:timeout|exhausted)", r"gc pause", r"stop.the.world", r"thread starvation",
)  # fmt: skip
#: … or reads past a cache that no longer helps
COLD_CACHE = _any(r"cache.?miss", r"past the cache", r"cache entry", r"stale (?:cache|entry)", r"evict")
#: tokens are spent again and again for one answer
SPENT_AGAIN = _any(
    r"asked again", r"cut off at", r"finish_reason\W+length", r"retry(?:ing)? .{0,30}completion",
    r"prompt of (?:\d+|<n>) tokens", r"context.?length", r"maximum context", r"sent again",
)  # fmt: skip
#: a model's answer is not of the wanted form, or it declined
MALFORMED = _any(
    r"not the json", r"json.?decode", r"expecting .{1,20}delimiter", r"does not match the schema", r"schema validation",
    r"cannot help with", r"model refused", r"had to be repaired", r"outputparser",
    r"failed to parse (?:the )?(?:answer|output)",
)  # fmt: skip
#: the machine gives less time than before
STARVED = _any(
    r"throttl", r"time slice", r"steal time", r"waiting for the (?:gpu|processor|cpu)", r"waited .{1,14} for a gpu",
    r"cpu pressure", r"noisy",
)  # fmt: skip
#: a call to another service went wrong or took long
CALL = _any(r"call to ", r"upstream ", r"connect(?:ion)? to ", r"calling ")
