"""Asking a port: within a deadline, what cannot be had is named, and the queries that anyone can check it by."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Sequence
from typing import TypeVar

from config.errors import CopilotError
from graph import cards
from graph.message import Block
from insight.facts import Missing

T = TypeVar("T")
DEADLINE = 5.0
_MOST_QUERIES = 6


async def within(what: str, answer: Awaitable[T], deadline: float = DEADLINE) -> T | Missing:
    """The answer, or why there is none within `deadline` seconds."""
    try:
        async with asyncio.timeout(deadline):
            return await answer
    except TimeoutError:
        return Missing(what, f"no answer within {deadline:g} s")
    except CopilotError as err:
        return Missing(what, str(err))


def absent(what: str, port: str) -> Missing:
    """Nothing that is set up answers this."""
    return Missing(what, f"no back end for {port} is configured")


def gaps(missing: Sequence[Missing]) -> list[str]:
    """A sentence for each thing that could not be had, the same one once."""
    said = (
        f"I could not get {one.what}: {one.why}" + ("" if one.why.endswith(".") else ".") for one in missing
    )
    return list(dict.fromkeys(said))


def known_from(queries: Sequence[str]) -> Block:
    """`How I know`: the queries that give the same figures."""
    shown = list(dict.fromkeys(one for one in queries if one))
    more = f"; and {len(shown) - _MOST_QUERIES} more like these" if len(shown) > _MOST_QUERIES else ""
    return cards.facts({"How I know": "; ".join(shown[:_MOST_QUERIES]) + more or "nothing could be asked"})
