from __future__ import annotations

import asyncio

from graph.answers.within import absent, gaps, within
from insight.facts import Missing
from integrations.errors import Unavailable


async def test_what_cannot_be_had_is_named() -> None:
    async def fails() -> int:
        raise Unavailable("it is away.")

    async def hangs() -> int:
        await asyncio.Event().wait()
        return 1

    async def well() -> int:
        return 1

    assert await within("it", well()) == 1
    assert await within("it", fails()) == Missing("it", "it is away.")
    assert await within("it", hangs(), 0.01) == Missing("it", "no answer within 0.01 s")


def test_each_gap_is_one_sentence() -> None:
    missing = [absent("the rota", "on-call"), Missing("it", "it is away.")]
    assert gaps(missing) == [
        "I could not get the rota: no back end for on-call is configured.",
        "I could not get it: it is away.",
    ]
