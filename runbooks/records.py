"""Bookkeeping for which an operator's own word is enough: one action, once a key, between two rows of the audit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import Connection

from config.catalogue import Catalogue
from config.clock import Clock
from config.errors import Forbidden, NotFound
from config.people import Person
from integrations.actions import Action, Actions, Context, Inputs
from integrations.errors import IntegrationError
from runbooks.halt import Halted, refuse_when_halted
from runbooks.policy import Mode, Policy
from runbooks.reach import checked, run_action
from store import audit
from store.engine import Database
from store.records import AuditEntry

#: how often a call whose answer was lost is made again with the same key
_TRIES = 2
_UNKNOWN = "Whether it was done is not known: look before you ask for it again."
Step = Literal["asked", "done", "failed", "unknown", "refused"]


@dataclass(frozen=True, slots=True)
class Word:
    """One record that a person asks for. `key` is the same for every attempt; `place` is `face:conversation`."""

    action: str
    inputs: Mapping[str, Any]
    person: Person
    key: str
    place: str
    acting_as: str | None = None


@dataclass(frozen=True, slots=True)
class _Touches:
    environment: str
    targets: tuple[str, ...]
    owners: tuple[str, ...]


class Records:
    """Makes records: never without the person's right, and never without a row in the audit before it."""

    def __init__(
        self,
        database: Database,
        actions: Actions,
        policy: Policy,
        catalogue: Catalogue,
        clock: Clock,
        mode: Mode,
    ) -> None:
        self._database = database
        self._actions = actions
        self._policy = policy
        self._catalogue = catalogue
        self._clock = clock
        self._mode = mode

    def can(self, action: str) -> bool:
        """Whether an integration that is set up makes this record."""
        found = self._actions.get(action)
        return found is not None and found.effect == "record"

    async def record(self, word: Word) -> Mapping[str, Any]:
        """The action's output as JSON. Said again with the same key, nothing is done twice.

        Raises NotFound (nothing set up does this), BadRequest (inputs), Forbidden (no record; role, mode, policy),
        Halted, IntegrationError; StoreError before anything was done when the audit cannot be written.
        """
        action = self._known(word.action)
        given = checked(action, word.inputs)
        touches, now = self._touches(given), self._clock.now()
        refusal = self._policy.may_not_record(
            word.person, touches, mode=self._mode, now=now, place=word.place
        )
        if refusal is not None:
            await self._tell(word, given, "refused", why=refusal)
            raise Forbidden(refusal)
        await self._ask(word, given)
        return await self._carried_out(action, word, given, touches.environment)

    def _known(self, name: str) -> Action:
        action = self._actions.get(name)
        if action is None:
            raise NotFound(
                f"Nothing that is set up here can do {name}. Configure an integration that has it."
            )
        if action.effect != "record" or not action.idempotent:
            raise Forbidden(
                f"{name} is a {action.effect}, for which one person's word is not enough. Use a runbook that has it."
            )
        return action

    def _touches(self, given: Inputs) -> _Touches:
        """Where and on what: the environment unless said is the first of the catalogue."""
        fields = given.model_dump(mode="json")
        service = self._catalogue.services.get(fields.get("service") or "")
        return _Touches(
            fields.get("environment") or next(iter(self._catalogue.environments)),
            (str(fields["service"]),) if service is not None else (),
            (service.owner,) if service is not None else (),
        )

    async def _ask(self, word: Word, given: Inputs) -> None:
        """The row before the act, in the transaction that sees the kill switch. Raises Halted."""
        now = self._clock.now()

        def work(conn: Connection) -> None:
            refuse_when_halted(conn)
            audit.append(conn, _entry(word, given, "asked"), now)

        try:
            await self._database.write(work, durable=True)
        except Halted as err:
            await self._tell(word, given, "refused", why=str(err))
            raise

    async def _carried_out(
        self, action: Action, word: Word, given: Inputs, environment: str
    ) -> Mapping[str, Any]:
        context = Context(
            run_id="",
            step_id=word.action,
            key=word.key,
            requester=word.person.id,
            environment=environment,
            place=word.place,
            at=self._clock.now(),
        )
        for tried in range(1, _TRIES + 1):
            try:
                output = await run_action(action, context, given, action.timeout)
                break
            except IntegrationError as err:
                if err.happened is None and tried < _TRIES:
                    continue
                known: Step = "failed" if err.happened is False else "unknown"
                await self._tell(word, given, known, why=str(err))
                if known == "failed":
                    raise
                raise type(err)(f"{err} {_UNKNOWN}") from err
        await self._tell(word, given, "done", output=output)
        return output

    async def _tell(self, word: Word, given: Inputs, step: Step, **more: Any) -> None:
        now = self._clock.now()
        entry = _entry(word, given, step, **more)
        await self._database.write(lambda conn: audit.append(conn, entry, now), durable=True)


def _entry(word: Word, given: Inputs, step: Step, **more: Any) -> AuditEntry:
    detail = {
        "key": word.key,
        "place": word.place,
        "inputs": given.model_dump(mode="json", exclude_none=True),
        **more,
    }
    return AuditEntry(
        word.person.id, f"record.{step}", "action", word.action, acting_as=word.acting_as, detail=detail
    )
