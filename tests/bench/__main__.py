"""python -m tests.bench [--only NAME …] [--short] [--write] [--seed N]

Prints one table a bench: promise, measured, kept. `--write` puts what was measured into docs/benchmarks.md.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from tests.bench import (
    bench_callback,
    bench_charts,
    bench_console,
    bench_conversation,
    bench_model,
    bench_rest,
    bench_safety,
    bench_slack,
    bench_start,
    bench_workers,
    diagnosis,
)
from tests.bench.report import Options, Result, machine, table, write

PAGE = Path(__file__).parents[2] / "docs" / "benchmarks.md"
HEAD = """# Benchmarks

Made by `make bench ARGS=--write`; `python -m tests.bench --only NAME` gives one section anew. The left column says what
is promised. CPU time and counts come first, for they say the same on a busy machine; wall time is beside them. What
kill -9 does is in [reliability.md](reliability.md).
"""
BENCHES: dict[str, Callable[[Options], Result]] = {
    "start": bench_start.run,
    "rest": bench_rest.run,
    "conversation": bench_conversation.run,
    "callback": bench_callback.run,
    "workers": bench_workers.run,
    "safety": bench_safety.run,
    "diagnosis": diagnosis.run,
    "console": bench_console.run,
    "charts": bench_charts.run,
    "model": bench_model.run,
    "slack": bench_slack.run,
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description="Measure what is promised.")
    parser.add_argument("--only", nargs="+", choices=list(BENCHES), default=list(BENCHES), metavar="NAME")
    parser.add_argument(
        "--short", action="store_true", help="fewer messages: a quick look, no figures to keep"
    )
    parser.add_argument("--write", action="store_true", help=f"put the sections into {PAGE.name}")
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    if asked.write and asked.short:
        parser.error("--short gives no figures to keep: leave out --write")
    on, results = machine(), []
    print(on, f"· seed {asked.seed}")
    for name in asked.only:
        results.append(BENCHES[name](Options(asked.short, asked.seed)))
        print(table(results[-1]), flush=True)
        if asked.write:
            write(PAGE, HEAD, results[-1:], f"{on}, seed {asked.seed}")
    return 0 if all(result.ok for result in results) else 1


if __name__ == "__main__":
    sys.exit(main())
