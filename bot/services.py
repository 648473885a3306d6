"""Everything that the faces use, built in app.py and handed down."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from bot.charts import Charts
from bot.desk import Desk
from bot.identity import Identity
from bot.live import Live
from bot.outbox import Outbox
from config.catalogue import Catalogue
from config.clock import Clock
from config.people import People
from config.settings import Settings
from integrations.actions import Actions
from integrations.ports import Sources
from integrations.registry import Health
from runbooks.approvals import Approvals
from runbooks.dispatcher import Dispatcher
from runbooks.loader import Library
from runbooks.schedules import Schedules
from runbooks.service import Runbooks
from store.engine import Database


@dataclass(frozen=True)
class Services:
    """`not_ready()` gives the reasons why requests cannot be served yet (empty: ready).

    `charts` draws chart blocks for faces that show pictures. `health` checks each configured integration; `clock` is
    the domain's time, `wall` the leases'.
    """

    settings: Settings
    database: Database
    desk: Desk
    outbox: Outbox
    live: Live
    charts: Charts
    identity: Identity
    runbooks: Runbooks
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
