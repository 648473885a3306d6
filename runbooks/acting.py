"""One call of an action and what is known of it afterwards: done, not done, or nobody can tell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from config.clock import Clock
from integrations.actions import Action, Context, Inputs
from integrations.errors import IntegrationError
from runbooks.reach import did_happen, run_action

#: domain seconds between two questions whether a change took place
ASK_EVERY = 2.0

OnUnknown = Literal["probe", "ask", "repeat"]


@dataclass(frozen=True, slots=True)
class Result:
    """`yes` with the output; `no`: certainly nothing was changed, or trying again is harmless; `cannot tell`."""

    happened: Literal["yes", "no", "cannot tell"]
    output: Mapping[str, Any]
    why: str = ""


@dataclass(frozen=True, slots=True)
class Call:
    """An action with its inputs. `before` is what a write changes from; `timeout` in seconds."""

    action: Action
    context: Context
    given: Inputs
    before: Mapping[str, Any]
    timeout: float
    on_unknown: OnUnknown = "probe"

    @property
    def repeatable(self) -> bool:
        return self.action.effect == "read" or self.action.idempotent


async def act(call: Call, clock: Clock) -> Result:
    """Call the action; when its answer is lost, find out what it did."""
    began = clock.now()
    try:
        return Result("yes", await run_action(call.action, call.context, call.given, call.timeout))
    except IntegrationError as err:
        if err.happened is False:
            return Result("no", {}, str(err))
        return await find_out(call, began, clock, str(err))


async def find_out(call: Call, began: float, clock: Clock, why: str) -> Result:
    """Whether a call that began at `began` and whose answer is lost took place.

    A change that is not there yet may still come while the call's time runs, unless repeating it is harmless.
    """
    if call.action.happened is None:
        return Result("no" if call.repeatable else "cannot tell", {}, why)
    if call.on_unknown == "ask":
        return Result("cannot tell", {}, why)
    if call.on_unknown == "repeat" and call.repeatable:
        return Result("no", {}, why)
    until = began + call.timeout
    while True:
        word = await did_happen(call.action, call.context, call.given, call.before)
        if word == "yes":
            return Result("yes", {}, why)
        if (word == "no" and call.repeatable) or clock.now() >= until:
            return Result(word, {}, why)
        await clock.sleep(min(ASK_EVERY, until - clock.now()))
