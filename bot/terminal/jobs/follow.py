"""Watches a run and says each step as it changes: one line a change, so that a pipe shows the same as a screen."""

from __future__ import annotations

from rich.text import Text

from bot.services import Services
from bot.terminal.jobs import ledger
from bot.terminal.jobs.screen import Screen
from bot.terminal.look import View, plain
from bot.terminal.ticket import state, step_line
from bot.terminal.times import clock_time

#: what a run may still leave by itself; in any other state nothing more happens without a person
MOVING = frozenset({"queued", "running", "undoing"})
OVER = frozenset({"succeeded", "failed", "rolled_back", "cancelled"})
#: a step in one of these says nothing that its next state does not
_QUIET = frozenset({"new"})


async def follow(services: Services, screen: Screen, run_id: str, *, quiet: bool = False) -> View:
    """Show every change until the run is over, or waits for a person. Returns its last view. Raises NotFound."""
    seen: dict[str, str] = {}
    async for _ in services.live.watch(run_id):
        view = await services.database.read(lambda conn: ledger.run_of(conn, run_id))
        if not quiet:
            _say(screen, view, seen)
        if view["status"] not in MOVING:
            return view
    raise AssertionError("a watch ends only when its reader stops")


def _say(screen: Screen, view: View, seen: dict[str, str]) -> None:
    look = screen.look()
    now = plain(f"{clock_time(look.now, look.zone)}  ", "dim")
    for step in view["steps"]:
        told = f"{step['status']} {step['attempts']}"
        if step["status"] in _QUIET or seen.get(step["id"]) == told:
            continue
        seen[step["id"]] = told
        screen.show(Text.assemble(now, plain(f"{step['id']:<10} "), step_line(step, look)))
    if seen.get("") != view["status"]:
        seen[""] = view["status"]
        if view["status"] != "queued":
            screen.show(Text.assemble(now, plain(f"{'run':<10} "), state(view["status"], look)))
