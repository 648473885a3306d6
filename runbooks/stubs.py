"""Actions that answer what was recorded and change nothing: the world of a case."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from pydantic import TypeAdapter, ValidationError

from integrations.actions import Action, Actions, Change, Context, Happened, Inputs, Output
from integrations.chat import chat_actions
from integrations.errors import Refused, TimedOut, Unavailable
from runbooks.casefile import Case, Outcome, Write


@dataclass
class Stubs:
    """`writes` are the writes that took place (undos too), `posts` what was said, `problems` what was not recorded."""

    case: Case
    writes: list[str] = field(default_factory=list)
    posts: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    _asked: dict[str, int] = field(default_factory=dict)
    _called: dict[str, int] = field(default_factory=dict)
    _done: set[str] = field(default_factory=set)
    _unclear: set[str] = field(default_factory=set)

    def actions(self, real: Actions) -> Actions:
        """Every action as it is declared, with the recorded world behind it."""
        stubbed = {name: self._stub(action) for name, action in real.by_name.items()}
        if "chat.post" in real.by_name:
            stubbed |= {one.name: one for one in chat_actions(self)}
        return Actions(stubbed)

    async def post(self, key: str, place: str, body: Mapping[str, Any]) -> None:
        self.posts.append(str(body["text"]))

    def _stub(self, action: Action) -> Action:
        if action.effect == "read":
            return replace(action, run=self._reader(action))
        if action.plan is None:
            return replace(action, run=self._recorder(action))
        write = self.case.writes.get(action.name, Write())

        async def plan(context: Context, inputs: Inputs) -> Change:
            targets = write.targets if write.targets is not None else _named(inputs)
            after = write.after or inputs.model_dump(mode="json", exclude_none=True)
            return Change(write.before, after, targets, f"{action.name} {_words(inputs)}")

        async def happened(context: Context, inputs: Inputs, before: Mapping[str, Any]) -> Happened:
            if context.key in self._unclear:
                return "cannot tell"
            return "yes" if context.key in self._done else "no"

        return replace(action, run=self._writer(action, write), plan=plan, happened=happened)

    def _reader(self, action: Action) -> Any:
        async def run(context: Context, inputs: Inputs) -> Output:
            answers = self.case.answers(action.name)
            if not answers:
                return self._problem(f"{action.name} was read and has no answer under `reads`")
            place = self._asked.get(action.name, 0)
            self._asked[action.name] = place + 1
            return self._output(action, answers[min(place, len(answers) - 1)])

        return run

    def _recorder(self, action: Action) -> Any:
        async def run(context: Context, inputs: Inputs) -> Output:
            return self._output(action, self.case.writes.get(action.name, Write()).output)

        return run

    def _writer(self, action: Action, write: Write) -> Any:
        async def run(context: Context, inputs: Inputs) -> Output:
            place = self._called.get(action.name, 0)
            self._called[action.name] = place + 1
            outcome: Outcome = write.outcomes[min(place, len(write.outcomes) - 1)]
            if outcome == "refused":
                raise Refused(f"{action.name} was refused, as the case says.")
            if outcome == "unavailable":
                err = Unavailable(f"{action.name} could not be reached, as the case says.")
                err.happened = False
                raise err
            if outcome == "unknown":
                self._unclear.add(context.key)
                raise TimedOut(f"{action.name} did not answer, as the case says.")
            self._done.add(context.key)
            self.writes.append(f"{action.name} {_words(inputs)}")
            if outcome == "answer lost":
                raise TimedOut(f"The answer of {action.name} was lost, as the case says.")
            return self._output(action, write.output)

        return run

    def _output(self, action: Action, answer: Mapping[str, Any]) -> Output:
        known = action.output.model_fields
        strange = [key for key in answer if key not in known]
        if strange:
            return self._problem(f"{action.name} gives no {strange[0]!r}; it gives {', '.join(known)}")
        try:
            read = {
                key: TypeAdapter[Any](known[key].annotation or Any).validate_python(answer[key])
                for key in answer
            }
        except ValidationError as err:
            return self._problem(f"{action.name} does not answer so: {err.errors()[0]['msg'].lower()}")
        return action.output.model_construct(**read)

    def _problem(self, what: str) -> Output:
        if what not in self.problems:
            self.problems.append(what)
        raise Refused(f"{what}.")


def _words(inputs: Inputs) -> str:
    given = inputs.model_dump(mode="json", exclude_none=True)
    return " ".join(f"{key}={value}" for key, value in given.items())


def _named(inputs: Inputs) -> tuple[str, ...]:
    service = getattr(inputs, "service", None)
    return (service,) if isinstance(service, str) else ()
