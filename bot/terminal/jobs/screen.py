"""One reader's screen: answers, posts, approvals and runs as the ledger has them at the moment they are shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import RenderableType
from rich.text import Text

from bot.expand import named_in
from bot.services import Services
from bot.terminal import render
from bot.terminal.context import program
from bot.terminal.look import Look, View, make_console, plain, shows_unicode
from bot.terminal.ticket import approval_card, run_card
from bot.ticket import deciders
from bot.times import zone_of
from config.people import Person


class Screen:
    """What is shown goes to stdout, as `person` reads it; in a conversation (`talking`) one approves by saying so."""

    def __init__(self, services: Services, person: Person, talking: bool = False) -> None:
        self._services = services
        self.person = person
        acting = " --as NAME" if services.settings.mode == "demo" else ""
        self._approve = "approve {id}" if talking else f"{program()} approvals approve {{id}}{acting}"
        self.console = make_console()

    def look(self, views: Mapping[str, View] | None = None) -> Look:
        return Look(
            zone=zone_of(self.person.zone),
            now=self._services.clock.now(),
            unicode=shows_unicode(self.console),
            views=views or {},
            deciders=self.deciders,
            approve=self._approve,
        )

    def show(self, *items: RenderableType) -> None:
        for item in items:
            self.console.print(item)

    def say(self, words: str, style: str = "") -> None:
        self.console.print(plain(words, style))

    async def reply(self, body: Mapping[str, Any]) -> None:
        """An answer or a post, with what it names read from the ledger now. Raises StoreError."""
        body = self._services.redact.tree(body)
        views = await self._services.database.read(lambda conn: named_in(conn, body))
        self.show(render.reply(body, self.look(views), self.console.width), Text())

    def approval(self, view: View) -> None:
        self.show(approval_card(view, self.look()))

    def run(self, view: View) -> None:
        self.show(run_card(view, self.look()))

    def deciders(self, view: View) -> Sequence[str]:
        return deciders(view, self._services.people)
