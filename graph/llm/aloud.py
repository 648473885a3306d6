"""A language model's words to people: traced to facts while they come, streamed, kept short, made harmless."""

from __future__ import annotations

from collections.abc import Sequence

from graph.llm.model import Purpose, Talk
from graph.llm.said import Declared, Line, Said
from graph.llm.tracer import Stepwise, Tracer, Untraceable
from graph.ports import Stream
from graph.understanding.hygiene import visible

MOST_WORDS = 1_500


class Aloud:
    """Shows what the model says of one message as it says it, and takes it back when it cannot be traced."""

    def __init__(self, talk: Talk, stream: Stream, tracer: Tracer) -> None:
        self._talk, self._stream, self.tracer = talk, stream, tracer
        self._shown = False

    async def say(
        self, purpose: Purpose, lines: Sequence[Line], tools: Sequence[Declared], most_out: int
    ) -> Said:
        """One answer. Raises Untraceable (what was shown is withdrawn), ModelFailed, StoreError."""
        steps = Stepwise(self.tracer)
        size = 0

        def heard(piece: str) -> None:
            nonlocal size
            size += len(piece)
            if size > MOST_WORDS:
                raise Untraceable("so many words")
            self._show(steps.feed(piece))

        said = await self._talk.speak(purpose, lines, tools, most_out, heard)
        self._show(steps.rest())
        return said

    def _show(self, words: str) -> None:
        if words and (shown := visible_lines(words)):
            self._shown = True
            self._stream.say(self._talk.request_id, shown)

    def withdraw(self) -> None:
        """Take back what was shown: it is no part of the answer."""
        if self._shown:
            self._stream.withdraw(self._talk.request_id)
            self._shown = False


def visible_lines(text: str) -> str:
    """Without control, direction and zero-width characters; spaces at the ends are kept, for the next piece."""
    head = " " if text[:1].isspace() else ""
    tail = " " if text[-1:].isspace() else ""
    inside = visible(text)
    return f"{head}{inside}{tail}" if inside else ""
