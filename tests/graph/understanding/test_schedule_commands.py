from __future__ import annotations

import pytest

from graph.understanding.commands import parse
from graph.understanding.schedule_commands import digest_kind


@pytest.mark.parametrize(
    ("text", "intent", "entities"),
    [
        ("schedules", "schedule.list", {}),
        ("show sch_1a", "schedule.list", {"schedule_id": "sch_1a"}),
        ("pause sch_1a", "schedule.manage", {"action": "pause", "schedule_id": "sch_1a"}),
        (
            "Resume schedule sch_night-ly_1",
            "schedule.manage",
            {"action": "resume", "schedule_id": "sch_night-ly_1"},
        ),
        ("cancel sch_1a.", "schedule.manage", {"action": "cancel", "schedule_id": "sch_1a"}),
        (
            "change sch_1a to every day at 8",
            "schedule.manage",
            {"action": "change", "schedule_id": "sch_1a", "text": "every day at 8"},
        ),
        (
            "late sch_1a once",
            "schedule.manage",
            {"action": "late", "schedule_id": "sch_1a", "late": "run_once"},
        ),
        ("late sch_1a skip", "schedule.manage", {"action": "late", "schedule_id": "sch_1a", "late": "skip"}),
        (
            "schedule digest team every weekday at 9",
            "schedule.manage",
            {"action": "make", "text": "digest team every weekday at 9"},
        ),
        ("digest", "digest", {}),
        ("/ops digest", "digest", {}),
        ("digest on-call", "digest", {"digest": "oncall"}),
        ("digest cost", "digest", {"digest": "cost"}),
        ("hand-over note", "digest", {"digest": "oncall"}),
    ],
)
def test_exact_commands_are_read_exactly(text: str, intent: str, entities: dict[str, str]) -> None:
    command = parse(text)
    assert command is not None
    assert (command.intent, dict(command.entities)) == (intent, entities)


@pytest.mark.parametrize(
    "text", ["schedule of the team", "digest this article about whales", "pause run_1a", "late"]
)
def test_other_sentences_are_none_of_these(text: str) -> None:
    command = parse(text)
    assert command is None or not command.intent.startswith(("schedule", "digest"))


def test_a_digest_is_known_by_its_words() -> None:
    assert digest_kind("the weekly digest") == "manager"
    assert digest_kind("our spend") == "cost"
    assert digest_kind("a digest") is None
