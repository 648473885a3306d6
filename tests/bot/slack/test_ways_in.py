"""Events, clicks and forms over real HTTP: who may, what is dropped, what is answered."""

from __future__ import annotations

import asyncio
import random
from functools import partial
from typing import Any

import pytest
from sqlalchemy import func, select

from bot.slack.guard import MOST_BYTES
from store.tables import inbox
from tests.bot.slack.conftest import Company
from tests.bot.slack.test_guard import BODIES
from tests.support.slack.server import BOT, BOT_USER, TEAM, buttons, shown_text

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def rows(company: Company, channel: str) -> int:
    wanted = select(func.count()).select_from(inbox).where(inbox.c.lane.like(f"{TEAM}/{channel}%"))
    return int(await company.services.database.read(lambda conn: conn.execute(wanted).scalar_one()))


async def answered(company: Company, channel: str, count: int = 1) -> dict[str, Any]:
    found = company.slack.messages[channel]
    await company.until(lambda: len(found) >= count)
    return found[count - 1]


async def propose(company: Company, channel: str) -> dict[str, Any]:
    """The card of a restart in production that Maria asks for."""
    await company.sender.command(
        "UMARIA", channel, "run restart-service service=rag-api environment=production"
    )
    return await answered(company, channel)


async def test_a_thread_that_the_bot_is_in_needs_no_mention_and_others_are_left_alone(
    company: Company,
) -> None:
    await company.sender.mention("UMARIA", "C20", f"<@{BOT_USER}> help", "1700000001.1")
    first = await answered(company, "C20")
    assert first["thread_ts"] == "1700000001.1"
    await company.sender.message("UMARIA", "C20", "runbooks", "1700000002.1", thread="1700000001.1")
    second = await answered(company, "C20", 2)
    assert second["thread_ts"] == "1700000001.1" and "rollback-service" in shown_text(second)
    await company.sender.message("UMARIA", "C20", "runbooks", "1700000003.1", thread="1690000000.1")
    await company.sender.message("UMARIA", "C20", "runbooks", "1700000004.1")
    assert await rows(company, "C20") == 2


async def test_the_bot_hears_neither_itself_nor_other_bots_nor_edits(company: Company) -> None:
    base = {"type": "message", "channel": "D30", "channel_type": "im", "text": "help", "ts": "1700000001.1"}
    for more in (
        {"user": BOT_USER, "bot_id": BOT},
        {"user": "UOTHER", "bot_id": "BOTHER"},
        {"user": "UMARIA", "subtype": "message_changed"},
        {"user": "UMARIA", "subtype": "channel_join"},
        {"user": BOT_USER},
    ):
        assert (await company.sender.event({**base, **more}))[0] == 200
    assert await rows(company, "D30") == 0


async def test_each_event_is_handled_once_however_often_and_in_whatever_order_it_comes(
    company: Company,
) -> None:
    dice = random.Random(5)
    sent = [(number, f"EvTwice{number}") for number in range(60) for _ in range(dice.randint(1, 4))]
    dice.shuffle(sent)
    body = {"type": "message", "user": "UMARIA", "channel_type": "im", "text": "hello"}
    for number, event_id in sent:
        event = {**body, "channel": f"D4{number:02}", "ts": f"17000000{number:02}.1"}
        assert (await company.sender.event(event, event_id))[0] == 200
    counts = [await rows(company, f"D4{number:02}") for number in range(60)]
    assert counts == [1] * 60


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


async def test_an_unknown_workspace_gets_no_answer_and_breaks_nothing(company: Company) -> None:
    status, _ = await company.sender.command("UMARIA", "C80", "help", team_id="T404")
    assert status == 200
    assert not company.slack.messages["C80"]


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


async def test_denying_asks_for_a_reason_and_shows_it(company: Company) -> None:
    card = await propose(company, "C91")
    views = len(company.slack.views)
    await company.sender.click("UPRIYA", "C91", card, buttons(card)["deny"])
    view = (await company.until(lambda: company.slack.views[views:]))[0]
    assert view["title"]["text"] == "Deny this plan"
    assert (await company.sender.submit("UPRIYA", view, reason="not before noon"))[0] == 200
    await company.until(lambda: "Denied by: Priya Nair (not before noon)" in shown_text(card))
    assert "approve" not in buttons(card)


async def test_editing_asks_anew_and_the_old_card_dies(company: Company) -> None:
    card = await propose(company, "C92")
    views = len(company.slack.views)
    await company.sender.click("UMARIA", "C92", card, buttons(card)["edit"])
    view = (await company.until(lambda: company.slack.views[views:]))[0]
    assert {block["block_id"] for block in view["blocks"]} >= {"in:service", "in:environment"}
    picked = {"type": "external_select", "selected_option": {"value": "summarizer"}}
    where = {"find.environment": {**picked, "selected_option": {"value": "production"}}}
    state = {"values": {"in:service": {"find.service": picked}, "in:environment": where}}
    payload = {
        "type": "view_submission", "team": {"id": TEAM}, "user": {"id": "UMARIA", "team_id": TEAM},
        "trigger_id": "tr.edit", "view": {**view, "id": "VEDIT", "state": state},
    }  # fmt: skip
    assert await company.sender.interact(payload) == (200, "")
    fresh = await answered(company, "C92", 2)
    assert "summarizer" in shown_text(fresh) and "approve" in buttons(fresh)
    await company.until(lambda: "✗ void" in shown_text(card))
    wrong = {**picked, "selected_option": {"value": "nothing-here"}}
    payload["view"] = {**view, "id": "VEDIT2", "state": {"values": {"in:service": {"find.service": wrong}}}}
    status, body = await company.sender.interact(payload)
    assert status == 200 and '"errors"' in body and "in:service" in body


async def test_the_home_tab_shows_what_waits_for_its_reader(company: Company) -> None:
    await propose(company, "C93")
    for user in ("UPRIYA", "UMARIA", "UNEW"):
        await company.sender.event({"type": "app_home_opened", "user": user, "tab": "home", "channel": "D1"})
    shown = {user: shown_text(company.slack.homes[user]) for user in ("UPRIYA", "UMARIA", "UNEW")}
    assert "Approve" in shown["UPRIYA"] and "Approve" not in shown["UMARIA"]
    assert "do not know you" in shown["UNEW"]


async def test_bodies_that_are_no_payload_never_reach_a_listener(company: Company) -> None:
    wanted = select(func.count()).select_from(inbox)
    read = company.services.database.read
    before = await read(lambda conn: conn.execute(wanted).scalar_one())
    for raw, kind in BODIES:
        status, _ = await company.sender.raw(raw, kind)
        assert status < 500
    status, _ = await company.sender.raw(b"x" * (MOST_BYTES + 1), "application/json")
    assert status == 413
    status, _ = await company.sender.raw(b"{}", "application/json", **{"X-Slack-Signature": "v0=00"})
    assert status == 401
    assert await read(lambda conn: conn.execute(wanted).scalar_one()) == before


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
