"""kill -9 at random moments of many incidents (tests/chaos/killing.py), as a scene."""

from __future__ import annotations

from collections import Counter

from tests.bench.report import Row
from tests.chaos.killing import FACTOR, SERVICES, ended, shard
from tests.chaos.scenes import Scene


def _rows(counts: Counter[str]) -> list[Row]:
    inside, begun = counts["kills inside a run"], counts["kills inside a step"]
    answers = ", ".join(f"{counts[key]} {key[9:]}" for key in sorted(counts) if key.startswith("unknown: "))
    unknown = f"{counts['unknown outcomes']}, each said and answered by a person ({answers or 'none'})"
    given_up = counts["messages given up, and that was said"]
    return [
        Row("· inside a run", f"{inside} (a step begun in {begun}, a write in {counts['kills inside a write']})"),
        Row("· outside a run, counted apart", str(counts["rounds"] - inside)),
        Row("· while a message was handled", str(counts["kills while a message was handled"])),
        Row("stories told", f"{counts['stories']}; {counts['messages acknowledged']} messages acknowledged"),
        Row("requests sent again, same key", f"{counts['sent again']}, and {counts['repeats']} after their answer"),
        Row("messages killed at each of five tries, and said to be given up", str(given_up)),
        Row("runs, each of three writes", ended(counts)),
        Row("· claimed again after a kill", str(counts["runs claimed again"])),
        Row("· in which at least two writes were done", str(counts["runs with several writes"])),
        Row("outcomes that nobody could know", unknown),
        Row("real effects", f"{counts['acts']}, asked for twice: {counts['acts asked for twice']}"),
        Row("audit rows, chain verified", str(counts["audit rows"])),
    ]  # fmt: skip


SCENE = Scene(
    name="kill",
    title="kill -9",
    play=shard,
    rounds=500,
    part=50,
    short=6,
    headline=lambda counts: (
        f"{counts['rounds']} kill -9 over {counts['runs with several writes']} runs that did two writes or three: "
        "lost, twice, stuck or broken"
    ),
    rows=_rows,
    notes=(f"{len(SERVICES)} clients at once; the company's clock runs {FACTOR:g} times as fast.",),
    kinds=("sqlite", "postgresql"),
)
