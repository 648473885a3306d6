"""Messages over REST: CPU each, how many a second, how late at a steady rate; then where the CPU goes."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from tests.bench import stages
from tests.bench.load import Figures, Plan, generate
from tests.bench.mix import CHANGES, MIX
from tests.bench.report import Options, Result, Row, at_least, at_most
from tests.bench.served import place, running

CONNECTIONS = 32
RATE = 50.0


def run(options: Options) -> Result:
    """2,000 messages in a closed loop and 40 s at 50/s; 300 and 8 s in the short form."""
    result = Result("rest", "Messages over REST", "python -m tests.bench --only rest")
    whole = 0.0
    messages, warm, seconds = (300, 100, 8) if options.short else (2_000, 300, 40)
    for kind in ("sqlite", "postgresql"):
        with place(kind) as (folder, url), running(folder, url) as server:
            asyncio.run(server.ready())
            pids = (server.process.pid,)
            plan = Plan(server.port, pids, messages, warm, CONNECTIONS, seed=options.seed)
            closed = generate(folder, plan)
            paced = generate(folder, Plan(server.port, pids, int(RATE * seconds), 0, 64, RATE, options.seed))
        result.rows += _rows(kind, closed, paced)
        whole = closed.cpu / max(1, closed.sent) if kind == "sqlite" else whole
        result.notes += _notes(kind, closed, paced)
    result.rows += _split(asyncio.run(stages.measure(options)), whole)
    result.notes.append(
        f"The mix: {len(MIX)} texts that no intent has as an example, {len(CHANGES)} of them ask for a rollback, "
        f"in an order by seed {options.seed}. No answer is kept for reuse. The load generator is another process "
        "on the same machine and its CPU is not counted."
    )
    return result


def _split(parts: Sequence[stages.Stage], whole: float) -> list[Row]:
    rest = stages.Stage(
        "desk, event loop, threads", whole - sum(one.cpu for one in parts), "what is left of the whole"
    )
    return [
        Row(f"SQLite, of that: {one.name}", f"{1000 * one.cpu:.2f} ms CPU ({one.what})")
        for one in (*parts, rest)
    ]


def _rows(kind: str, closed: Figures, paced: Figures) -> list[Row]:
    name = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}[kind]
    each = 1000 * closed.cpu / max(1, closed.sent)
    late = [f"{1000 * paced.quantile(share):.0f}" for share in (0.5, 0.99, 1.0)]
    spent = 1000 * paced.cpu / max(1, paced.sent)
    beside = f"p50 {late[0]}, p99 {late[1]}, longest {late[2]} ms; {spent:.2f} ms CPU each"
    errors = closed.errors + paced.errors
    return [
        at_most(f"{name}: CPU a message", 5.0, each, "ms", f"{closed.sent} messages, {CONNECTIONS} at once"),
        at_least(f"{name}: messages in one process", 200.0, closed.sent / closed.seconds, "/s"),
        at_most(f"{name}: p95 at {RATE:.0f}/s", 50.0, 1000 * paced.quantile(0.95), "ms", beside, 0),
        Row(f"{name}: 0 errors", f"{errors} of {closed.sent + paced.sent}", errors == 0),
    ]


def _notes(kind: str, closed: Figures, paced: Figures) -> list[str]:
    read = f"{kind}: {100 * closed.as_meant / max(1, closed.sent):.0f} % of the texts were read as meant."
    return [read, *(f"{kind}: {words}" for words in [*closed.wrong, *paced.wrong])]
