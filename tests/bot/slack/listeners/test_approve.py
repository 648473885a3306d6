"""The button Approve."""

from __future__ import annotations

import asyncio
from functools import partial

import pytest

from tests.bot.slack.asking import answered, propose
from tests.bot.slack.conftest import Company
from tests.support.slack.server import buttons, shown_text

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.mark.parametrize("user", ["UGUEST", "UGONE", "UNEW", "UABSENT"])
async def test_guests_leavers_and_strangers_have_no_rights_and_are_told_so(
    company: Company, user: str
) -> None:
    channel = f"C5{user}"
    await company.sender.command(user, channel, "why is rag-api slow?")
    assert "admin" in shown_text(await answered(company, channel))
    card = await propose(company, f"C6{user}")
    before = len(company.slack.whispers)
    await company.sender.click(user, f"C6{user}", card, buttons(card)["approve"])
    told = (await company.until(lambda: company.slack.whispers[before:]))[0]
    assert told["user"] == user and "do not know you" in shown_text(told)


async def test_somebody_of_another_workspace_is_nobody_here_although_the_ids_look_alike(
    company: Company,
) -> None:
    card = await propose(company, "C70")
    before = len(company.slack.whispers)
    await company.sender.click("UPRIYA", "C70", card, buttons(card)["approve"], home="T9")
    told = (await company.until(lambda: company.slack.whispers[before:]))[0]
    assert "do not know you" in shown_text(told)


async def test_a_button_whose_value_was_touched_does_nothing(company: Company) -> None:
    card = await propose(company, "C90")
    good = buttons(card)["approve"]
    for value in (
        "",
        "x",
        good["value"][:-1] + "0",
        good["value"].replace(":0:", ":1:", 1),
        f"{good['value']}:",
        "é",
    ):
        before = len(company.slack.whispers)
        status, _ = await company.sender.click("UPRIYA", "C90", card, {**good, "value": value})
        assert status == 200
        told = (await company.until(partial(company.slack.whispers_after, before)))[0]
        assert "Nothing was done" in shown_text(told)
    assert "? pending" in shown_text(card)


async def test_two_who_press_at_once_make_one_decision_and_both_are_told(company: Company) -> None:
    card = await propose(company, "C94")
    before = len(company.slack.whispers)
    press = buttons(card)["approve"]
    await asyncio.gather(
        *(company.sender.click(user, "C94", card, press) for user in ("UPRIYA", "USAM", "UPRIYA"))
    )
    await company.until(lambda: "Approved by" in shown_text(card))
    assert shown_text(card).count("Approved by") == 1
    told = await company.until(lambda: len(company.slack.whispers) - before >= 2)
    assert told
