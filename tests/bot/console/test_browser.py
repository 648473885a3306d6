"""What a person does, in a real browser."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.request import Request, urlopen

import pytest
from playwright.sync_api import Page, WebSocketRoute, expect

from tests.bench.served import token
from tests.support.browser import Site, site


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with site(tmp_path_factory.mktemp("site")) as one:
        yield one


@pytest.fixture(autouse=True)
def tidy(here: Site) -> Iterator[None]:
    """Every test has browsers of its own, and none may hear of a script or a policy that failed."""
    yield
    for one in here.browser.contexts:
        one.close()


def heard(page: Page) -> list[str]:
    """What the page complains about from now on."""
    complaints: list[str] = []
    page.on("pageerror", lambda err: complaints.append(str(err)))
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    return complaints


def api(here: Site, path: str, person: str = "maria", body: Any = None) -> Any:
    headers = {"Authorization": f"Bearer {token(person)}", "Content-Type": "application/json"}
    data = None if body is None else json.dumps(body).encode()
    with urlopen(Request(f"{here.address}/api/v1{path}", data=data, headers=headers)) as answer:
        return json.load(answer)


def asked(here: Site, service: str, person: str = "maria") -> dict[str, Any]:
    """A rollback of that service that waits for approval."""
    inputs = {"service": service, "environment": "production"}
    run = api(here, "/workflows", person, {"runbook": "rollback-service", "inputs": inputs})
    found: dict[str, Any] = run["approval"]
    return found


def say(page: Page, words: str) -> None:
    page.fill("#text", words)
    page.keyboard.press("Enter")


def test_one_asks_another_approves_by_keyboard_alone_and_both_see_the_run_move(here: Site) -> None:
    maria = here.open("/")
    complaints = heard(maria)
    say(maria, "roll back rag-api in production")
    card = maria.locator("article.question")
    expect(card).to_contain_text("pending")
    expect(card).to_contain_text("somebody else must approve it")
    expect(maria.locator("button[value=approve]")).to_have_count(0)

    priya = here.open("/approvals", "priya")
    for _ in range(40):
        priya.keyboard.press("Tab")
        if priya.evaluate("document.activeElement.value === 'approve'"):
            break
    assert priya.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    priya.keyboard.press("Enter")
    expect(priya.locator("article.question").first).to_contain_text("Approved by Priya Nair")
    assert priya.evaluate("document.activeElement !== document.body")

    expect(card).to_contain_text("Approved by Priya Nair")
    expect(maria.locator("article.run").first).to_contain_text(re.compile("running|succeeded"))
    assert not complaints


def test_the_chat_streams_through_a_drop_without_loss_or_doubles(here: Site) -> None:
    page = here.context().new_page()
    sockets: list[tuple[WebSocketRoute, WebSocketRoute]] = []
    sent: list[str] = []
    swallow = {"next": True}

    def route(ws: WebSocketRoute) -> None:
        server = ws.connect_to_server()
        sockets.append((ws, server))

        def from_page(message: str | bytes) -> None:
            sent.append(str(message))
            server.send(message)
            if "SendMessage" in str(message) and swallow["next"]:
                swallow["next"] = False
                ws.close(code=4000, reason="dropped by the test")

        ws.on_message(from_page)

    page.route_web_socket(re.compile("/ws$"), route)
    page.goto(f"{here.address}/")
    say(page, "what changed in billing today?")
    answers = page.locator("li.entry:not(.pending)")
    expect(answers).to_have_count(1)
    expect(answers.first).to_contain_text("what changed in billing today?")
    say(page, "latency of billing in the last hour")
    expect(answers).to_have_count(2)
    assert len(sockets) >= 2
    session = page.url.rpartition("/")[2]
    turns = api(here, f"/messages/{session}")
    assert [turn["text"] for turn in turns] == [
        "what changed in billing today?",
        "latency of billing in the last hour",
    ]
    assert len([one for one in sent if "what changed" in one]) >= 2
    page.reload()
    expect(page.locator("li.entry")).to_have_count(2)


def test_a_chart_is_drawn_in_the_theme_of_the_page(here: Site) -> None:
    page = here.open("/", color_scheme="dark")
    complaints = heard(page)
    say(page, "latency of rag-api in the last hour")
    picture = page.locator("figure.chart img")
    picture.scroll_into_view_if_needed()
    expect(picture).to_have_js_property("complete", True)
    assert picture.evaluate("async one => { await one.decode(); return one.naturalWidth }") > 100
    assert picture.evaluate("one => one.currentSrc").endswith(".dark.svg")
    assert "latency" in (picture.get_attribute("alt") or "").lower()
    assert not complaints


def test_buttons_say_exact_words(here: Site) -> None:
    page = here.open("/")
    page.click(".suggest button[value=help]")
    expect(page.locator(".said").first).to_contain_text("help")
    expect(page.locator("li.entry:not(.pending)")).to_have_count(1)


def test_two_clicks_on_approve_are_one_decision(here: Site) -> None:
    approval = asked(here, "checkout")
    page = here.open(f"/approvals/{approval['id']}", "priya")
    page.locator("button[value=approve]").dblclick()
    expect(page.locator("article.question")).to_contain_text("Approved by Priya Nair")
    expect(page.locator(".notice.bad")).to_have_count(0)
    assert len(api(here, f"/approvals/{approval['id']}")["decisions"]) == 1


def test_denying_wants_a_second_look_and_keeps_the_reason(here: Site) -> None:
    approval = asked(here, "summarizer")
    page = here.open(f"/approvals/{approval['id']}", "sam")
    page.click("text=Deny …")
    page.fill("input[name=reason]", "<b>not today</b>")
    page.keyboard.press("Enter")
    expect(page.locator("article.question")).to_contain_text("<b>not today</b>")
    assert api(here, f"/approvals/{approval['id']}")["status"] == "denied"


def test_on_a_phone_a_card_shows_service_change_risk_and_approve_without_scrolling(here: Site) -> None:
    approval = asked(here, "llm-gateway")
    page = here.open(f"/approvals/{approval['id']}", "priya", viewport={"width": 375, "height": 667})
    for one in (
        "article .in",
        "article .change .after",
        "article .chip:has-text('risk')",
        "button[value=approve]",
    ):
        expect(page.locator(one).first).to_be_in_viewport(ratio=1)
    assert page.evaluate("scrollY") == 0
    api(here, f"/approvals/{approval['id']}/withdraw", "maria", {})


def test_nothing_is_wider_than_a_phone_and_no_page_complains(here: Site) -> None:
    page = here.open("/", "amara", viewport={"width": 375, "height": 667})
    complaints = heard(page)
    for path in ("/", "/approvals", "/runs", "/runbooks", "/runbooks/rollback-service", "/fleet", "/incidents",
                 "/audit", "/people", "/settings?check=1", "/switch"):  # fmt: skip
        page.goto(f"{here.address}{path}")
        assert page.evaluate("document.documentElement.scrollWidth") <= 375, path
    assert not complaints


def test_without_a_script_everything_still_works(here: Site) -> None:
    page = here.open("/", java_script_enabled=False)
    page.fill("#text", "help")
    page.click("button[aria-label=Send]")
    assert "/chat/ses_" in page.url
    expect(page.locator("li.entry")).to_contain_text("help")
    page.goto(f"{here.address}/runbooks/rollback-service")
    page.select_option("select[name='in.service']", "moderation")
    page.select_option("select[name='in.environment']", "production")
    page.click("text=Run …")
    assert "/approvals/" in page.url
    expect(page.locator(".notice.good")).to_contain_text("waits for approval")
    approval = page.url.rpartition("/")[2].partition("?")[0]
    other = here.open(f"/approvals/{approval}", "lena", java_script_enabled=False)
    other.click("button[value=approve]")
    expect(other.locator(".notice.good")).to_contain_text("Approved.")
    expect(other.locator("article.run")).to_contain_text("moderation")


def test_the_printed_link_opens_the_console_once(here: Site) -> None:
    page = here.context(None).new_page()
    page.goto(here.link)
    expect(page.locator(".greeting")).to_have_text("Hello, Maria.")
    other = here.context(None).new_page()
    other.goto(here.link)
    expect(other.locator(".notice.bad")).to_contain_text("used before")


def test_one_acts_as_another_in_the_demo_and_signs_out(here: Site) -> None:
    page = here.open("/")
    page.click("button[popovertarget=me]")
    page.select_option("#act-as", "priya")
    page.click("text=Be them")
    expect(page.locator(".banner.mode")).to_contain_text("You, Maria Alvarez, act as Priya Nair")
    expect(page.locator(".greeting")).to_have_text("Hello, Priya.")
    page.click("button[popovertarget=me]")
    page.keyboard.press("Escape")
    expect(page.locator("#me")).to_be_hidden()
    page.click("button[popovertarget=me]")
    page.click("text=Sign out")
    expect(page.locator("h1")).to_have_text("LLM CoPilot")


def test_keys_lead_to_the_content_and_to_asking(here: Site) -> None:
    page = here.open("/runs")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "ask"
    page.keyboard.type("status")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/chat/ses_"))
    expect(page.locator("li.entry:not(.pending)")).to_have_count(1)


def test_the_theme_follows_the_machine_until_one_is_chosen(here: Site) -> None:
    page = here.open("/people", color_scheme="dark", reduced_motion="reduce")
    ground = "getComputedStyle(document.body).backgroundColor"
    dark = page.evaluate(ground)
    page.emulate_media(color_scheme="light")
    light = page.evaluate(ground)
    assert dark != light
    page.click("button[popovertarget=me]")
    page.click("button[name=theme][value=dark]")
    assert page.evaluate(ground) == dark
    assert page.evaluate("getComputedStyle(document.querySelector('.card')).animationName") == "none"


def test_time_left_counts_down_and_a_form_of_an_old_page_is_not_taken(here: Site) -> None:
    approval = asked(here, "embeddings")
    page = here.open(f"/approvals/{approval['id']}", "priya")
    first = page.locator("[data-until]").inner_text()
    expect(page.locator("[data-until]")).not_to_have_text(first)
    page.evaluate(
        "document.querySelectorAll('input[name=plan_hash]').forEach(one => one.value = '0'.repeat(64))"
    )
    page.click("button[value=approve]")
    expect(page.locator(".notice.bad")).to_contain_text("plan has changed")
    assert api(here, f"/approvals/{approval['id']}")["status"] == "pending"
