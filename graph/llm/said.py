"""What goes to a language model and what comes back, without its SDK."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

Role = Literal["system", "user", "assistant", "tool"]
#: an OpenAI function declaration: {"type": "function", "function": {name, description, parameters}}
Declared = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Call:
    """A tool that the model wants called. `wrong` says why its arguments cannot be read."""

    id: str
    name: str
    arguments: Mapping[str, Any]
    wrong: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One message of the talk. `of` is the id of the call that a tool's line answers."""

    role: Role
    text: str
    calls: tuple[Call, ...] = ()
    of: str = ""


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens as the endpoint counted them; `counted` False: it did not say, they are estimated."""

    tokens_in: int = 0
    tokens_out: int = 0
    counted: bool = False


@dataclass(slots=True)
class Said:
    """One whole answer."""

    text: str = ""
    calls: tuple[Call, ...] = ()
    usage: Usage = field(default_factory=Usage)


class Client(Protocol):
    """graph/llm/client.py. Both raise ModelFailed."""

    def stream(
        self, lines: Sequence[Line], tools: Sequence[Declared], most_out: int
    ) -> AsyncIterator[str | Said]:
        """Words as they come, and at the end the whole."""
        ...

    async def choose(
        self, lines: Sequence[Line], schema: Mapping[str, Any], most_out: int
    ) -> tuple[Mapping[str, Any], Usage]:
        """One object of `schema` (a function declaration's JSON schema with title and description)."""
        ...

    async def models(self) -> tuple[str, ...]:
        """Names of the models that the endpoint says it has; empty when it does not say. Raises ModelFailed."""
        ...

    async def close(self) -> None: ...
