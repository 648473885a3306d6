"""Watches a run and says each step as it changes: one line a change, so that a pipe shows the same as a screen."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.text import Text

from bot.services import Services
from bot.terminal.jobs import ledger
from bot.terminal.jobs.screen import Screen
from bot.terminal.look import View, plain
from bot.terminal.ticket import state, step_line
from bot.ticket import checked
from bot.times import lasted, parsed
from config.errors import Conflict

#: wall seconds given to whoever thinks about a decision until the run has left `waiting`
HANDED_ON = 15.0
#: domain seconds between two figures of a check that does not hold yet
LOOKS_TOLD = 30.0
#: what a run may still leave by itself; in any other state nothing more happens without a person
MOVING = frozenset({"queued", "running", "undoing"})


async def taken_up(services: Services, run_id: str) -> View:
    """The run once it does not wait any more, after its approval. Raises Conflict when that takes too long."""
    deadline = services.wall.now() + HANDED_ON
    async for _ in services.live.watch(run_id):
        view = await services.database.read(lambda conn: ledger.run_of(conn, run_id))
        if view["status"] != "waiting":
            return view
        if services.wall.now() > deadline:
            break
    raise Conflict(
        f"Run {run_id} is approved, but no worker has taken it up yet. It is kept for the next one."
    )


async def follow(services: Services, screen: Screen, run_id: str, *, quiet: bool = False) -> View:
    """Show every change until the run is over, or waits for a person. Returns its last view. Raises NotFound."""
    checks = await services.database.read(lambda conn: ledger.checks_of(conn, run_id))
    teller = _Teller(screen, checks)
    async for _ in services.live.watch(run_id):
        view = await services.database.read(lambda conn: ledger.run_of(conn, run_id))
        if not quiet:
            teller.tell(view)
        if view["status"] not in MOVING:
            return view
    raise AssertionError("a watch ends only when its reader stops")


class _Teller:
    """Says what is new since it last looked; `checks` is what is checked after each step."""

    def __init__(self, screen: Screen, checks: Mapping[str, str]) -> None:
        self._screen, self._checks = screen, checks
        self._seen: set[tuple[str, ...]] = set()

    def tell(self, view: View) -> None:
        look = self._screen.look()
        for step in view["steps"]:
            name, status = step["id"], step["status"]
            if status != "new" and self._new(name, status, str(step["attempts"])):
                bare = {**step, "output": _without_check(step.get("output"))}
                self._line(view, name, step_line(bare, look, view["inputs"]))
            if self._is_checked(view, step) and self._new(name, "checking"):
                self._line(view, name, plain(f"  is it well? {self._checks[name]}", "dim"))
            told = checked(step)
            if told is not None:
                self._checked(view, name, *told)
        if view["status"] != "queued" and self._new("run", view["status"]):
            self._line(view, "run", state(view["status"], look))

    def _checked(self, view: View, name: str, ok: bool | None, words: str) -> None:
        """The check's verdict once; until then its figure, every half minute of the company's time."""
        look = self._screen.look()
        if ok is None and self._new(name, "looked", str(int(look.now // LOOKS_TOLD))):
            self._line(view, name, plain(f"  {words}", "dim"))
        elif ok is not None and self._new(name, "checked"):
            self._line(view, name, Text.assemble(state("done" if ok else "failed", look), f"  {words}"))

    def _is_checked(self, view: View, step: Mapping[str, Any]) -> bool:
        return view["status"] == "running" and step["status"] == "done" and step["id"] in self._checks

    def _new(self, *fact: str) -> bool:
        fresh = fact not in self._seen
        self._seen.add(fact)
        return fresh

    def _line(self, view: View, name: str, words: Text) -> None:
        """With the time since the run began."""
        began = max(parsed(one) for one in (view["created_at"], view["started_at"]) if one)
        since = self._screen.look().now - began
        lead = plain(f"{f'+{lasted(since)}':>11}  ", "dim")
        self._screen.show(Text.assemble(lead, plain(f"{name:<10} "), words))


def _without_check(output: object) -> object:
    return (
        {key: one for key, one in output.items() if key != "verify"}
        if isinstance(output, Mapping)
        else output
    )
