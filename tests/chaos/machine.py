"""Anything people, workers and clocks can do, in any order that hypothesis finds; then the whole history is looked at.

Each example is a fresh SQLite ledger, one world in memory, a clock set by hand.
"""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import tempfile
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine
from pathlib import Path
from typing import Any, ClassVar, Literal, TypeVar

from hypothesis import HealthCheck, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import Connection, make_url, select

from config.errors import CopilotError
from config.people import Person
from runbooks.halt import halted, lift, stop_everything
from runbooks.plan import RunRequest
from store import ledger, workers
from store.engine import Database, make_engine
from store.migrate import run_upgrade
from store.records import Worker
from store.tables import approvals, decisions, runs, steps
from tests.bench.report import Row
from tests.chaos.history import Calls, history
from tests.chaos.scenes import Scene, Tally
from tests.runbooks.world import LENA, MARIA, PEOPLE, PRIYA, SAM, Crash, DyingDatabase, Rig, Script, World
from tests.support.clock import ManualClock

T = TypeVar("T")
TOMAS, JONAS = PEOPLE.by_id["tomas"], PEOPLE.by_id["jonas"]
PERSONS = st.sampled_from((PRIYA, SAM, LENA, TOMAS, MARIA, JONAS))
SERVICES = st.sampled_from(("rag-api", "embeddings"))
SCRIPTS = st.sampled_from(("refuse", "down", "lose the answer", "lose the call"))
WORDS = st.sampled_from(("approve", "deny"))
#: at which write a worker dies; None: it lives
LAST = st.sampled_from((None, 8, 1, 4, 5, 7, 3, 9, 10, 2, 6, 12, 0))
#: which of what there is; rules take it modulo how many there are
ANY = st.integers(0, 20)

BOOK = """
version: 1
name: release
description: Set two versions, one after the other; put them back when it is not well.
owner: platform
inputs:
  service: {type: service, required: true}
  environment: {type: environment, default: production}
  to: {type: string, required: true}
concurrency: {group: "release/${{ inputs.service }}", on_conflict: queue}
timeout: 12h
steps:
  - {id: now, uses: version.get, with: {service: "${{ inputs.service }}"}}
  - id: a
    uses: version.set
    with: {service: "${{ inputs.service }}", to: "${{ inputs.to }}-a"}
    undo: {uses: version.set, with: {service: "${{ inputs.service }}", to: "${{ steps.now.output.current }}"}}
  - id: b
    uses: version.set
    with: {service: "${{ inputs.service }}", to: "${{ inputs.to }}-b"}
    undo: {uses: version.set, with: {service: "${{ inputs.service }}", to: "${{ inputs.to }}-a"}}
    retry: {attempts: 2, backoff: 1s}
    verify: {uses: health.get, with: {service: "${{ inputs.service }}"}, expect: "result.value < 0.5", within: 20s}
  - {id: tell, always: true, uses: note.add, with: {text: "${{ run.status }}"}}
"""


class Lives(RuleBasedStateMachine):
    """`did` counts over all examples what took place."""

    did: ClassVar[Counter[str]] = Counter()
    template: ClassVar[Path]
    number, stopped = 0, False

    @initialize()
    def open(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="copilot-"))
        self.path = Path(shutil.copy(self.template, self.folder / "copilot.db"))
        self.runner = asyncio.Runner()
        self.clock, self.world = ManualClock(), World()
        self.number, self.worker, self.stopped = 0, 0, False
        self.told: list[tuple[str, str, str, str]] = []
        self._connect()

    def teardown(self) -> None:
        if not hasattr(self, "runner"):
            return
        try:
            self._run(self._settle())
            self._look()
        finally:
            self._run(self.database.close())
            self.runner.close()
            shutil.rmtree(self.folder)

    # what people do

    @rule(service=SERVICES)
    def propose(self, service: str) -> None:
        self.number += 1
        self._try("propose", lambda: self._propose(service, self.number))

    @rule(service=SERVICES, last=LAST, committed=st.booleans(), known=st.booleans(), how=SCRIPTS | st.none())
    def release(
        self, service: str, last: int | None, committed: bool, known: bool, how: Script | None
    ) -> None:
        """As it mostly goes: asked for, approved, handed in, taken by a worker, who may die; a call may go wrong."""
        self.propose(service)
        if found := self._asked(f"req_{self.number}"):
            self._run(self._clicks([(found, PRIYA, "approve")]))
            self._try("hand in", lambda: self.rig.submit(found.run_id))
            if how is not None:
                self.world.scripts["version.set"] = [how]
            self._run(self._worked(last, committed=committed, known=known))

    @precondition(lambda self: self.number)
    @rule(which=ANY)
    def propose_again_the_same(self, which: int) -> None:
        """A request that is repeated, as after a lost answer."""
        self._try("propose again", lambda: self._propose("rag-api", 1 + which % self.number))

    @precondition(lambda self: self.number)
    @rule(which=ANY, person=st.sampled_from((MARIA, MARIA, SAM)))
    def edit(self, which: int, person: Person) -> None:
        if found := self._one(approvals, which, "pending"):
            self.number += 1
            request = f"edit_{self.number}"
            changes = {"to": f"e{self.number}"}
            self._try("edit", lambda: self.rig.runbooks.edit(found.id, changes, person, request_id=request))

    @precondition(lambda self: self.number)
    @rule(which=ANY, person=PERSONS, word=WORDS, twice=st.booleans())
    def click(self, which: int, person: Person, word: Literal["approve", "deny"], twice: bool) -> None:
        if found := self._one(approvals, which):
            self._run(self._clicks([(found, person, word)] * (2 if twice else 1)))

    @precondition(lambda self: self.number)
    @rule(which=ANY, first=PERSONS, second=PERSONS)
    def approve_and_deny_at_once(self, which: int, first: Person, second: Person) -> None:
        if found := self._one(approvals, which, "pending"):
            self._run(self._clicks([(found, first, "approve"), (found, second, "deny")]))

    @precondition(lambda self: self.number)
    @rule(which=ANY, person=st.sampled_from((MARIA, SAM)))
    def withdraw(self, which: int, person: Person) -> None:
        if found := self._one(approvals, which):
            self._try("withdraw", lambda: self.rig.approvals.withdraw(found.id, person))

    @precondition(lambda self: self.number)
    @rule(which=ANY, what=st.sampled_from(("pause", "resume", "cancel")))
    def steer(self, which: int, what: str) -> None:
        if found := self._one(runs, which):
            self._try(what, lambda: getattr(self.rig.runbooks, what)(found.id, MARIA))

    @precondition(lambda self: self.number)
    @rule(answer=st.sampled_from(("truth", "abort")), which=ANY)
    def say_what_happened(self, answer: str, which: int) -> None:
        if found := self._one(runs, which, "unknown"):
            self._try("answer", lambda: self._answered(found.id, answer == "abort"))

    @precondition(lambda self: self.number and not self.stopped)
    @rule()
    def stop_everything(self) -> None:
        now, self.stopped = self.clock.now(), True
        self._try(
            "stop everything",
            lambda: self.database.write(lambda conn: stop_everything(conn, MARIA, None, now)),
        )

    @precondition(lambda self: self.stopped)
    @rule()
    def let_everything_go_on(self) -> None:
        self.stopped = False
        self._try("go on", self._lift)

    # what workers and the world do

    @precondition(lambda self: self.number)
    @rule(which=ANY)
    def hand_in(self, which: int) -> None:
        """What the graph does after a decision, at times late or twice."""
        if found := self._one(approvals, which, "approved"):
            self._try("hand in", lambda: self.rig.submit(found.run_id))

    @precondition(lambda self: self._one(runs, 0, "queued", "running", "undoing"))
    @rule()
    def work(self) -> None:
        self._run(self._worked(None, committed=False, known=True))

    @precondition(lambda self: self._one(runs, 0, "queued", "running", "undoing"))
    @rule(last=st.integers(0, 14), committed=st.booleans(), known=st.booleans(), later=st.booleans())
    def crash(self, last: int, committed: bool, known: bool, later: bool) -> None:
        """The worker dies at its `last` write; it is known to be dead, or may as well only be held up."""
        self._run(self._worked(last, committed=committed, known=known))
        if later:
            self.clock.advance(31.0)

    @precondition(lambda self: self.number)
    @rule()
    def restart(self) -> None:
        """The process ends in order and another opens the same ledger."""
        self._run(self.database.close())
        self._connect()
        self.did["restart"] += 1

    @rule(how=SCRIPTS)
    def the_next_call_goes_wrong(self, how: Script) -> None:
        self.world.scripts.setdefault("version.set", []).append(how)

    @rule(tells=st.booleans(), ill=st.booleans())
    def the_world_is(self, tells: bool, ill: bool) -> None:
        self.world.tells, self.world.errors = tells, lambda: 0.9 if ill else 0.0

    @precondition(lambda self: self.number)
    @rule(service=SERVICES)
    def somebody_else_deploys(self, service: str) -> None:
        self.number += 1
        self.world.versions[service].append(f"x{self.number}")

    @precondition(lambda self: self.number)
    @rule(seconds=st.sampled_from((1.0, 5.0, 31.0, 31.0, 301.0, 901.0, 86_400.0)))
    def time_jumps_forward(self, seconds: float) -> None:
        self.clock.advance(seconds)
        self.did["clock jump"] += 1

    @precondition(lambda self: self.number)
    @rule()
    def expire(self) -> None:
        self._try("expire", self.rig.approvals.expire_due)

    @invariant()
    def nothing_was_done_twice(self) -> None:
        if hasattr(self, "world"):
            keys = Counter(key for key, _, _ in self.world.acts)
            again = {key: number for key, number in keys.items() if number > 1 and not key.endswith(":undo")}
            assert not again, again

    # how it is done

    def _connect(self) -> None:
        self.database = Database(f"sqlite:///{self.path}", self.clock)
        self._run(self.database.start())
        self.rig = Rig(self.database, self.clock, self.world, books=(BOOK,))

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(work)

    def _try(self, what: str, work: Callable[[], Awaitable[Any]]) -> None:
        """What is not possible now is refused in words: any other error is a finding."""

        async def tried() -> None:
            try:
                await work()
                self.did[what] += 1
            except CopilotError:
                self.did[f"{what} refused"] += 1

        self._run(tried())

    def _one(self, table: Any, which: int, *statuses: str) -> Any:
        """One of the rows of these statuses, None where there are none."""
        if not hasattr(self, "database"):
            return None
        wanted = select(table).order_by(table.c.created_at.desc(), table.c.id)
        if statuses:
            wanted = wanted.where(table.c.status.in_(statuses))
        found = self._run(self.database.read(lambda conn: list(conn.execute(wanted))))
        return found[which % len(found)] if found else None

    def _asked(self, request: str) -> Any:
        wanted = select(approvals).where(approvals.c.request_id == request)
        return self._run(self.database.read(lambda conn: conn.execute(wanted).first()))

    async def _propose(self, service: str, number: int) -> None:
        inputs = {"service": service, "to": f"t{number}"}
        request = RunRequest("release", inputs, MARIA.id, "rest:ses_1", f"req_{number}")
        await self.rig.runbooks.propose(request, MARIA)

    async def _clicks(self, clicks: list[tuple[Any, Person, Literal["approve", "deny"]]]) -> None:
        """All at once; what each was told is written down."""

        async def one(approval: Any, person: Person, word: Literal["approve", "deny"]) -> None:
            try:
                after = await self.rig.approvals.decide(
                    approval.id, person=person, decision=word, plan_hash=approval.plan_hash, via="rest"
                )
                said = str(after.status)
            except CopilotError as err:
                said = type(err).__name__
            self.did[f"{word}: {said}"] += 1
            self.told.append((approval.id, person.id, word, said))

        await asyncio.gather(*(one(*click) for click in clicks))

    async def _lift(self) -> None:
        now = self.clock.now()
        await self.database.write(lambda conn: lift(conn, PRIYA, None, now))

    async def _answered(self, run_id: str, abort: bool) -> None:
        """The first step that nobody knows of, or whose undo nobody knows of: by the world's own log."""
        for step in await self.database.read(lambda conn: ledger.get_steps(conn, run_id)):
            undo = step.status == "done" and "undo" in (step.output or {})
            if step.status == "unknown" or undo:
                key = f"{run_id}:{step.id}" + (":undo" if undo else "")
                did = any(act[0] == key for act in self.world.acts)
                word: Any = "abort" if abort else "happened" if did else "did-not"
                await self.rig.runbooks.answer_unknown(run_id, step.id, word, PRIYA)
                self.did[f"answered {word}"] += 1
                return

    async def _worked(self, last: int | None, *, committed: bool, known: bool) -> None:
        """A new worker takes what it can get, one run after the other; `last` None: it lives."""
        self.worker += 1
        owner = f"worker{self.worker}"
        if last is None:
            await self.rig.work(owner)
            self.did["work"] += 1
            return
        if not known:
            alive = Worker(owner, "elsewhere", 1, 0.0, self.clock.now())
            await self.database.write(lambda conn: workers.beat(conn, alive))
        dying = DyingDatabase(f"sqlite:///{self.path}", self.clock)
        async with dying:
            run = await self.rig.claim(owner)
            if run is None:
                return
            dying.arm(last, committed=committed)
            with contextlib.suppress(Crash):
                await self.rig.engine_on(dying).execute(run)
            self.did["crash" if dying.dead else "work"] += 1
        if known:
            await self.database.write(lambda conn: ledger.release_runs(conn, owner))

    async def _settle(self) -> None:
        """Nothing goes wrong any more; all that waits is answered, handed in, resumed, and worked off."""
        self.world.scripts, self.world.tells, self.world.errors = {}, True, lambda: 0.0
        if await self.database.read(halted) is not None:
            await self._lift()
        self.clock.advance(901.0)
        await self.rig.approvals.expire_due()
        for _ in range(40):
            if not await self._moved():
                return
        raise AssertionError("it does not come to rest")

    async def _moved(self) -> bool:
        """One turn of everybody; whether there is more to do."""
        rows = await self.database.read(lambda conn: list(conn.execute(select(runs.c.id, runs.c.status))))
        given = select(approvals.c.run_id).where(approvals.c.status == "approved")
        approved = set(await self.database.read(lambda conn: list(conn.execute(given).scalars())))
        for run in rows:
            if run.status == "waiting" and run.id in approved:
                await self.rig.submit(run.id)
            elif run.status == "unknown":
                await self._answered(run.id, abort=False)
            elif run.status == "paused":
                with contextlib.suppress(CopilotError):
                    await self.rig.runbooks.resume(run.id, MARIA)
        self.clock.advance(31.0)
        self.worker += 1
        await self.rig.work(f"worker{self.worker}")
        states = await self.database.read(lambda conn: list(conn.execute(select(runs.c.status)).scalars()))
        return any(one in ("waiting", "queued", "running", "undoing", "unknown", "paused") for one in states)

    def _look(self) -> None:
        done = Counter(key for key, _, _ in self.world.acts)
        found = self._run(self.database.read(lambda conn: history(conn, Calls(done))))
        wrong = found.wrong + self._run(self.database.read(self._heard))
        self.did.update({f"ended {key}": number for key, number in found.counts.items()})
        assert not wrong, wrong

    def _heard(self, conn: Connection) -> list[str]:
        """Who was told that it counted is in the ledger, and nobody else is."""
        rows = {(row.approval_id, row.person, row.decision) for row in conn.execute(select(decisions))}
        counted = {
            (approval, person, word)
            for approval, person, word, said in self.told
            if said in ("approved", "denied", "pending")
        }
        late = conn.execute(select(steps.c.id).where(steps.c.status == "started")).all()
        wrong = [f"a step is left as started: {row.id}" for row in late]
        return wrong + [f"told and stored differ: {one}" for one in sorted(rows ^ counted)]


@contextlib.contextmanager
def lives() -> Any:
    """The machine with its migrated, empty file to copy."""
    with tempfile.TemporaryDirectory(prefix="copilot-") as name:
        path = Path(name) / "copilot.db"
        path.touch()
        engine = make_engine(make_url(f"sqlite:///{path}"))
        with engine.begin() as conn:
            run_upgrade(conn)
        engine.dispose()
        yield type("Lives", (Lives,), {"template": path, "did": Counter()})


def lived(seeded: int, examples: int) -> tuple[Counter[str], list[str]]:
    """So many examples; what they did, and what is wrong with the smallest one found."""
    with lives() as machine:
        seed(seeded)(machine)
        rules = settings(
            max_examples=examples,
            stateful_step_count=30,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        )
        try:
            run_state_machine_as_test(machine, settings=rules)
        except AssertionError as err:
            return machine.did, ["\n".join([str(err), *getattr(err, "__notes__", [])])]
        return machine.did, []


async def play(kind: str, seeded: int, rounds: int) -> Tally:
    did, wrong = await asyncio.to_thread(lived, seeded, rounds)
    return Tally(seeded, kind, rounds, did, wrong)


def _rows(counts: Counter[str]) -> list[Row]:
    done = [key for key in sorted(counts) if key not in ("rounds",) and not key.startswith("ended ")]
    ends = [key for key in sorted(counts) if key.startswith("ended ")]
    return [
        Row("· what took place", ", ".join(f"{counts[key]} {key}" for key in done)),
        Row("· what it came to", ", ".join(f"{counts[key]} {key[6:]}" for key in ends)),
    ]


SCENE = Scene(
    name="machine",
    title="Any order of anything",
    play=play,
    rounds=400,
    part=100,
    short=10,
    headline=lambda counts: (
        f"{counts['rounds']} histories of up to 30 events that hypothesis made: the checker's findings"
    ),
    rows=_rows,
    notes=(
        "Propose, edit, approve, deny, withdraw, click twice and at once, hand in, work, crash at a write, restart, "
        "expire, clock jumps, pause, resume, cancel, the kill switch, calls that fail or lose their answer, another's "
        "deployment.",
    ),
    kinds=("sqlite",),
)
