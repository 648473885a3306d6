from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from runbooks.reminders import Reminders, escalates_at, on_call
from store.engine import Database
from tests.runbooks.world import LENA, PEOPLE, POLICY, PRIYA, SAM, Rig
from tests.support.clock import ManualClock
from tests.support.ledger import NOW, an_approval

DAY = 86_400.0


@dataclass
class Said:
    """What was posted: the same key and place once, as the outbox does."""

    posts: dict[tuple[str, str], str] = field(default_factory=dict)
    calls: int = 0
    fail: bool = False

    async def post(self, key: str, place: str, body: Mapping[str, Any]) -> None:
        self.calls += 1
        self.posts.setdefault((key, place), body["text"])

    def texts(self) -> list[str]:
        return list(self.posts.values())


@pytest.fixture
def said() -> Said:
    return Said()


def reminders(rig: Rig, said: Said) -> Reminders:
    return Reminders(rig.database, rig.people, rig.policy, said, rig.clock)


async def test_who_waits_is_reminded_of_after_each_interval_once(
    database: Database, clock: ManualClock, said: Said
) -> None:
    rig = Rig(database, clock)
    proposal = await rig.propose(environment="production")
    work, other = reminders(rig, said), reminders(rig, said)
    assert await work.tick() == 0
    clock.advance(300)
    for one in (work, other, work):
        await one.tick()
    assert len(said.posts) == 1
    assert said.texts()[0].startswith(
        "Still waiting (10 min left): rollback of rag-api in production, asked by maria"
    )
    assert "Lena Vogt, Priya Nair" in said.texts()[0]
    clock.advance(300)
    await work.tick()
    assert proposal.approval is not None
    assert [key for key, _ in said.posts] == [
        f"remind:{proposal.approval.id}:1",
        f"remind:{proposal.approval.id}:2",
        f"escalate:{proposal.approval.id}",
    ]


async def test_a_process_that_died_between_post_and_count_says_nothing_twice(rig: Rig, said: Said) -> None:
    await rig.propose(environment="production")
    rig.clock.advance(300)
    work = reminders(rig, said)
    due = await rig.database.read(lambda conn: work._due(conn, rig.clock.now()))
    ((approval, run),) = due.waiting
    await work._remind(approval, run, rig.clock.now())
    await work._remind(approval, run, rig.clock.now())
    assert (said.calls, len(said.posts)) == (2, 1)


async def test_what_was_decided_or_is_over_is_not_spoken_of(rig: Rig, said: Said) -> None:
    first = await rig.propose(environment="production")
    await rig.approve(first.approval, PRIYA)
    await rig.propose(environment="production")
    rig.clock.advance(900)
    assert await reminders(rig, said).tick() == 0


async def test_many_reminders_that_were_missed_are_one(rig: Rig, said: Said) -> None:
    await rig.propose(environment="production")
    rig.clock.advance(890)
    await reminders(rig, said).tick()
    assert len([key for key, _ in said.posts if key.startswith("remind")]) == 1


@pytest.mark.parametrize(
    ("remind", "after"), [(None, 450.0), (60.0, 120.0), (400.0, 450.0)]
)  # fmt: skip
def test_the_person_on_call_is_turned_to_after_two_reminders_or_half_the_time(
    remind: float | None, after: float
) -> None:
    asked = an_approval(created_at=NOW, expires_at=NOW + 900, remind=remind)
    assert escalates_at(asked) == NOW + after


def test_a_team_takes_turns_by_the_week() -> None:
    monday = 4 * DAY + 7 * DAY * 100 + 3.5 * 3600.0  # 09:00 where priya is
    weeks = [on_call(PEOPLE, "ml-platform", monday + 7 * DAY * week)[0].id for week in range(4)]
    assert weeks in (["priya", "lena"] * 2, ["lena", "priya"] * 2)
    assert on_call(PEOPLE, "ml-platform", monday + 7 * DAY - 1)[0].id == weeks[0] != weeks[1]
    assert on_call(PEOPLE, "nobody", monday) == []


async def test_the_hand_over_names_who_of_the_rota_may_approve(sqlite_database: Database, said: Said) -> None:
    rig = Rig(sqlite_database, ManualClock(NOW))
    await rig.propose(environment="production", service="embeddings")
    rig.clock.advance(450)
    await reminders(rig, said).tick()
    handed = next(text for (key, _), text in said.posts.items() if key.startswith("escalate"))
    assert on_call(PEOPLE, "ml-platform", NOW)[0].name in handed
    assert "on call for ml-platform" in handed


async def test_where_nobody_of_the_rota_may_it_says_who_can(sqlite_database: Database, said: Said) -> None:
    rig = Rig(sqlite_database, ManualClock(NOW))
    await rig.propose(environment="production")
    rig.clock.advance(450)
    await reminders(rig, said).tick()
    handed = next(text for (key, _), text in said.posts.items() if key.startswith("escalate"))
    assert (
        "nobody of the rota has the right; who can: Lena Vogt, Priya Nair, Sam Okafor, Tomas Novak" in handed
    )


async def test_broken_glass_is_told_at_once_and_nags_until_somebody_else_closes_it(
    sqlite_database: Database, said: Said
) -> None:
    policy = POLICY.model_copy(
        update={"break_glass": POLICY.break_glass.model_copy(update={"announce": ("slack:C0LOUD",)})}
    )
    rig = Rig(sqlite_database, ManualClock(NOW), policy=policy)
    await rig.break_glass("the error budget is gone")
    work = reminders(rig, said)
    await work.tick()
    await work.tick()
    assert [place for _, place in said.posts] == ["rest:ses_1", "slack:C0LOUD"]
    assert said.texts()[0].startswith("GLASS BROKEN by lena: rollback in production runs without approval")
    assert "Reason: the error budget is gone" in said.texts()[0]
    for _ in range(3):
        rig.clock.advance(4 * 3600)
        await work.tick()
    assert len(said.posts) == 8
    (review,) = await rig.reviews.every()
    await rig.reviews.close(review.id, person=SAM, outcome="It was right to do so.")
    rig.clock.advance(DAY)
    assert await work.tick() == 0


async def test_each_use_of_an_approval_in_advance_is_loud_and_said_once(
    sqlite_database: Database, said: Said
) -> None:
    rig = Rig(sqlite_database, ManualClock(NOW))
    await rig.standing_for("rag-api")
    proposal = await rig.propose(environment="production")
    assert proposal.run is not None
    work = reminders(rig, said)
    await work.tick()
    await work.tick()
    assert [place for _, place in said.posts] == ["rest:ses_1", "rest:ses_2"]
    assert said.texts()[0].startswith("APPROVED IN ADVANCE: rollback of rag-api in production runs as run_")
    assert LENA.id not in said.texts()[0]
