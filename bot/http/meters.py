"""What /metrics shows. Labels are closed sets: no name, id or text of a person becomes one."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from store.model_calls import PURPOSES, Total
from store.transitions import RUN

_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
BEAT = 0.5


class Meters:
    """One registry of our own for one web application."""

    def __init__(self, beat: float = BEAT) -> None:
        self._beat = beat
        self.registry = CollectorRegistry()
        self._messages = Counter(
            "copilot_messages",
            "Messages by what was understood and how it went",
            ("intent", "outcome"),
            registry=self.registry,
        )
        self._seconds = Histogram(
            "copilot_message_seconds",
            "From receiving a message to its answer",
            buckets=_BUCKETS,
            registry=self.registry,
        )
        self._inbox = Gauge("copilot_inbox_waiting", "Inbox rows not done yet", registry=self.registry)
        self._outbox = Gauge(
            "copilot_outbox_unsent", "Posts a face has still to send", registry=self.registry
        )
        self._runs = Gauge("copilot_runs", "Runs by status", ("status",), registry=self.registry)
        self._asked = Gauge(
            "copilot_model_calls",
            "Calls of the language model in the last 24 hours",
            ("purpose", "outcome"),
            registry=self.registry,
        )
        self._tokens = Gauge(
            "copilot_model_tokens",
            "Tokens it took in the last 24 hours",
            ("purpose",),
            registry=self.registry,
        )
        self._spent = Gauge(
            "copilot_model_usd", "USD it cost in the last 24 hours", ("purpose",), registry=self.registry
        )
        self._lag = Gauge(
            "copilot_loop_lag_seconds",
            "Longest delay of the event loop since the last reading",
            registry=self.registry,
        )
        self._longest = 0.0

    def message(self, intent: str, outcome: str, seconds: float) -> None:
        self._messages.labels(intent, outcome).inc()
        self._seconds.observe(seconds)

    def backlog(self, inbox: int, outbox: int, runs: Mapping[str, int]) -> None:
        """Set what is counted in the database; `runs` by status, missing ones are none."""
        self._inbox.set(inbox)
        self._outbox.set(outbox)
        for status in RUN:
            self._runs.labels(status).set(runs.get(status, 0))

    def model(self, totals: Sequence[Total]) -> None:
        """Set what the language model took; what is not among `totals` is none."""
        self._asked.clear()
        for one in totals:
            self._asked.labels(one.purpose, one.outcome).set(one.calls)
        for purpose in PURPOSES:
            of = [one for one in totals if one.purpose == purpose]
            self._tokens.labels(purpose).set(sum(one.tokens for one in of))
            self._spent.labels(purpose).set(sum(one.usd for one in of))

    def page(self) -> bytes:
        """The exposition text; reading it starts a new measure of the loop's lag."""
        self._lag.set(self._longest)
        self._longest = 0.0
        return generate_latest(self.registry)

    async def feel(self) -> None:
        """Measure the event loop's lag until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + self._beat
            await asyncio.sleep(self._beat)
            self._longest = max(self._longest, loop.time() - due)
