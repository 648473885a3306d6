"""Slack over HTTP: how soon an event is acknowledged, stored in the inbox, and how soon its answer stands in Slack."""

from __future__ import annotations

import asyncio

from tests.bench.report import Options, Result, Row, at_most
from tests.bench.served import free_port, place, running
from tests.bench.slack_load import Plan, Seen, generate
from tests.support.slack.sender import SECRET
from tests.support.slack.server import TOKEN


def run(options: Options) -> Result:
    """1,000 events at 100/s, 1,500 at 300/s, 200 questions at 5/s; a tenth of that in the short form."""
    result = Result("slack", "Slack", "python -m tests.bench --only slack")
    share = 0.1 if options.short else 1.0
    with place("sqlite") as (folder, url):
        api = free_port()
        keys = {
            "COPILOT_MODE": "demo",
            "COPILOT_SLACK__BOT_TOKEN": TOKEN,
            "COPILOT_SLACK__SIGNING_SECRET": SECRET.decode(),
            "COPILOT_SLACK__API_URL": f"http://127.0.0.1:{api}/api/",
        }
        with running(folder, url, more=keys) as server:
            asyncio.run(server.ready())
            pid, port = server.process.pid, server.port
            calm = generate(folder, Plan(port, api, pid, int(1_000 * share), 100.0))
            busy = generate(folder, Plan(port, api, pid, int(1_500 * share), 300.0))
            asked = generate(
                folder, Plan(port, api, pid, int(200 * share), 5.0, "why is rag-api slow?", command=True)
            )
    result.rows += [
        at_most("ack p95 at 100 events/s", 20.0, 1000 * calm.quantile("acked", 0.95), "ms", _beside(calm), 1),
        at_most("ack p95 at 300 events/s", 500.0, 1000 * busy.quantile("acked", 0.95), "ms", _beside(busy), 0),
        at_most("ack, longest", 3000.0, 1000 * max(calm.acked + busy.acked), "ms", digits=0),
        Row("no event refused", f"{calm.refused + busy.refused + asked.refused}", calm.refused == 0),
        at_most(
            "from `/ops why is rag-api slow?` to the posted answer, p95", 150.0,
            1000 * asked.quantile("posted", 0.95), "ms", f"{len(asked.posted)} of {len(asked.acked) + 1}", 0,
        ),
    ]  # fmt: skip
    result.notes.append("The Web API that is posted to, and who sends the events, are one other process.")
    return result


def _beside(seen: Seen) -> str:
    each = 1000 * seen.cpu / max(1, len(seen.acked))
    return f"p50 {1000 * seen.quantile('acked', 0.5):.1f} ms, {each:.2f} ms CPU each with its answer"
