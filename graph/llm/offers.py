"""What a language model may suggest: a runbook with inputs that it did not make up and did not read somewhere.

The rule of taint: every input of a suggestion comes from the person's own words, from the diagnosis' own remedies, or
is a service that the diagnosis itself looked at. Text of logs, alerts, notes or tool results is no source. A suggestion
is exact words that a person may choose; nothing here can plan, approve or run.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from graph.understanding.entities import Extracted
from insight.evidence import Diagnosis, Remedy
from runbooks.loader import Library

_MOST_INPUTS = 8


@dataclass(frozen=True)
class Allowed:
    """Values that may become inputs, by the input's name; `runbooks` are those that there are."""

    runbooks: Mapping[str, frozenset[str]]
    values: Mapping[str, frozenset[str]]

    def accept(self, runbook: Any, inputs: Any) -> Remedy | None:
        """The suggestion when every part of it is allowed; None otherwise: it is dropped whole, never mended."""
        if not isinstance(runbook, str) or runbook not in self.runbooks:
            return None
        if not isinstance(inputs, Mapping) or len(inputs) > _MOST_INPUTS:
            return None
        declared = self.runbooks[runbook]
        for name, value in inputs.items():
            if name not in declared or not isinstance(value, str) or value not in self.values.get(name, ()):
                return None
        return Remedy(runbook, dict(inputs))


def allowed(
    library: Library, said: Extracted, diagnosis: Diagnosis, focus: Iterable[str], environment: str
) -> Allowed:
    """From the person's words (`said`), the diagnosis and what it looked at."""
    values: dict[str, set[str]] = {
        "service": {*said.services, *focus, *(one.service for one in diagnosis.causes)},
        "environment": {environment, *said.environments},
    }
    for name, named in (("version", "to"), ("provider", "to"), ("model", "model")):
        if isinstance(value := said.found.get(name), str):
            values.setdefault(named, set()).add(value)
    for cause in diagnosis.causes:
        for key, value in (cause.remedy.inputs if cause.remedy else {}).items():
            values.setdefault(key, set()).add(str(value))
    return Allowed(
        {one.id: frozenset(one.model.inputs) for one in library.by_id.values()},
        {name: frozenset(some) for name, some in values.items()},
    )
