"""Answers while they are being made: pieces by request, for whoever shows them live. The stored answer is the truth."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from typing import Literal

#: requests whose pieces are kept for somebody who comes late, and pieces of one
MOST_KEPT, MOST_PIECES = 256, 2_000


@dataclass(frozen=True, slots=True)
class Chunk:
    """`words` are to be added to what was shown. `withdrawn`: what was shown so far is no part of the answer."""

    kind: Literal["words", "withdrawn"]
    words: str = ""


@dataclass(slots=True)
class _Said:
    pieces: list[Chunk] = field(default_factory=list)
    over: bool = False
    watching: set[asyncio.Event] = field(default_factory=set)

    def wake(self) -> None:
        for event in self.watching:
            event.set()


class Streams:
    """Within this process: a request that another process thinks about has no pieces here, only its answer."""

    def __init__(self) -> None:
        self._said: OrderedDict[str, _Said] = OrderedDict()

    def say(self, request_id: str, words: str) -> None:
        self._add(request_id, Chunk("words", words))

    def withdraw(self, request_id: str) -> None:
        self._add(request_id, Chunk("withdrawn"))

    def end(self, request_id: str) -> None:
        """The answer is stored; no more pieces come."""
        said = self._of(request_id)
        said.over = True
        said.wake()

    async def watch(self, request_id: str) -> AsyncGenerator[Chunk]:
        """Every piece from the first on, until the answer is there or the caller stops."""
        said, event, at = self._of(request_id), asyncio.Event(), 0
        said.watching.add(event)
        try:
            while True:
                event.clear()
                while at < len(said.pieces):
                    at += 1
                    yield said.pieces[at - 1]
                if said.over:
                    return
                await event.wait()
        finally:
            said.watching.discard(event)

    def _add(self, request_id: str, chunk: Chunk) -> None:
        said = self._of(request_id)
        if len(said.pieces) < MOST_PIECES:
            said.pieces.append(chunk)
            said.wake()

    def _of(self, request_id: str) -> _Said:
        said = self._said.get(request_id)
        if said is None:
            said = self._said[request_id] = _Said()
            while len(self._said) > MOST_KEPT:
                _, oldest = self._said.popitem(last=False)
                oldest.over = True
                oldest.wake()
        return said
