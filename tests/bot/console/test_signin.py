from __future__ import annotations

import pytest

from bot.console.signin import back
from bot.http.auth import issue
from bot.http.web import ACCESS
from tests.bot.console.conftest import Tab


async def test_a_pasted_token_signs_in_and_leads_to_where_one_wanted(tab: Tab) -> None:
    seen = await tab.get("/approvals?status=denied")
    page = await tab.get(seen.headers["Location"])
    assert page.value("next") == "/approvals?status=denied"
    token = issue(tab.services.token_key, "priya", ["viewer"], 60, now=tab.services.wall.now())
    done = await tab.post("/sign-in", token=f" {token}\n", next=page.value("next"))
    assert (done.status, done.headers["Location"]) == (303, "/approvals?status=denied")
    assert "Priya Nair" in (await tab.get("/approvals")).text


@pytest.mark.parametrize("token", ["", "nonsense", "a.b.c"])
async def test_a_bad_token_is_told_what_is_wrong(tab: Tab, token: str) -> None:
    seen = await tab.post("/sign-in", token=token)
    assert seen.status == 401 and "not one of ours" in seen.text and "Set-Cookie" not in seen.headers


async def test_a_link_cannot_lead_elsewhere_after_signing_in(tab: Tab) -> None:
    token = issue(tab.services.token_key, "priya", ["viewer"], 60, now=tab.services.wall.now())
    seen = await tab.post("/sign-in", token=token, next="//evil.example/")
    assert seen.headers["Location"] == "/"


async def test_the_printed_link_is_good_once(tab: Tab) -> None:
    link = tab.client.app[ACCESS].link
    assert (await tab.get(f"/hello/{link}")).status == 303
    tab.client.session.cookie_jar.clear()
    seen = await tab.get(f"/hello/{link}")
    assert seen.status == 401 and "used before" in seen.text


async def test_who_is_signed_in_already_goes_on_by_the_old_link(maria: Tab) -> None:
    seen = await maria.get("/hello/old")
    assert (seen.status, seen.headers["Location"]) == (303, "/")


async def test_signing_out_makes_the_cookie_worthless_everywhere(maria: Tab) -> None:
    kept = {one.key: one.value for one in maria.client.session.cookie_jar}
    assert (await maria.post("/sign-out")).headers["Location"] == "/sign-in"
    assert (await maria.get("/")).status == 303
    cookie = "; ".join(f"{key}={one}" for key, one in kept.items())
    assert (await maria.get("/", Cookie=cookie)).status == 303


async def test_acting_as_another_is_shown_and_is_in_the_audit(maria: Tab) -> None:
    approval = await maria.proposed()
    assert (await maria.post("/act-as", person="priya")).status == 303
    page = await maria.get(f"/approvals/{approval}")
    assert "Maria Alvarez, act as <strong>Priya Nair</strong>" in page.text
    done = await maria.post(
        f"/approvals/{approval}/decisions",
        decision="approve",
        plan_hash=page.value("plan_hash"),
        stage=page.value("stage"),
    )
    assert done.status == 303, done.text
    await maria.post("/act-as", person="amara")
    trail = (await maria.get("/audit?q=approval.decision")).text
    assert "Priya Nair<br>" in trail and "acting as Priya Nair" in trail and "console:maria" in trail


async def test_nobody_can_be_who_is_not_there(maria: Tab) -> None:
    seen = await maria.post("/act-as", person="ghost")
    assert seen.status == 404


async def test_a_form_after_signing_out_is_refused(tab: Tab) -> None:
    for path in ("/sign-out", "/act-as", "/chat"):
        assert (await tab.post(path, text="hi")).status == 403


def test_where_one_goes_back_to_says_nothing_again() -> None:
    assert back("/runs?done=paused&status=failed") == "/runs?status=failed"
    assert back("https://evil.example") == "/"
