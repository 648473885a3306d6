"""Many click at once, from several processes that are workers too: one decision, one execution, one truth told."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
import time
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from random import Random
from typing import Literal

from sqlalchemy import Connection, select

from store import audit
from store.engine import Database
from store.migrate import upgrade
from store.records import Approval
from store.tables import approvals, decisions, inbox, runs
from store.transitions import RUN
from tests.bench.report import Row
from tests.bench.served import ROOT, place
from tests.chaos.clicker import STEPS, Answer, Click, rigged
from tests.chaos.history import Calls, history
from tests.chaos.scenes import Scene, Tally
from tests.runbooks.world import Rig

APPROVERS = ("priya", "sam", "lena", "tomas")
#: seconds from an order to its clicks, so that all processes have read theirs; and of patience
SOON, PATIENCE = 0.05, 120.0
#: the most questions that are raced at once
MOST = 20


@dataclass
class Clicked:
    """What one scenario did and found. `counts` are of answers, `together` questions whose clicks overlapped,
    `refused` runs that another process handed in at the same moment."""

    seed: int
    processes: int
    questions: int = 0
    clicks: int = 0
    together: int = 0
    refused: int = 0
    runs_done: int = 0
    steps_called: int = 0
    audit_rows: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)


class Clicker:
    """One of the processes."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def order(self, at: float, clicks: Sequence[Click]) -> tuple[list[Answer], int]:
        if self._process.stdin is None:
            raise AssertionError("the process has no stdin")
        order = {"at": at, "clicks": [asdict(one) for one in clicks]}
        self._process.stdin.write(json.dumps(order).encode() + b"\n")
        await self._process.stdin.drain()
        said = json.loads(await self.line())
        return [Answer(**one) for one in said["answers"]], said["refused"]

    async def line(self) -> str:
        if self._process.stdout is None:
            raise AssertionError("the process has no stdout")
        async with asyncio.timeout(PATIENCE):
            found = (await self._process.stdout.readline()).decode()
        if not found:
            raise AssertionError(f"a clicking process ended with {await self._process.wait()}")
        return found


@contextlib.asynccontextmanager
async def clicking(number: int, url: str, log: Path, wanted: int) -> AsyncIterator[list[Clicker]]:
    """So many processes that are ready."""
    async with contextlib.AsyncExitStack() as stack:
        clickers = []
        for owner in range(number):
            words = ("-m", "tests.chaos.clicker", url, f"clicker{owner}", str(log), str(wanted))
            pipe = asyncio.subprocess.PIPE
            process = await asyncio.create_subprocess_exec(
                sys.executable, *words, stdin=pipe, stdout=pipe, cwd=ROOT, limit=2**24
            )
            stack.push_async_callback(_end, process)
            clickers.append(Clicker(process))
        for one in clickers:
            await one.line()
        yield clickers


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.stdin is not None:
        process.stdin.close()
    try:
        async with asyncio.timeout(10.0):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()


class Questions:
    """Questions are asked here and clicked upon elsewhere; then the database and the world's log are read."""

    def __init__(self, rig: Rig, clickers: Sequence[Clicker], log: Path, seed: int) -> None:
        self.rig, self.clickers, self.draw, self._log = rig, clickers, Random(seed), log
        self.found = Clicked(seed, len(clickers))
        self.answers: dict[str, list[Answer]] = defaultdict(list)

    async def ask(self) -> Approval:
        proposal = await self.rig.propose("two", environment="production")
        if proposal.approval is None:
            raise AssertionError(f"no approval was asked for: {proposal.verdict}")
        self.found.questions += 1
        return proposal.approval

    async def click(self, by_process: Sequence[Sequence[Click]]) -> None:
        """Each process its clicks, all at one instant."""
        at = time.time() + SOON
        orders = [one.order(at, clicks) for one, clicks in zip(self.clickers, by_process, strict=True)]
        for answers, refused in await asyncio.gather(*orders):
            self.found.refused += refused
            for answer in answers:
                self.answers[answer.approval].append(answer)
                self.found.clicks += 1
                self.found.counts[f"{answer.decision}: {answer.status}"] += 1

    async def look(self, wins: int) -> Clicked:
        """Wait for the runs' ends; `wins` clicks of each question were to be counted."""
        until = time.monotonic() + PATIENCE
        while (moving := await self.rig.database.read(_moving)) and time.monotonic() < until:
            await asyncio.sleep(0.1)
        found = self.found
        found.wrong += [f"run {one} has not ended after {PATIENCE:.0f} s" for one in moving]
        acts = Counter(self._acts("begin"))
        calls = Calls(Counter(self._acts("done")), acts.copy())
        found.wrong += (await self.rig.database.read(lambda conn: history(conn, calls))).wrong
        found.wrong += await self.rig.database.read(lambda conn: check(conn, self.answers, acts, wins, found))
        found.together = sum(_overlap(some) for some in self.answers.values())
        return found

    def _acts(self, what: str) -> list[str]:
        lines = self._log.read_text(encoding="utf-8").splitlines() if self._log.exists() else []
        return [line.split()[2] for line in lines if line.startswith(f"{what} ")]


@contextlib.asynccontextmanager
async def asking(processes: int, seed: int, wanted: int = 1) -> AsyncIterator[Questions]:
    """On a fresh PostgreSQL database."""
    with place("postgresql") as (folder, url):
        log = folder / "log"
        async with Database(url) as database:
            await upgrade(database)
            async with clicking(processes, url, log, wanted) as clickers:
                yield Questions(rigged(database, "asker", log, wanted), clickers, log, seed)


async def one_decision(questions: int, clicks: int, seed: int) -> Clicked:
    """`clicks` approve clicks at once on one question, from three processes by four people."""
    async with asking(3, seed) as here:
        for _ in range(questions):
            asked = await here.ask()
            parts: list[list[Click]] = [[], [], []]
            for number in range(clicks):
                parts[number % 3].append(_click(asked, here.draw.choice(APPROVERS), "approve"))
            await here.click(parts)
        return await here.look(wins=1)


async def races(number: int, seed: int) -> Clicked:
    """Each question is approved in one process and denied in the other, at the same instant."""
    async with asking(2, seed) as here:
        left = number
        while left > 0:
            asked = [await here.ask() for _ in range(min(left, here.draw.randint(1, MOST)))]
            left -= len(asked)
            parts: list[list[Click]] = [[], []]
            for one in asked:
                first, second = here.draw.sample(APPROVERS, 2)
                yes = here.draw.randrange(2)
                parts[yes].append(_click(one, first, "approve"))
                parts[1 - yes].append(_click(one, second, "deny"))
            await here.click(_mixed(here.draw, parts))
        return await here.look(wins=1)


async def voters(number: int, seed: int) -> Clicked:
    """Two approvals are wanted; two people give theirs at the same instant, each in a process of its own."""
    async with asking(2, seed, wanted=2) as here:
        left = number
        while left > 0:
            asked = [await here.ask() for _ in range(min(left, here.draw.randint(1, MOST)))]
            left -= len(asked)
            parts: list[list[Click]] = [[], []]
            for one in asked:
                for part, person in zip(parts, here.draw.sample(APPROVERS, 2), strict=True):
                    part.append(_click(one, person, "approve"))
            await here.click(_mixed(here.draw, parts))
        return await here.look(wins=2)


def _click(asked: Approval, person: str, decision: Literal["approve", "deny"]) -> Click:
    return Click(asked.id, asked.run_id, asked.plan_hash, person, decision)


def _mixed(draw: Random, parts: list[list[Click]]) -> list[list[Click]]:
    """Every other time the processes go through the questions in orders of their own."""
    return [draw.sample(part, len(part)) for part in parts] if draw.random() < 0.5 else parts


def _overlap(answers: Sequence[Answer]) -> bool:
    """Was a click under way when another, of another, was?"""
    return max(one.began for one in answers) < min(one.ended for one in answers)


def _moving(conn: Connection) -> list[str]:
    """Approved runs that are not over."""
    approved = select(runs.c.id, runs.c.status).join(approvals, approvals.c.run_id == runs.c.id)
    return [
        row.id for row in conn.execute(approved.where(approvals.c.status == "approved")) if RUN[row.status]
    ]


def check(
    conn: Connection, answers: Mapping[str, Sequence[Answer]], acts: Counter[str], wins: int, found: Clicked
) -> list[str]:
    """What is not as it must be, in sentences: the answers, the ledger and the world's log say the same."""
    wrong: list[str] = []
    said = defaultdict(list)
    for row in conn.execute(select(decisions)):
        said[row.approval_id].append(row)
    woke = Counter(
        one["approval_id"]
        for one in conn.execute(select(inbox.c.payload).where(inbox.c.kind == "decided")).scalars()
    )
    joined = select(approvals, runs.c.status.label("run_status"))
    for row in conn.execute(joined.join(runs, runs.c.id == approvals.c.run_id)):
        wrong += _told(
            row.id, row.status, answers.get(row.id, []), [one.person for one in said[row.id]], wins
        )
        if woke[row.id] != 1:
            wrong.append(f"the end of {row.id} was put into the inbox {woke[row.id]} times")
        number = [acts.pop(f"{row.run_id}:{step}", 0) for step in STEPS]
        wanted, status = (1, "succeeded") if row.status == "approved" else (0, "cancelled")
        if number != [wanted] * len(STEPS) or row.run_status != status:
            wrong.append(
                f"{row.id} is {row.status}; its run is {row.run_status}, its steps were called {number} times"
            )
        found.runs_done += row.run_status == "succeeded"
        found.steps_called += sum(number)
    wrong += [f"{key} was called and is of no question" for key in acts]
    chain = audit.verify(conn)
    found.audit_rows = chain.rows
    return wrong if chain.ok else [*wrong, f"the audit chain is broken at {chain.broken_at}: {chain.why}"]


def _told(id: str, status: str, answers: Sequence[Answer], by: Sequence[str], wins: int) -> list[str]:
    """So many clicks were counted, one of them closed it; everybody else was told the same, and it is true."""
    won = [one for one in answers if one.status in ("pending", "approved", "denied")]
    lost = [one for one in answers if one not in won]
    wrong = []
    if sorted(one.person for one in won) != sorted(by) or len(won) != wins:
        wrong.append(f"{id}: counted were {by}, told so were {[one.person for one in won]}")
    if [one.status for one in won if one.status != "pending"] != [status]:
        wrong.append(f"{id} is {status}; told were {[one.status for one in won]}")
    truth = f"It is already {status}, by {' and '.join(sorted(by))}."
    others = Counter(f"{one.status}: {one.words}" for one in lost)
    if others and set(others) != {f"Conflict: {truth}"}:
        wrong.append(f"{id}: not all were told {truth!r}: {dict(others)}")
    return wrong


async def play(kind: str, seed: int, rounds: int) -> Tally:
    """So many clicks at once on one question, so many races, half as many pairs of voters."""
    tally = Tally(seed, kind, rounds)
    parts = {
        "at once": await one_decision(1, rounds, seed),
        "raced": await races(rounds, seed + 1),
        "voted": await voters(rounds // 2, seed + 2),
    }
    for name, found in parts.items():
        tally.wrong += [f"{name}: {words}" for words in found.wrong]
        tally.counts.update({f"{name} told {key}": number for key, number in found.counts.items()})
        for key in ("questions", "clicks", "together", "refused", "runs_done", "steps_called", "audit_rows"):
            tally.counts[f"{name} {key}"] += getattr(found, key)
        if found.refused:
            tally.wrong.append(
                f"{name}: {found.refused} runs were handed in by two, and the second was refused"
            )
    return tally


def _rows(counts: Counter[str]) -> list[Row]:
    said = {
        "at once": f"{counts['at once clicks']:,} approve clicks at once on one question, from 3 processes",
        "raced": f"{counts['raced questions']:,} questions approved and denied at once, by 2 processes",
        "voted": f"{counts['voted questions']:,} questions that want two, two voters at once in 2 processes",
    }
    return [row for name, words in said.items() for row in _part(name, words, counts)]


def _part(name: str, words: str, counts: Counter[str]) -> list[Row]:
    mark = f"{name} told "
    told = ", ".join(f"{counts[key]} {key[len(mark) :]}" for key in sorted(counts) if key.startswith(mark))
    return [
        Row(words, f"{counts[f'{name} runs_done']} executions"),
        Row("· told", told),
        Row(
            "· under way together",
            f"in {counts[f'{name} together']} of {counts[f'{name} questions']} questions",
        ),
        Row(
            "· steps called, audit rows", f"{counts[f'{name} steps_called']}, {counts[f'{name} audit_rows']}"
        ),
    ]


SCENE = Scene(
    name="clicks",
    title="One decision",
    play=play,
    rounds=1_000,
    part=1_000,
    short=40,
    headline=lambda counts: (
        f"{counts['at once clicks']:,} clicks at once, {counts['raced questions']:,} races, "
        f"{counts['voted questions']:,} pairs of voters: not exactly one decision, or told otherwise"
    ),
    rows=_rows,
    notes=(
        "A fresh database each. Every process is a worker too, and each hands in what is approved. Checked: as many "
        "clicks counted as were wanted, every other one told by whom it is already decided, word for word the same; "
        "one wake-up a question; each step of an approved run called once in the world's log, of a denied one never.",
    ),
    kinds=("postgresql",),
)
