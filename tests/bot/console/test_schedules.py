from __future__ import annotations

import re

import pytest

from bot.console.schedules import RHYTHMS
from config.recurrence import parse
from tests.bot.console.conftest import Tab


async def made(tab: Tab, **form: str) -> str:
    """A schedule's address."""
    page = await tab.get("/schedules")
    seen = await tab.post("/schedules", once=page.value("once"), **form)
    assert seen.status == 303, seen.text
    return str(seen.headers["Location"]).partition("?")[0]


async def test_a_question_a_digest_and_a_reminder_are_made_with_the_form(maria: Tab) -> None:
    one = await made(maria, kind="question", words="approvals?", cron="0 9 * * 1-5")
    text = (await maria.get(one)).text
    assert (
        "approvals?" in text
        and "Europe/Madrid" in text
        and "It has not fired yet" in text
        and "Maria Alvarez" in text
    )
    await made(maria, kind="digest", words="ignored", digest="oncall", own="15 7 * * *")
    await made(maria, kind="reminder", words="call <b>Sam</b>", at="2099-01-01T09:00")
    listed = (await maria.get("/schedules")).text
    assert listed.count("<tr>") == 4 and "<b>Sam" not in listed and "01 Jan 2099" in listed


async def test_it_is_paused_goes_on_and_is_ended(maria: Tab) -> None:
    one = await made(maria, kind="question", words="approvals?", cron="0 9 * * *")
    for act, done, words in (
        ("pause", "held", "Let it go on"),
        ("resume", "resumed", ">Pause<"),
        ("cancel", "over", "ended"),
    ):
        seen = await maria.post(f"{one}/{act}")
        assert seen.headers["Location"] == f"{one}?done={done}"
        assert words in (await maria.get(one)).text
    assert (await maria.post(f"{one}/pause")).status == 409
    assert one not in (await maria.get("/schedules")).text
    assert one in (await maria.get("/schedules?ended=1")).text


@pytest.mark.parametrize(
    ("form", "words"),
    [({"kind": "question", "words": "x", "own": "every day"}, "every day"),
     ({"kind": "question", "words": "", "cron": "0 9 * * *"}, "Say what"),
     ({"kind": "reminder", "words": "x", "at": "soon"}, "no day and time"),
     ({"kind": "reminder", "words": "x", "at": "2001-01-01T09:00"}, "2001"),
     ({"kind": "nonsense", "words": "x", "cron": "0 9 * * *"}, "kind")],
)  # fmt: skip
async def test_what_is_wrong_is_said_above_the_form_which_keeps_what_was_typed(
    maria: Tab, form: dict[str, str], words: str
) -> None:
    seen = await maria.post("/schedules", **form)
    assert seen.status == 400 and words in seen.text and 'role="alert"' in seen.text
    assert not form["words"] or f'value="{form["words"]}"' in seen.text


async def test_the_same_form_sent_twice_makes_one(maria: Tab) -> None:
    form = {"kind": "question", "words": "approvals?", "cron": "0 9 * * *", "once": "o1"}
    first, second = [(await maria.post("/schedules", **form)).headers["Location"] for _ in range(2)]
    assert first == second
    assert len(re.findall(r'href="/schedules/sch_', (await maria.get("/schedules")).text)) == 1


async def test_who_may_not_own_one_is_told(maria: Tab) -> None:
    one = await made(maria, kind="question", words="approvals?", cron="0 9 * * *")
    await maria.enter("jonas")
    assert (await maria.post(f"{one}/cancel")).status == 403
    assert (await maria.get("/schedules/sch_none")).status == 404


def test_every_rhythm_of_the_menu_is_one() -> None:
    for cron, _ in RHYTHMS:
        parse(cron)
