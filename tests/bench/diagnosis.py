"""Is the diagnosis right? The cases of bench_diagnosis as rows of the common table."""

from __future__ import annotations

from tests.bench import bench_diagnosis
from tests.bench.report import Options, Result, Row


def run(options: Options) -> Result:
    """200 cases; 40 in the short form."""
    cases = 40 if options.short else 200
    found = bench_diagnosis.run(cases, options.seed)
    result = Result("diagnosis", "Diagnosis", "python -m tests.bench --only diagnosis")
    result.rows = [
        _share("true cause first", 0.90, found.right_first, found.faulty),
        _share("healthy called healthy", 0.95, found.called_healthy, found.healthy),
        _share("rule removed: says it does not know", 1.0, found.unknown_without_rule, found.without_rule),
        Row("CPU a diagnosis, gathering included", f"{1000 * found.cpu_seconds / max(1, cases):.1f} ms, cold caches"),
    ]  # fmt: skip
    result.notes = [
        f"{cases} cases, seed {options.seed}: {found.disturbed} with an innocent deployment of another "
        f"service within 15 minutes, {found.missing} facts missing.",
        *found.wrong[:5],
    ]
    return result


def _share(what: str, wanted: float, right: int, of: int) -> Row:
    share = right / max(1, of)
    return Row(f"{what} ≥ {100 * wanted:.0f} %", f"{100 * share:.1f} % ({right} of {of})", share >= wanted)
