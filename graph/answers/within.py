"""Asking back ends: each question with a deadline, gaps named, and at the end how anyone can check the figures."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Iterable, Sequence
from typing import TypeVar

from config.errors import CopilotError
from graph import cards
from graph.message import Block
from insight.facts import Missing

T = TypeVar("T")
DEADLINE = 5.0
_MOST_QUERIES = 6


async def within(what: str, answer: Awaitable[T]) -> T | Missing:
    """The answer, or why it could not be had within 5 s."""
    try:
        async with asyncio.timeout(DEADLINE):
            return await answer
    except TimeoutError:
        return Missing(what, f"no answer within {DEADLINE:g} s")
    except CopilotError as err:
        return Missing(what, str(err))


def unset(what: str) -> Missing:
    """The gap that is there because nobody set up a back end for it."""
    return Missing(what, f"no {what} back end is configured")


def gaps(missing: Iterable[Missing]) -> list[str]:
    """A sentence for each gap, the same one once."""
    return list(dict.fromkeys(f"I could not get {one.what}: {one.why}" for one in missing))


def known_from(queries: Sequence[str]) -> Block:
    """`How I know`: the queries that give the same figures."""
    shown = list(dict.fromkeys(one for one in queries if one))
    more = f"; and {len(shown) - _MOST_QUERIES} more like these" if len(shown) > _MOST_QUERIES else ""
    return cards.facts({"How I know": "; ".join(shown[:_MOST_QUERIES]) + more or "nothing could be asked"})
