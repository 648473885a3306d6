"""`demo`: one incident from alert to verified fix. Everything on the screen comes from the running system."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from rich.rule import Rule
from rich.text import Text

from bot import digest
from bot.desk import Incoming
from bot.services import Services
from bot.terminal import render
from bot.terminal.context import Opener
from bot.terminal.jobs import ledger
from bot.terminal.jobs.caller import Seat, take_seat
from bot.terminal.jobs.faults import company_of
from bot.terminal.jobs.follow import follow, taken_up
from bot.terminal.jobs.screen import Screen
from bot.terminal.look import View, plain
from bot.times import lasted, moment
from config.clock import ScaledClock
from config.errors import CopilotError
from config.settings import Demo, Settings
from graph import cards
from insight.facts import Alert
from integrations.actions import Context, Output
from integrations.demo.faults import OPENING, start_fault
from store.records import Outgoing

T = TypeVar("T")

#: how much faster the story's time goes than ours
FASTER = 20.0
#: simulated seconds for which the service has been in trouble when the story begins
BROKEN_FOR = 240.0
#: wall seconds that any one thing of the story may take
PATIENCE = 15.0
SERVICE, ENVIRONMENT = "rag-api", "production"


class WentWrong(CopilotError):
    """Something did not happen as the story tells it."""


async def run(opener: Opener, *, folder: Path) -> None:
    """Play it in `folder`. Raises WentWrong when the system does anything else than the story says."""
    settings = Settings.model_construct(mode="demo", data_dir=folder, demo=Demo(incident=False))
    async with opener.open(work=True, clock=ScaledClock(FASTER), settings=settings) as services:
        await Story(services).play()


class Story:
    """Maria asks and is refused, priya approves."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._maria = take_seat(services, "maria", conversation="story")
        self._priya = take_seat(services, "priya", conversation="story.priya")
        self._screen = Screen(services, self._maria.person)
        self._posts: asyncio.Queue[Outgoing] = asyncio.Queue()

    async def send(self, post: Outgoing) -> str:
        """Posts to maria's conversation are kept until the story comes to them."""
        await self._posts.put(post)
        return "story"

    async def play(self) -> None:
        self._services.outbox.attach(self._maria.place, self)
        self._screen.say(
            f"An invented company, its own database, no network. One second here is {FASTER:.0f} there.",
            "dim",
        )
        alert = await self._alert()
        incident = await self._record("incidents.open", "open", title=alert.summary, alert_id=alert.id)
        self._screen.say(f"maria opens incident {incident['id']}.")
        offer = await self._diagnosis()
        approval = await self._proposal(offer)
        await self._refusal(approval)
        run = await self._approval(approval)
        await self._over(alert, run, incident["id"])

    async def _alert(self) -> Alert:
        """Break the fleet and wait for its own monitors to notice."""
        self._chapter(1, "An alert fires")
        clock = self._services.clock
        await start_fault(company_of(self._services), OPENING, clock.now() - BROKEN_FOR, SERVICE)
        alert = await self._until("an alert fires", self._firing)
        since = moment(alert.started_at, self._screen.look().zone, clock.now())
        facts = {
            "Alert": alert.name,
            "Service": f"{alert.service} in {alert.environment}",
            "Says": alert.summary,
        }
        self._show(cards.facts({**facts, "Since": since, "Severity": alert.severity}))
        return alert

    async def _firing(self) -> Alert | None:
        assert self._services.sources.alerts is not None
        found = await self._services.sources.alerts.firing()
        return next((one for one in found if (one.service, one.environment) == (SERVICE, ENVIRONMENT)), None)

    async def _diagnosis(self) -> str:
        """Ask why; returns the words of the offered remedy."""
        self._chapter(2, "maria asks why")
        body = await self._ask(self._maria, f"why is {SERVICE} slow in {ENVIRONMENT}?")
        says = [
            option["say"]
            for block in body["blocks"]
            if block["type"] == "choices"
            for option in block["options"]
        ]
        offered = [say for say in says if "roll back" in say.lower()]
        self._expect(bool(offered), "the diagnosis offers the rollback", f"it offered {says}")
        return str(offered[0])

    async def _proposal(self, offer: str) -> View:
        self._chapter(3, "She takes the offer: the dry run shows what would change")
        body = await self._ask(self._maria, offer)
        self._expect(bool(body["approval"]), "the rollback waits for approval", str(body["text"]))
        return await self._pending(str(body["approval"]))

    async def _refusal(self, approval: View) -> None:
        self._chapter(4, "She may not approve her own change in production")
        await self._ask(self._maria, f"approve {approval['id']}")
        view = await self._pending(approval["id"])
        self._expect(view["status"] == "pending", "her own approval is refused", f"it is {view['status']}")

    async def _approval(self, approval: View) -> View:
        self._chapter(5, "priya approves, and every step is seen as it happens")
        await self._ask(self._priya, f"approve {approval['id']}")
        view = await self._pending(approval["id"])
        self._expect(view["status"] == "approved", "priya's approval counts", f"it is {view['status']}")
        await taken_up(self._services, view["run_id"])
        run = await follow(self._services, self._screen, view["run_id"])
        self._expect(run["status"] == "succeeded", "the run succeeds", run["status"])
        self._chapter(6, "What maria reads in her conversation: verified, with the figures")
        while True:
            post = await self._until("the result is posted", self._posts.get)
            if post.key.startswith("ended:"):
                break
        await self._screen.reply(post.body)
        return run

    async def _over(self, alert: Alert, run: View, incident: str) -> None:
        self._chapter(7, "maria looks for herself")
        body = await self._ask(
            self._maria, f"error rate of {SERVICE} in {ENVIRONMENT} in the last 15 minutes"
        )
        self._expect(
            any(block["type"] == "chart" for block in body["blocks"]), "there is a chart", body["text"]
        )
        self._chapter(8, "The alert is over, the incident closed; the digest, from ledger and ports")
        await self._until("the alert ends", self._quiet)
        words = f"{alert.name} of {SERVICE} is over. maria closes incident {incident}."
        await self._record(
            "incidents.resolve", "resolve", incident=incident, text=f"Mended by run {run['id']}."
        )
        self._screen.say(words)
        found = await digest.digest(self._services, run["id"], since=alert.started_at, incident=incident)
        self._expect(found.audit.ok, "the audit chain is whole", found.audit.why)
        self._expect(
            found.incident is not None and found.incident.status == "resolved", "the incident is closed", ""
        )
        for one in found.figures:
            better = one.before is not None and one.after is not None and one.after < one.before
            self._expect(better, f"{one.metric} is better than before", f"{one.before} → {one.after}")
        names = {person.id: person.name for person in self._services.people.by_id.values()}
        self._show(*digest.blocks(found, names))
        took = lasted(found.until - found.since)
        self._screen.show(Text())
        self._screen.say(
            f"From alert to verified fix in {took} of the company's time. Now yours: make run", "bold"
        )

    async def _quiet(self) -> bool | None:
        return True if await self._firing() is None else None

    async def _ask(self, seat: Seat, text: str) -> Mapping[str, Any]:
        """Say it as that person, show the answer."""
        self._screen.say(f"{seat.person.id}> {text}", "bold")
        incoming: Incoming = seat.says(text)
        body = await self._services.desk.ask(incoming)
        await self._screen.reply(body)
        return body

    async def _record(self, action: str, step: str, **inputs: object) -> Mapping[str, Any]:
        """A record that needs no more than an operator's word."""
        found = self._services.actions.get(action)
        if found is None:
            raise WentWrong(f"The story expected that the demo company can do {action}; it cannot.")
        person, place, now = self._maria.person.id, self._maria.place, self._services.clock.now()
        context = Context("story", step, f"story:{step}", person, ENVIRONMENT, place, now)
        if step == "open":
            inputs = {"service": SERVICE, "environment": ENVIRONMENT, **inputs}
        output: Output = await found.run(context, found.inputs.model_validate(inputs))
        return output.model_dump()

    async def _pending(self, approval_id: str) -> View:
        return await self._services.database.read(lambda conn: ledger.approval_of(conn, approval_id))

    async def _until(self, what: str, look: Callable[[], Awaitable[T | None]]) -> T:
        """What `look` gives as soon as it gives something. Raises WentWrong."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE):
                while (found := await look()) is None:
                    await self._services.wall.sleep(0.1)
                return found
        raise WentWrong(
            f"The story expected that {what}, and waited {PATIENCE:.0f} s. Its data and log are kept."
        )

    def _expect(self, held: bool, what: str, found: str) -> None:
        if not held:
            raise WentWrong(f"The story expected that {what}; instead: {found}. Its data and log are kept.")

    def _chapter(self, number: int, words: str) -> None:
        self._screen.show(Text(), Rule(plain(f"{number} · {words}", "bold"), align="left", style="dim"))

    def _show(self, *blocks: Mapping[str, Any]) -> None:
        look = self._screen.look()
        self._screen.show(render.blocks(blocks, look, self._screen.console.width), Text())
