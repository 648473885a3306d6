"""How far a plan, a dry run and the engine reach into the actions, and how an action's errors come back."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Mapping
from typing import Any, TypeVar

from pydantic import ValidationError

from config.errors import BadRequest
from integrations.actions import Action, Actions, Change, Context, Effect, Happened, Inputs
from integrations.errors import IntegrationError, TimedOut

T = TypeVar("T")
_log = logging.getLogger(__name__)


class Harmless:
    """What a plan and a dry run may do: reads, and the `plan` of writes. From here no write's `run` is reached."""

    def __init__(self, actions: Actions) -> None:
        self.__actions = actions

    def effect(self, name: str) -> Effect:
        """Raises IntegrationError for an unknown name."""
        return _known(self.__actions, name).effect

    def summary(self, name: str) -> str:
        return _known(self.__actions, name).summary

    def check(self, name: str, inputs: Mapping[str, Any]) -> dict[str, Any]:
        """The inputs as the action will get them, defaults filled in. Raises BadRequest."""
        return checked(_known(self.__actions, name), inputs).model_dump(mode="json")

    async def read(self, name: str, context: Context, inputs: Mapping[str, Any]) -> dict[str, Any]:
        """The output of a read as JSON. Raises IntegrationError."""
        action = _known(self.__actions, name)
        if action.effect != "read":
            raise BadRequest(f"{name} is a {action.effect}; a plan only reads.")
        given = checked(action, inputs)
        return await run_action(action, context, given, action.timeout)

    async def plan(self, name: str, context: Context, inputs: Mapping[str, Any]) -> Change:
        """The exact change a write would make. Raises IntegrationError."""
        action = _known(self.__actions, name)
        if action.plan is None:
            raise BadRequest(f"{name} is a {action.effect}; only writes have a plan.")
        return await _border(action, action.plan(context, checked(action, inputs)), action.timeout)


async def run_action(action: Action, context: Context, given: Inputs, timeout: float) -> dict[str, Any]:
    """The action's output as JSON. Raises IntegrationError; after `timeout` wall seconds TimedOut."""
    output = await _border(action, action.run(context, given), timeout)
    return output.model_dump(mode="json")


async def did_happen(action: Action, context: Context, given: Inputs, before: Mapping[str, Any]) -> Happened:
    """The action's own word on whether the change took place; an error of asking is `cannot tell`."""
    if action.happened is None:
        return "cannot tell"
    try:
        return await _border(action, action.happened(context, given, before), action.timeout)
    except IntegrationError:
        return "cannot tell"


def checked(action: Action, inputs: Mapping[str, Any]) -> Inputs:
    """The inputs as the action's model. Raises BadRequest naming the input and what is wanted."""
    try:
        return action.inputs.model_validate(dict(inputs))
    except ValidationError as err:
        first = err.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise BadRequest(f"{action.name} input {where!r}: {first['msg'].lower()}.") from err


def _known(actions: Actions, name: str) -> Action:
    action = actions.get(name)
    if action is None:
        raise IntegrationError(f"The action {name} is not set up here; configure its integration.")
    return action


async def _border(action: Action, call: Awaitable[T], timeout: float) -> T:
    """The face towards the authors of actions: whatever their code raises comes back as one of our few kinds."""
    try:
        async with asyncio.timeout(timeout):
            return await call
    except TimeoutError as err:
        raise TimedOut(f"{action.name} did not answer within {timeout:g} s.") from err
    except IntegrationError:
        raise
    except Exception as err:
        error_id = secrets.token_hex(4)
        _log.exception("action %s broke (error %s)", action.name, error_id)
        raise IntegrationError(
            f"{action.name} broke ({type(err).__name__}); error {error_id} is in the log."
        ) from err
