"""What every page has: nobody comes in without a cookie, nothing is done without the form of this visit."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from aiohttp.test_utils import TestClient, TestServer
from pydantic import SecretStr

from bot.console.console import MENU, PAGES
from bot.http.auth import issue
from bot.http.web import ACCESS, make_web
from store.engine import StoreError
from tests.bot.console.conftest import Tab

FORMS = [page for page in PAGES if page.method == "POST"]
LISTS = [path for _, path, _, _ in MENU]


def path_of(pattern: str) -> str:
    return re.sub(r"{(\w+)(:[^}]*)?}", lambda one: "light" if one[1] == "theme" else "1", pattern)


@pytest.mark.parametrize("path", [path_of(page.path) for page in PAGES if page.method == "GET"])
async def test_without_a_cookie_every_page_leads_to_signing_in(tab: Tab, path: str) -> None:
    seen = await tab.get(path)
    assert seen.status == 303 and seen.headers["Location"].startswith("/sign-in")


async def test_a_form_without_a_token_of_this_visit_is_refused(maria: Tab) -> None:
    for page in FORMS:
        for csrf in ("", "0" * 32):
            seen = await maria.post(path_of(page.path), csrf=csrf)
            assert seen.status == 403 and "form is not one of this visit" in seen.text, page.path


async def test_a_form_from_another_page_is_refused(maria: Tab) -> None:
    paths = [path_of(page.path) for page in FORMS] + ["/sign-in", "/sign-out", "/act-as", "/theme"]
    for path in paths:
        for origin in ("http://evil.example", "null"):
            seen = await maria.post(path, headers={"Origin": origin})
            assert seen.status == 403, path


async def test_every_answer_carries_the_strict_headers(maria: Tab) -> None:
    first = await maria.get("/")
    static = re.findall(r'"(/static/[^"]+)"', first.text)
    for path in [*LISTS, "/nowhere", "/approvals/none", "/sign-in", *static]:
        seen = await maria.get(path, Accept="text/html")
        csp = seen.headers["Content-Security-Policy"]
        assert csp.startswith("default-src 'none'") and "unsafe" not in csp, path
        assert seen.headers["X-Content-Type-Options"] == "nosniff"
        assert seen.headers["X-Frame-Options"] == "DENY"
        assert "Server" not in seen.headers


async def test_no_page_carries_a_script_or_style_of_its_own(maria: Tab) -> None:
    approval = await maria.proposed()
    for path in [*LISTS, f"/approvals/{approval}", "/runbooks/roll-back", "/settings?check=1"]:
        seen = await maria.get(path)
        assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=|javascript:", seen.text), path
        assert not re.search(r'(src|href)="(https?:)?//', seen.text), path


async def test_another_name_for_this_machine_is_refused(maria: Tab) -> None:
    for path in ("/", "/sign-in", "/approvals"):
        assert (await maria.get(path, Host="evil.example")).status == 421


async def test_the_cookie_is_for_us_alone(tab: Tab) -> None:
    seen = await tab.get(f"/hello/{tab.client.app[ACCESS].link}")
    cookie = seen.headers["Set-Cookie"]
    assert "HttpOnly" in cookie and "SameSite=Strict" in cookie and "Path=/" in cookie
    assert seen.headers["Location"] == "/"


async def test_a_click_on_another_sites_page_loads_again_so_that_the_cookie_is_sent(tab: Tab) -> None:
    seen = await tab.get("/approvals", Sec_Fetch_Site="cross-site")
    assert seen.status == 200 and "http-equiv=refresh" in seen.text
    assert (await tab.get("/approvals", Sec_Fetch_Site="same-origin")).status == 303


async def test_what_needs_a_role_says_which_and_which_one_has(maria: Tab) -> None:
    seen = await maria.get("/audit")
    assert seen.status == 403 and "auditor or admin" in seen.text and "operator" in seen.text
    assert "/audit" not in (await maria.get("/")).text


async def test_nothing_is_at_other_addresses_and_machines_hear_it_as_a_problem(maria: Tab) -> None:
    seen = await maria.get("/nowhere", Accept="text/html")
    assert seen.status == 404 and "<h1>Nothing is here</h1>" in seen.text
    for path, accept in (("/nowhere", "*/*"), ("/slack/none", "text/html")):
        told = await maria.get(path, Accept=accept)
        assert told.headers["Content-Type"].startswith("application/problem+json")


@pytest.mark.parametrize("path", LISTS[:-3])
async def test_a_database_that_cannot_be_read_is_said_without_a_menu(
    maria: Tab, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(work: object) -> object:
        raise StoreError("The database does not answer. Look at it, then try again.")

    maria.services.database.read = fail  # type: ignore[method-assign, assignment]
    seen = await maria.get(path)
    assert seen.status == 503 and "does not answer" in seen.text and "<nav" not in seen.text


async def test_what_breaks_is_told_with_an_id_that_is_in_the_log(
    maria: Tab, caplog: pytest.LogCaptureFixture
) -> None:
    maria.services.people.by_id["maria"].__dict__["zone"] = None
    seen = await maria.get("/people")
    found = re.search(r"err_\w+", seen.text)
    assert seen.status == 500 and found is not None and found.group(0) in caplog.text
    assert "Traceback" not in seen.text


async def test_the_theme_is_kept_and_only_one_of_three(maria: Tab) -> None:
    assert 'data-theme="auto"' in (await maria.get("/")).text
    for chosen, kept in (("dark", "dark"), ("pink", "dark"), ("light", "light")):
        seen = await maria.post("/theme", theme=chosen, back="/people?done=approved")
        assert seen.status == 303 and seen.headers["Location"] == "/people"
        assert f'data-theme="{kept}"' in (await maria.get("/")).text


async def test_words_of_a_link_are_never_said_as_ours(maria: Tab) -> None:
    seen = await maria.get("/approvals?done=You+won")
    assert "You won" not in seen.text
    assert "Denied. Nothing was changed." in (await maria.get("/approvals?done=denied")).text


async def test_beyond_this_machine_there_is_no_link_and_no_acting(maria: Tab) -> None:
    settings = maria.services.settings
    http = settings.http.model_copy(update={"host": "0.0.0.0"})
    auth = settings.auth.model_copy(update={"secret": SecretStr("s" * 40)})
    services = replace(maria.services, settings=settings.model_copy(update={"http": http, "auth": auth}))
    async with TestClient(TestServer(make_web(services))) as client:
        assert client.app is not None and client.app[ACCESS].link is None
        tab = await Tab(client, services, maria.world, maria.parrot).enter("maria")
        assert "act-as" not in (await tab.get("/")).text
        assert (await tab.post("/act-as", person="priya")).status == 403


async def test_behind_a_proxy_the_cookie_is_for_tls_and_the_demo_is_nobodys_playground(maria: Tab) -> None:
    settings = maria.services.settings
    http = settings.http.model_copy(update={"public_url": "https://copilot.example.com"})
    services = replace(maria.services, settings=settings.model_copy(update={"http": http}))
    async with TestClient(TestServer(make_web(services))) as client:
        assert client.app is not None and client.app[ACCESS].link is None
        tab = Tab(client, services, maria.world, maria.parrot)
        roles = services.people.by_id["maria"].roles
        token = issue(services.token_key, "maria", roles, 3600, now=services.wall.now())
        seen = await tab.post(
            "/sign-in", headers={"Host": "copilot.example.com", "Origin": http.public_url}, token=token
        )
        assert seen.status == 303 and "Secure" in seen.headers["Set-Cookie"]
        assert (await tab.get("/sign-in", Host="evil.example")).status == 421
