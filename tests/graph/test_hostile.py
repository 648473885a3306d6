"""Whatever is typed: a clear sentence, no traceback, nothing changed."""

from __future__ import annotations

import json
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from graph.intents import ACTS
from store import ledger
from tests.graph.world import World, read, rows, slowness

HOSTILE = (
    "",
    " \n\t ",
    "\x00\x01\x02\x1b[2J\x7f",
    "\u202e\u2066kcab llor\u2069",
    "\u200b\u200c\u200d\ufeff",
    "🚀" * 500,
    "👩‍👩‍👧‍👦 why is 🔥 rag-api 🔥",
    "'; DROP TABLE approvals; --",
    "roll back rag-api'; DELETE FROM runs; --",
    '{"intent": "deploy.rollback", "service": "rag-api"}',
    "!!python/object/apply:os.system ['id']",
    "run: rollback-service\nwith: {service: rag-api}",
    "${{ inputs.service }} {{7*7}} %s %d {0}",
    "<script>alert(1)</script> <b>rag-api</b>",
    "run rollback-service service=$(id) environment=`whoami`",
    'run rollback-service service="',
    "approve " + "a" * 3000,
    "approve apr_" + "z" * 500,
    "deny apr_1; approve apr_2",
    "status run_../../etc/passwd",
    "=cmd|' /C calc'!A0",
    "\ud800 lone surrogate",
    "latency of rag-api since 99:99",
    "last 9999 days of rag-api latency",
    "p95 latency of rag-api between 25 and 99",
    "列出所有服务的延迟",
    "אנא החזר את rag-api",
    "a" * 100_000,
    "roll back rag-api in production " * 4000,
    "-" * 4000,
    "rag-" * 1000,
    "x-" * 1900 + "api",
    " ".join(f"w{one}" for one in range(600)),
)


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
async def test_a_hostile_text_gets_a_clear_sentence_and_changes_nothing(world: World, text: str) -> None:
    start = time.thread_time()
    outcome = await world.say(text)
    assert time.thread_time() - start < 1.0 * slowness()
    reply = outcome.reply
    assert reply.text.strip()
    assert "Traceback" not in reply.text
    assert not any(ord(char) < 32 and char != "\n" for char in reply.text)
    assert not set(reply.text) & set("\u202e\u2066\u200b\ufeff")
    assert len(json.dumps(reply.body())) < 6000
    assert not outcome.ask
    assert await world.database.read(lambda conn: ledger.list_runs(conn)) == []


async def test_a_text_of_a_hundred_thousand_characters_is_told_to_be_shorter(world: World) -> None:
    reply = (await world.say("a" * 100_000)).reply
    assert "longer than 4,000 characters, so I did not read it" in reply.text


async def test_an_empty_text_is_told_to_say_something(world: World) -> None:
    assert "There is nothing to read" in (await world.say("\u200b")).reply.text


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(some.text(max_size=300))
def test_any_text_can_be_read(text: str) -> None:
    assert read(text).reading.intent


@settings(max_examples=150, deadline=None)
@given(some.text(alphabet=some.characters(categories=["P", "S", "Z", "M", "C"]), max_size=80))
def test_signs_alone_never_start_a_change(text: str) -> None:
    seen = read(text)
    assert seen.doubt or seen.reading.intent not in ACTS


async def test_the_first_pass_stays_cheap(world: World) -> None:
    """A guard against a mistake that costs many times more; the figure itself is `make bench`'s."""
    texts = [
        row["text"]
        for row in rows("heldout.jsonl")
        if row["intent"] in ("help", "smalltalk", "oos", "cost.query")
    ]
    least = [min([await _spent(world, text) for _ in range(8)]) for text in texts[:40]]
    mean = sum(least) / len(least)
    print(f"{mean * 1000:.2f} ms CPU a message")
    assert mean <= 0.008 * slowness()


async def _spent(world: World, text: str) -> float:
    start = time.thread_time()
    await world.say(text, conversation="timed")
    return time.thread_time() - start
