"""Everything that the faces use, built in app.py and handed down."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from bot.charts import Charts
from bot.desk import Desk
from bot.identity import Identity
from bot.live import Live
from bot.outbox import Outbox
from bot.stream import Chunk, Streams
from config.catalogue import Catalogue
from config.clock import Clock
from config.people import People
from config.redaction import Redactor
from config.settings import Settings
from graph.llm.model import LanguageModel
from integrations.actions import Actions
from integrations.ports import Sources
from integrations.registry import Health
from runbooks.approvals import Approvals
from runbooks.dispatcher import Dispatcher
from runbooks.loader import Library
from runbooks.records import Records
from runbooks.schedules import Schedules
from runbooks.service import Runbooks
from store.engine import Database


@dataclass(frozen=True)
class Services:
    """`not_ready()` gives the reasons why requests cannot be served yet (empty: ready).

    `charts` draws chart blocks for faces that show pictures. `health` checks each configured integration; `clock` is
    the domain's time, `wall` the leases'.
    Faces show nothing from the ledger or from outside that did not go through `redact`.
    `model` is the language model, None when none is configured.
    """

    settings: Settings
    database: Database
    desk: Desk
    outbox: Outbox
    live: Live
    charts: Charts
    identity: Identity
    runbooks: Runbooks
    records: Records
    approvals: Approvals
    schedules: Schedules
    dispatcher: Dispatcher
    library: Library
    catalogue: Catalogue
    people: People
    actions: Actions
    sources: Sources
    health: Mapping[str, Callable[[], Awaitable[Health]]]
    clock: Clock
    wall: Clock
    token_key: bytes
    not_ready: Callable[[], list[str]]
    redact: Redactor = field(default_factory=Redactor)
    streams: Streams = field(default_factory=Streams)
    model: LanguageModel | None = None

    def stream(self, request_id: str) -> AsyncGenerator[Chunk]:
        """The answer of a request while it is being made, piece by piece, until it is stored (bot/stream.py)."""
        return self.streams.watch(request_id)
