from __future__ import annotations

import asyncio

from bot.http.meters import Meters


def value(page: bytes, line: str) -> float:
    return next(float(one.rpartition(" ")[2]) for one in page.decode().splitlines() if one.startswith(line))


def test_messages_are_counted_by_intent_and_outcome() -> None:
    meters = Meters()
    meters.message("metrics.query", "answered", 0.02)
    meters.message("metrics.query", "answered", 0.3)
    meters.message("deploy.rollback", "asked", 0.02)
    page = meters.page()
    assert value(page, 'copilot_messages_total{intent="metrics.query",outcome="answered"}') == 2
    assert value(page, 'copilot_messages_total{intent="deploy.rollback",outcome="asked"}') == 1
    assert value(page, 'copilot_message_seconds_bucket{le="0.025"}') == 2
    assert value(page, "copilot_message_seconds_count") == 3


def test_runs_are_shown_for_every_status() -> None:
    meters = Meters()
    meters.backlog(3, 2, {"running": 1})
    page = meters.page()
    assert value(page, "copilot_inbox_waiting") == 3
    assert value(page, "copilot_outbox_unsent") == 2
    assert value(page, 'copilot_runs{status="running"}') == 1
    assert value(page, 'copilot_runs{status="unknown"}') == 0


def test_two_applications_in_one_process_count_apart() -> None:
    one, other = Meters(), Meters()
    one.message("help", "answered", 0.1)
    assert b"copilot_messages_total{" not in other.page()


async def test_the_loops_lag_is_felt_until_cancelled() -> None:
    meters = Meters(beat=0.01)
    task = asyncio.create_task(meters.feel())
    began = asyncio.get_running_loop().time()
    while asyncio.get_running_loop().time() - began < 0.05:
        await asyncio.sleep(0)
    for _ in range(200_000):
        pass
    await asyncio.sleep(0.03)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert value(meters.page(), "copilot_loop_lag_seconds") > 0
    assert value(meters.page(), "copilot_loop_lag_seconds") == 0
