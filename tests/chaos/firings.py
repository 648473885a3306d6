"""Digests on time, each once: three processes on one PostgreSQL, all of them killed and gone for ten minutes."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random

from sqlalchemy import Connection, select

from config.recurrence import GRACE, Late, following, occurrences, parse
from store import schedules as rows
from store.engine import Database
from store.migrate import upgrade
from store.schedule_records import DIGESTS, Firing, Schedule
from store.schedule_tables import firings
from store.tables import inbox, outbox
from tests.bench.report import Row
from tests.bench.served import SECRET, Served, free_port, place
from tests.chaos.quick import Quick
from tests.chaos.scenes import Scene, Tally
from tests.chaos.warm import Warm, warm
from tests.graph.world import MODELS, classifier

PROCESSES = 3
#: the domain's seconds in one of the wall's
FACTOR = 30.0
MINUTES = 60.0
#: minutes of the domain's clock: all firings, of which gone, and until the last of them is answered
WHOLE, GONE, AFTER = 50 * MINUTES, 10 * MINUTES, 40 * MINUTES
CRON = "*/5 * * * *"
OFTEN: tuple[Late, ...] = ("run_once", "skip", "each")


@dataclass(frozen=True)
class _Fleet:
    """Three `serve` in folders of their own, on one database and one clock; ended with the stack."""

    folder: Path
    url: str
    clock: Quick
    warm: Warm
    stack: contextlib.ExitStack

    async def up(self, name: str) -> list[Served]:
        more = {**self.clock.variables(), "COPILOT_AUTH__SECRET": SECRET}
        served = []
        for number in range(PROCESSES):
            own = self.folder / f"{name}-{number}"
            (own / "data").mkdir(parents=True)
            (own / "data" / "models").symlink_to(MODELS)
            served.append(self.warm.start(own, self.url, free_port(), more))
            self.stack.callback(served[-1].stop)
        for one in served:
            await one.ready(within=400.0)
        return served


async def play(kind: str, seed: int, count: int) -> Tally:
    """`count` schedules of one firing each, and some that fire every five minutes under each rule."""
    tally, draw = Tally(seed, kind, kills=count), Random(seed)
    classifier()  # trained once, for all of them
    with place("postgresql") as (folder, url), contextlib.ExitStack() as stack:
        clock = Quick(time.time(), FACTOR)
        async with Database(url) as database:
            await upgrade(database)
            fleet = _Fleet(folder, url, clock, warm(), stack)
            first = await fleet.up("before")
            begin = clock.now() + MINUTES
            made = _schedules(draw, count, begin)
            await database.write(lambda conn: [rows.add(conn, one, None, begin) for one in made])
            gone = begin + draw.uniform(0.3, 0.5) * WHOLE
            await clock.sleep(gone - clock.now())
            for one in first:
                one.kill()
            killed = clock.now()
            await clock.sleep(GONE)
            await fleet.up("after")
            back = clock.now()
            await _answered(database, clock, begin + WHOLE)
            await database.read(lambda conn: _check(conn, made, begin, (killed, back), tally))
            tally.counts["minutes gone"] = round((back - killed) / MINUTES)
    return tally


def _schedules(draw: Random, count: int, begin: float) -> list[Schedule]:
    once = [_schedule(f"sch_once{n}", None, draw.choice(OFTEN[::2]), draw) for n in range(count)]
    often = [_schedule(f"sch_often{n}", CRON, OFTEN[n % 3], draw) for n in range(6)]
    at, first = [begin + draw.random() * WHOLE for _ in once], following(parse(CRON), "UTC", begin)
    return [
        *(replace(one, created_at=begin, next_at=when) for one, when in zip(once, at, strict=True)),
        *(replace(one, created_at=begin, next_at=first) for one in often),
    ]


def _schedule(name: str, cron: str | None, late: Late, draw: Random) -> Schedule:
    words = draw.choice(DIGESTS)
    place_ = f"rest:{name}"
    return Schedule(name, "active", "digest", words, cron, "UTC", late, "maria", None, place_, 1, 0.0, None)


async def _answered(database: Database, clock: Quick, end: float) -> None:
    """Until every firing of the time was answered; those that fire again and again are ended then."""
    await clock.sleep(end - clock.now())

    def over(conn: Connection) -> None:
        for one in rows.every(conn):
            if one.cron is not None:
                rows.fire(conn, one, [], None, end)

    await database.write(over)
    async with asyncio.timeout(AFTER / FACTOR + 120.0):
        while await database.read(_open):
            await asyncio.sleep(0.5)


def _open(conn: Connection) -> int:
    left = len([one for one in rows.every(conn) if one.status == "active"])
    waiting = conn.execute(select(inbox.c.id).where(inbox.c.kind == "fired", inbox.c.status != "done")).all()
    return left + len(waiting)


def _check(
    conn: Connection, made: list[Schedule], begin: float, gone: tuple[float, float], tally: Tally
) -> None:
    found: dict[str, list[Firing]] = {one.id: [] for one in made}
    for row in conn.execute(select(firings).order_by(firings.c.scheduled_at)):
        found[row.schedule_id].append(Firing(*row))
    posts = Counter(
        row.key for row in conn.execute(select(outbox.c.key).where(outbox.c.key.startswith("fired:")))
    )
    bodies = {
        row.key: row.body for row in conn.execute(select(outbox.c.key, outbox.c.body)) if row.key in posts
    }
    expected: set[str] = set()
    for one in made:
        fired = [each for each in found[one.id] if each.status == "fired"]
        expected |= {rows.event_id(one.id, each.scheduled_at) for each in fired}
        tally.counts[f"fired {'once' if one.cron is None else one.late}"] += len(fired)
        tally.counts["late"] += sum(each.fired_at - each.scheduled_at > GRACE for each in fired)
        tally.wrong += _once(one, found[one.id]) if one.cron is None else _often(one, found[one.id], gone)
    if set(posts) != expected:
        tally.wrong.append(
            f"{len(expected - set(posts))} digests are missing, {len(set(posts) - expected)} too many"
        )
    tally.wrong += [f"{key} was posted {times} times" for key, times in posts.items() if times > 1]
    strange = [key for key, body in bodies.items() if body["intent"]["id"] != "digest"]
    tally.wrong += [f"{key} is no digest: {bodies[key]['text'][:80]}" for key in strange[:5]]
    tally.counts["digests"] = len(posts)
    tally.counts["digests of one firing"] = sum("sch_once" in key for key in posts)


def _once(one: Schedule, found: list[Firing]) -> list[str]:
    if [each.status for each in found] != ["fired"] or found[0].scheduled_at != one.next_at:
        return [f"{one.id} ({one.late}) has {[(each.status, each.scheduled_at) for each in found]}"]
    return []


def _often(one: Schedule, found: list[Firing], gone: tuple[float, float]) -> list[str]:
    """Every slot from the first to the last is accounted for once, by the rule for late ones."""
    assert one.next_at is not None
    if not found:
        return [f"{one.id} never fired"]
    slots = [one.next_at]
    for at in occurrences(parse(CRON), "UTC", one.next_at):
        if at > found[-1].scheduled_at:
            break
        slots.append(at)
    missed = [at for at in slots if gone[0] < at < gone[1] - GRACE - FACTOR]
    by_rule = {
        "each": len(slots),
        "run_once": len(slots) - sum(each.missed for each in found),
        "skip": sum(each.status == "fired" for each in found),
    }[one.late]
    fired = [each for each in found if each.status == "fired"]
    wrong = []
    covered = len(fired) + sum(each.missed for each in found)
    if covered != len(slots) or len(fired) != by_rule:
        wrong.append(
            f"{one.id} ({one.late}): {len(slots)} slots, {len(fired)} fired, {covered} accounted for"
        )
    late = [each for each in fired if each.scheduled_at in missed]
    if one.late == "skip" and late:
        wrong.append(f"{one.id} (skip) fired {len(late)} times late")
    if one.late == "run_once" and len(missed) > 1 and not any(each.missed for each in found):
        wrong.append(f"{one.id} (run_once) says of no missed time")
    return wrong


def _rows(counts: Counter[str]) -> list[Row]:
    often = ", ".join(f"{late}: {counts[f'fired {late}']}" for late in OFTEN)
    return [
        Row("· digests of schedules with one firing", str(counts["digests of one firing"])),
        Row("· besides, every five minutes, by rule for late ones", often),
        Row("· fired more than a minute late (of the domain's clock)", str(counts["late"])),
        Row("· minutes down (of the domain's clock)", str(counts["minutes gone"])),
    ]


SCENE = Scene(
    name="firings",
    title="Schedules",
    play=play,
    rounds=200,
    part=200,
    short=20,
    headline=lambda counts: (
        f"{counts['rounds']} firings, {counts['digests of one firing']} digests, each once; late ones by rule"
    ),
    rows=_rows,
    notes=(
        f"{PROCESSES} `serve` processes on PostgreSQL, the domain's clock {FACTOR:g} times as fast; all are killed "
        "with SIGKILL somewhere between 30 and 50 % of the time and started again ten minutes (of that clock) later. "
        "Looked at: the rows of schedules, firings, inbox and outbox.",
    ),
    kinds=("postgresql",),
)
