"""The prompts of the demo company: versions with their eval scores, and which one answers where."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from config.catalogue import Catalogue
from integrations.demo.events import Event, Note
from integrations.demo.noise import key_of, unit
from integrations.errors import Absent

#: what a version scores at least and at most, and one that answers worse
_SCORES, _BAD = (0.8, 0.93), (0.52, 0.66)
_SHOWN = 12


def speaking(catalogue: Catalogue) -> list[str]:
    """Services that answer with a model."""
    return [name for name, one in catalogue.services.items() if one.models or one.provider]


class Prompts:
    """Versions are `v1`, `v2` …; each environment has its own current one."""

    KINDS: ClassVar[frozenset[str]] = frozenset({"prompt.set"})

    def __init__(self, catalogue: Catalogue, seed: int) -> None:
        self._catalogue = catalogue
        self._seed = seed
        self._newest = {name: 4 + key_of(seed, "prompt", name) % 7 for name in catalogue.prompts}
        self._bad: set[tuple[str, str]] = set()
        self._ran: dict[tuple[str, str], list[str]] = {}

    def apply(self, event: Event) -> Sequence[Note]:
        prompt, environment, version = (event.data[name] for name in ("prompt", "environment", "version"))
        before = self.current(prompt, environment)
        self.put(prompt, environment, version)
        words = f"Prompt {prompt} from {before} to {version}"
        return tuple(
            Note(service, "prompt", f"{prompt}@{before}", f"{prompt}@{version}", words)
            for service in self.services(prompt)[:1]
        )

    def must_know(self, prompt: str) -> None:
        """Raises Absent."""
        if prompt not in self._catalogue.prompts:
            known = ", ".join(self._catalogue.prompts) or "none"
            raise Absent(f"There is no prompt {prompt!r}. There are: {known}.")

    def put(self, prompt: str, environment: str, version: str, *, bad: bool = False) -> None:
        """Make a version, known or new, the current one; `bad`: it answers worse."""
        self._newest[prompt] = max(self._newest.get(prompt, 1), int(version.removeprefix("v")))
        self._ran.setdefault((prompt, environment), [self.current(prompt, environment)]).append(version)
        if bad:
            self._bad.add((prompt, version))

    def current(self, prompt: str, environment: str) -> str:
        ran = self._ran.get((prompt, environment))
        return ran[-1] if ran else f"v{self._newest.get(prompt, 1)}"

    def previous(self, prompt: str, environment: str) -> str | None:
        """The one that ran before the current one, or the one before it by number; None for a first version."""
        current = self.current(prompt, environment)
        for version in reversed(self._ran.get((prompt, environment), [])):
            if version != current:
                return version
        number = int(current.removeprefix("v"))
        return f"v{number - 1}" if number > 1 else None

    def following(self, prompt: str) -> str:
        """The name of the next version that anybody writes."""
        return f"v{self._newest.get(prompt, 1) + 1}"

    def versions(self, prompt: str) -> list[tuple[str, float]]:
        """Each version with its eval score, the newest first, a dozen at most."""
        newest = self._newest.get(prompt, 1)
        names = [f"v{number}" for number in range(newest, max(0, newest - _SHOWN), -1)]
        return [(name, self.score(prompt, name)) for name in names]

    def score(self, prompt: str, version: str) -> float:
        low, high = _BAD if (prompt, version) in self._bad else _SCORES
        return round(low + (high - low) * unit(self._seed, "prompt", prompt, version), 3)

    def services(self, prompt: str) -> tuple[str, ...]:
        """The services that answer with it."""
        return tuple(name for name in speaking(self._catalogue) if self.of(name) == prompt)

    def of(self, service: str) -> str:
        """The prompt that a service answers with."""
        prompts = self._catalogue.prompts or ("default",)
        able = speaking(self._catalogue)
        first = "rag-api" if "rag-api" in able else able[0] if able else service
        return prompts[0] if service == first else prompts[key_of("prompt", service) % len(prompts)]
